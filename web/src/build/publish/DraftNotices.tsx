/** What a person must know about saving, as a strip over the canvas: nothing of it can be lost by closing the strip. */
import { useState } from "react";
import { ago } from "@/data/times";
import { Button } from "@/ui/Button";
import { useEditor } from "../store";
import { removeKept } from "./localCopy";
import { PUT_BACK, useSaving } from "./saving";

export function DraftNotices() {
  const { trouble, found, isRestored, isKept } = useSaving();
  const saveState = useEditor((state) => state.saveState);
  const agentId = useEditor((state) => state.agentId);
  /** The name of the copy that was put on the canvas to be looked at. */
  const [asked, setAsked] = useState<string | null>(null);
  if (!agentId || saveState === "conflict") return null;
  if (saveState === "failed" && trouble) {
    return (
      <Strip tone="danger">
        <span className="min-w-0 flex-1">
          <strong className="font-medium">This draft is not saved.</strong> {trouble.told[0]?.message}{" "}
          {trouble.isTriedAgain ? "It tries again by itself." : (trouble.told[0]?.remedy ?? "Change what it names.")}{" "}
          {!isKept ? "This browser has no room for a copy of it: leave the page open until it is saved." : trouble.isTriedAgain ? "A copy is kept in this browser until then." : "A copy is kept in this browser."}
        </span>
      </Strip>
    );
  }
  const [first, ...others] = found;
  if (first) {
    const isOpenElsewhere = !first.isLeft;
    const isAsked = asked === first.name;
    return (
      <Strip tone="warn">
        <span className="min-w-0 flex-1">
          This browser has changes from {ago(first.at)} that were never saved{isOpenElsewhere ? ": the page they were made in is open still, or ended unforeseen." : ", and the draft was changed elsewhere since."}{others.length > 0 && ` There ${others.length === 1 ? "is one" : `are ${others.length}`} more of the kind.`} {isAsked ? "They are on the canvas now: undo gives the other draft back." : ""}
        </span>
        {!isAsked && <Button isSmall onClick={() => { useEditor.getState().change(PUT_BACK, () => first.document); setAsked(first.name); }}>Use these changes</Button>}
        {isAsked && <Button isSmall onClick={() => { takeBack(); setAsked(null); }}>Undo that</Button>}
        <Button isSmall onClick={() => { removeKept(first.name); useSaving.setState({ found: others }); }}>{isAsked ? "Keep them" : "Throw them away"}</Button>
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
