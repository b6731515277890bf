import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { useChange } from "@/data/useChange";
import { remedyOf } from "@/schedules/words";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Badge } from "@/ui/Status";
import { type TriggerAttachmentPartsFragment, TriggerChangeAttachmentDocument, TriggerDetachDocument } from "./triggers.generated";

/** One thing that a webhook starts. */
export function AttachmentRow({ attachment, isOwn, onEdit, onChange }: { attachment: TriggerAttachmentPartsFragment; isOwn: boolean; onEdit: () => void; onChange: () => void }) {
  const may = useMay()("runs:execute");
  const [isDoomed, setDoomed] = useState(false);
  const [change] = useChange(TriggerChangeAttachmentDocument);
  const [detach] = useChange(TriggerDetachDocument);
  const { graph, problem } = attachment;
  const name = isOwn ? "this agent" : (graph?.name ?? "an agent that was deleted");
  // Nothing but the pause is named: it goes on in the name of who attached it.
  const pause = () => void change({ input: { id: attachment.id, isPaused: !attachment.isPaused } }).then(onChange, () => undefined);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2 text-sm last:border-0">
      <p className="min-w-56 flex-1 break-words">
        Starts {isOwn || !graph ? name : <Link className="underline" to={`/library/${graph.id}?tab=triggers`}>{name}</Link>}
        <span className="text-muted">
          {attachment.presetId && " with a preset"}, {attachment.inputName ? `what comes goes to the input ${attachment.inputName}` : "what comes goes to its trigger"}
          {attachment.graphVersion ? `, always version ${attachment.graphVersion}` : ""}
          {attachment.runsAs ? `, in the name of ${attachment.runsAs.name}` : ", in the name of somebody who has left"}.
        </span>
      </p>
      {attachment.events.map((event) => <Badge key={event}>{event}</Badge>)}
      {attachment.isPaused && <Badge tone="warn">Paused</Badge>}
      {may && (
        <span className="flex gap-2">
          <Button isSmall look="quiet" onClick={pause} aria-label={`${attachment.isPaused ? "Resume" : "Pause"} starting ${name}`}>{attachment.isPaused ? "Resume" : "Pause"}</Button>
          {graph && <Button isSmall look="quiet" onClick={onEdit} aria-label={`Change what starts ${name}`}>Change</Button>}
          <Button isSmall look="quiet" onClick={() => setDoomed(true)} aria-label={`Remove what starts ${name}`}>Remove</Button>
        </span>
      )}
      {problem && (
        <p role="alert" className="flex w-full items-start gap-2 rounded-md bg-danger-soft px-3 py-2 text-danger">
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span className="min-w-0 break-words">Its last call did not run: {problem.message} {remedyOf(problem.code)}</span>
        </p>
      )}
      <Confirm
        isOpen={isDoomed}
        onClose={() => setDoomed(false)}
        title={`Let it start ${name} no more?`}
        text="Runs that it started go on. The address stays."
        action="Remove it"
        act={async () => {
          await detach({ id: attachment.id });
          onChange();
        }}
      />
    </li>
  );
}
