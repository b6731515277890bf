/** What one may tell a node execution that waits for a decision, or that runs: try again, other inputs, skip, fail. */
import { useState } from "react";
import { useChange } from "@/data/useChange";
import type { JsonObject, Schema } from "@/graph/document";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Confirm, Dialog } from "@/ui/Dialog";
import { isOver } from "@/ui/Status";
import { notify } from "@/ui/toasts";
import type { WholeExecution } from "./ExecutionView";
import type { From } from "./RunScreen";
import { RunEditNodeDocument, RunFailNodeDocument, RunRetryNodeDocument, RunSkipNodeDocument, type RunHeadFragment } from "./run.generated";
import { EventDialog } from "./EventDialog";
import { type Draft, draftOf, isWrong, JsonEditor, readDraft } from "./JsonEditor";

type Props = { run: RunHeadFragment; found: WholeExecution; refresh: () => void; continueFrom: (from: From) => void };
type Open = "edit" | "skip" | "fail" | "event" | null;

export function NodeOrders({ run, found, refresh }: Props) {
  const may = useMay();
  const [open, setOpen] = useState<Open>(null);
  const [retry, retrying] = useChange(RunRetryNodeDocument);
  const [fail] = useChange(RunFailNodeDocument);
  const waits = found.waitsFor as { kind?: string; name?: string } | null;
  if (isOver(run.status) || isOver(found.status) || found.status === "INCOMPLETE") return null;
  const isHalted = run.halts.some((halt) => halt.nodeExecutionId === found.id);
  const told = (title: string) => {
    notify({ kind: "ok", title });
    refresh();
  };
  const again = () => void retry({ input: { nodeExecutionId: found.id } }).then(() => told("It is tried again."), () => undefined);
  return (
    <section aria-label="Decide" className="flex flex-wrap gap-2">
      {(isHalted || found.status === "RUNNING") && waits === null && <Button isSmall look={isHalted ? "primary" : "plain"} isBusy={retrying.isBusy} disabled={!may("runs:execute")} onClick={again}>Try again now</Button>}
      {waits?.kind === "event" && <Button isSmall look="primary" disabled={!may("runs:execute")} onClick={() => setOpen("event")}>Send the event</Button>}
      {may("runs:manage") && (
        <>
          <Button isSmall onClick={() => setOpen("edit")}>Change its inputs</Button>
          <Button isSmall onClick={() => setOpen("skip")}>Skip it</Button>
          <Button isSmall look="danger" onClick={() => setOpen("fail")}>Let it fail</Button>
        </>
      )}
      {open === "edit" && <EditDialog found={found} onClose={() => setOpen(null)} told={told} />}
      {open === "skip" && <SkipDialog found={found} onClose={() => setOpen(null)} told={told} />}
      {open === "event" && <EventDialog run={run} name={waits?.name ?? ""} schema={(run.waits.find((one) => one.nodeExecutionId === found.id)?.schema ?? null) as Schema | null} onClose={() => setOpen(null)} told={told} />}
      <Confirm isOpen={open === "fail"} onClose={() => setOpen(null)} title="Let this node fail?" text="The run goes on as the agent says for a failure: by its error link, without it, or not at all." action="Let it fail" act={() => fail({ input: { nodeExecutionId: found.id } }).then(() => told("It fails."))} />
    </section>
  );
}

export type DialogProps = { onClose: () => void; told: (title: string) => void };

function EditDialog({ found, onClose, told }: DialogProps & { found: WholeExecution }) {
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const [edit, { isBusy }] = useChange(RunEditNodeDocument);
  const changed = Object.entries(drafts);
  const inputs = Object.fromEntries(changed.map(([pin, draft]) => [pin, readDraft(draft)])) as JsonObject;
  const save = () => void edit({ input: { nodeExecutionId: found.id, inputs } }).then(() => {
    told("It runs with these inputs.");
    onClose();
  }, () => undefined);
  return (
    <Dialog isOpen onClose={onClose} title="Change its inputs" description="It runs again with these. What you leave as it is stays." footer={<><Button onClick={onClose}>Cancel</Button><Button look="primary" isBusy={isBusy} disabled={changed.length === 0 || changed.some(([, draft]) => isWrong(draft))} onClick={save}>Run it with these</Button></>}>
      <div className="flex flex-col gap-4">
        {found.inputs.map((one) => (
          <JsonEditor
            key={one.pin}
            label={one.pin}
            value={one.value}
            draft={drafts[one.pin] ?? null}
            onChange={(draft) => {
              const { [one.pin]: _, ...rest } = drafts;
              setDrafts(draft === null ? rest : { ...rest, [one.pin]: draft });
            }}
          />
        ))}
        {found.inputs.length === 0 && <p className="text-sm text-muted">Nothing came to it that could be changed.</p>}
      </div>
    </Dialog>
  );
}

function SkipDialog({ found, onClose, told }: DialogProps & { found: WholeExecution }) {
  const [draft, setDraft] = useState<Draft>(() => draftOf({}));
  const [skip, { isBusy }] = useChange(RunSkipNodeDocument);
  const given = isWrong(draft) ? null : (readDraft(draft) as JsonObject);
  const isFit = given !== null && typeof given === "object" && !Array.isArray(given) && Object.values(given).every(Array.isArray);
  const save = () => void skip({ input: { nodeExecutionId: found.id, outputs: given } }).then(() => {
    told("It is skipped.");
    onClose();
  }, () => undefined);
  return (
    <Dialog isOpen onClose={onClose} title="Skip it" description="It ends now, and counts as done with the outputs that you write here." footer={<><Button onClick={onClose}>Cancel</Button><Button look="primary" isBusy={isBusy} disabled={!isFit} onClick={save}>Skip it</Button></>}>
      <JsonEditor label="Outputs, a list for each pin" help='For example {"result": ["a text"]}. Leave it empty for none.' draft={draft} onChange={(next) => setDraft(next ?? draftOf({}))} error={!isFit && !isWrong(draft) ? "Each pin has a list of values." : null} />
    </Dialog>
  );
}
