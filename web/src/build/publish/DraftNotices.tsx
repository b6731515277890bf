/** What a person must know about saving, as a strip over the canvas: nothing of it can be lost by closing the strip. */
import { useState } from "react";
import { ago } from "@/data/times";
import { Button } from "@/ui/Button";
import { useEditor } from "../store";
import { removeAside } from "./localCopy";
import { PUT_BACK, useSaving } from "./saving";

export function DraftNotices() {
  const { trouble, found, isRestored } = useSaving();
  const saveState = useEditor((state) => state.saveState);
  const agentId = useEditor((state) => state.agentId);
  const [isAsked, setAsked] = useState(false);
  if (!agentId || saveState === "conflict") return null;
  if (saveState === "failed" && trouble) {
    return (
      <Strip tone="danger">
        <span className="min-w-0 flex-1">
          <strong className="font-medium">This draft is not saved.</strong> {trouble.told[0]?.message}{" "}
          {trouble.isTriedAgain ? "It tries again by itself. A copy is kept in this browser until then." : `${trouble.told[0]?.remedy ?? "Change what it names."} A copy is kept in this browser.`}
        </span>
      </Strip>
    );
  }
  if (found) {
    return (
      <Strip tone="warn">
        <span className="min-w-0 flex-1">
          This browser has changes from {ago(found.at)} that were never saved, and the draft was changed elsewhere since. {isAsked ? "They are on the canvas now: undo gives the other draft back." : ""}
        </span>
        {!isAsked && <Button isSmall onClick={() => { useEditor.getState().change(PUT_BACK, () => found.document); setAsked(true); }}>Use these changes</Button>}
        {isAsked && <Button isSmall onClick={() => { takeBack(); setAsked(false); }}>Undo that</Button>}
        <Button isSmall onClick={() => { removeAside(agentId); useSaving.setState({ found: null }); setAsked(false); }}>{isAsked ? "Keep them" : "Throw them away"}</Button>
      </Strip>
    );
  }
  if (isRestored) {
    return (
      <Strip tone="info">
        <span className="min-w-0 flex-1">Changes that were not saved when this page was left are back.</span>
        <Button isSmall onClick={() => { takeBack(); useSaving.setState({ isRestored: false }); }}>Undo that</Button>
        <Button isSmall onClick={() => useSaving.setState({ isRestored: false })}>Keep them</Button>
      </Strip>
    );
  }
  return null;
}

/** Give back what stood before changes were put back: also where somebody has gone on since, which undo keeps. */
function takeBack(): void {
  const { past, change, undo } = useEditor.getState();
  const step = past.findLast((one) => one.label === PUT_BACK);
  if (!step) return;
  if (step === past.at(-1)) undo();
  else change("Take back what was put back", () => step.document);
}

const TONES = { danger: "bg-danger-soft text-danger", warn: "bg-warn-soft text-warn", info: "bg-info-soft text-info" };

function Strip({ tone, children }: { tone: keyof typeof TONES; children: React.ReactNode }) {
  return <div role="alert" className={`flex w-full flex-wrap items-center gap-2 rounded-md px-3 py-1.5 text-sm ${TONES[tone]}`}>{children}</div>;
}
