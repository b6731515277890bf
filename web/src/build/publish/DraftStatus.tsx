/** Whether the draft is saved, and whether what is on the screen is what runs. */
import { Check, CloudOff, LoaderCircle, TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import type { Blocks } from "@/blocks/blocks";
import { Badge } from "@/ui/Status";
import { Tooltip } from "@/ui/Tooltip";
import { useEditor } from "../store";
import { isSameGraph } from "./compare";
import { usePublished } from "./published";
import { useSaving } from "./saving";

export function DraftStatus({ blocks }: { blocks: Blocks }) {
  const saved = useEditor((state) => state.savedDocument);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const agentId = useEditor((state) => state.agentId);
  const published = usePublished();
  const active = published.agentId === agentId ? published.active : null;
  // An older version that is looked at in the draft's place has no revision: nothing is to be said of it here.
  const isDraft = useEditor((state) => !state.isReadOnly || state.revision > 0);
  const isKnown = published.agentId === agentId && isDraft;
  // What is saved is compared, not each step of a drag: a 500-node agent takes a few milliseconds.
  const isPublished = useMemo(() => active !== null && isSameGraph(active.document, saved, blocks), [active, saved, blocks]);
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {isReadOnly ? <Badge title="You may look at this agent and not change it">Read only</Badge> : <SaveWord />}
      {isKnown && !active && <Badge tone="warn">Never published</Badge>}
      {isKnown && active && !isPublished && <Badge tone="warn" title={`Version ${active.number} runs; this draft says something else`}>Unpublished changes</Badge>}
      {isKnown && active && isPublished && <Badge tone="ok">Version {active.number} runs</Badge>}
    </div>
  );
}

function SaveWord() {
  const state = useEditor((one) => one.saveState);
  const trouble = useSaving((one) => one.trouble);
  const text = "flex items-center gap-1 text-xs text-muted";
  const why = trouble?.told.map((one) => [one.message, one.remedy].filter(Boolean).join(" ")).join(" ") ?? "";
  return (
    <span role="status" aria-label="Draft">
      {state === "saved" && <span className={text}><Check className="size-3.5" aria-hidden />Saved</span>}
      {(state === "unsaved" || state === "saving") && <span className={text}><LoaderCircle className="size-3.5 animate-spin" aria-hidden />Saving</span>}
      {state === "failed" && (
        <Tooltip text={`${why} A copy is kept in this browser.`}>
          <button type="button" className="flex items-center gap-1 text-xs font-medium text-danger"><CloudOff className="size-3.5" aria-hidden />Not saved</button>
        </Tooltip>
      )}
      {state === "conflict" && <span className="flex items-center gap-1 text-xs font-medium text-danger"><TriangleAlert className="size-3.5" aria-hidden />Not saved</span>}
    </span>
  );
}
