/** What is done to the chosen runs at once: it is asked first, and each run's result is shown. */
import { Ban, Check, Pause, Play, RotateCcw, Trash2, X } from "lucide-react";
import { type ReactNode, type RefObject, useRef, useState } from "react";
import { Link } from "react-router";
import { useClient } from "urql";
import { told } from "@/data/errors";
import { newId } from "@/graph/ids";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { BULK, type BulkAction, type BulkRow, eachOf, type Outcome, sortedFor } from "./bulk";
import { RunsAgainDocument, RunsCancelDocument, RunsDeleteDocument, RunsPauseDocument, RunsResumeDocument } from "./runs.generated";
import { count } from "./words";

const ICONS: Record<BulkAction, ReactNode> = {
  cancel: <Ban className="size-4" aria-hidden />,
  pause: <Pause className="size-4" aria-hidden />,
  resume: <Play className="size-4" aria-hidden />,
  again: <RotateCcw className="size-4" aria-hidden />,
  delete: <Trash2 className="size-4" aria-hidden />,
};

export function BulkBar({ rows, clear, onDone }: { rows: BulkRow[]; clear: () => void; onDone: (outcomes: Outcome[]) => void }) {
  const may = useMay();
  // What was chosen when an action was: rows change while it is done, and a deleted one goes from the list.
  const [asked, setAsked] = useState<{ action: BulkAction; rows: BulkRow[] } | null>(null);
  // By run, until it is known to be started again: where an answer was lost, asking once more starts nothing twice.
  const keys = useRef(new Map<string, string>());
  return (
    <>
      {rows.length > 0 && (
        <div role="toolbar" aria-label="Actions on the chosen runs" className="sticky bottom-2 z-20 mt-3 flex flex-wrap items-center gap-2 rounded-xl border border-line-strong bg-raised px-3 py-2 shadow-lg">
          <span className="mr-1 text-sm font-medium">{count(rows.length, "run")} chosen</span>
          {(Object.keys(BULK) as BulkAction[]).map((one) => (
            <Button key={one} isSmall look={one === "delete" ? "danger" : "plain"} icon={ICONS[one]} disabled={!may(BULK[one].right) || sortedFor(one, rows).fitting.length === 0} onClick={() => setAsked({ action: one, rows })}>{BULK[one].label}</Button>
          ))}
          <span className="flex-1" />
          <Button isSmall look="quiet" icon={<X className="size-4" aria-hidden />} onClick={clear}>Choose none</Button>
        </div>
      )}
      {asked && <BulkDialog {...asked} keys={keys} onClose={() => setAsked(null)} onDone={onDone} />}
    </>
  );
}

type Keys = RefObject<Map<string, string>>;

function BulkDialog({ action, rows, keys, onClose, onDone }: { action: BulkAction; rows: BulkRow[]; keys: Keys; onClose: () => void; onDone: (outcomes: Outcome[]) => void }) {
  const act = useAct(keys);
  const [outcomes, setOutcomes] = useState<Outcome[] | null>(null);
  const [isBusy, setBusy] = useState(false);
  const spec = BULK[action];
  const { fitting, refused } = sortedFor(action, rows);
  const go = async (wanted: BulkRow[]) => {
    setBusy(true);
    const found = await eachOf(wanted, (row) => act(action, row));
    setBusy(false);
    const said = new Map(found.map((one) => [one.ofId, one]));
    setOutcomes((before) => (before ? before.map((one) => said.get(one.ofId) ?? one) : [...found, ...refused]));
    onDone(found);
  };
  const unanswered = fitting.filter((row) => outcomes?.some((one) => one.ofId === row.id && one.isUnanswered));
  const done = outcomes?.filter((one) => one.isDone).length ?? 0;
  const footer = outcomes ? (
    <>
      {unanswered.length > 0 && <Button isBusy={isBusy} onClick={() => void go(unanswered)}>Try {count(unanswered.length, "run")} again</Button>}
      <Button look="primary" onClick={onClose}>Close</Button>
    </>
  ) : (
    <>
      <Button onClick={onClose}>Do nothing</Button>
      <Button look={action === "delete" || action === "cancel" ? "danger" : "primary"} isBusy={isBusy} onClick={() => void go(fitting)}>{spec.label} {count(fitting.length, "run")}</Button>
    </>
  );
  return (
    <Dialog isOpen onClose={onClose} title={outcomes ? `${spec.done}: ${done} of ${outcomes.length}` : `${spec.label} ${count(fitting.length, "run")}`} footer={footer}>
      {outcomes ? (
        <ul className="flex flex-col gap-1.5">
          {outcomes.map((one) => (
            <li key={one.ofId} className="flex items-start gap-2 text-sm">
              {one.isDone ? <Check className="mt-0.5 size-4 shrink-0 text-ok" aria-label="Done" /> : <X className="mt-0.5 size-4 shrink-0 text-danger" aria-label="Not done" />}
              <span className="min-w-0 break-words"><strong className="font-medium">{one.name}:</strong> {one.message}{" "}{action === "again" && one.isDone && <Link className="text-accent underline" to={`/runs/${one.id}`}>Open the new run</Link>}</span>
            </li>
          ))}
        </ul>
      ) : (
        <div className="flex flex-col gap-2 text-sm">
          <p>{spec.question}</p>
          {refused.length > 0 && <p className="text-muted">{count(refused.length, "of the chosen runs is", "of the chosen runs are")} left out. {spec.why}</p>}
        </div>
      )}
    </Dialog>
  );
}

/** Give what does one thing to one run, and says what became of it. */
function useAct(keys: Keys): (action: BulkAction, row: BulkRow) => Promise<Outcome> {
  const client = useClient();
  return async (action, row) => {
    const input = { input: { id: row.id } };
    const key = keys.current.get(row.id) ?? newId();
    if (action === "again") keys.current.set(row.id, key);
    const answer = await (action === "cancel"
      ? client.mutation(RunsCancelDocument, input)
      : action === "pause"
        ? client.mutation(RunsPauseDocument, input)
        : action === "resume"
          ? client.mutation(RunsResumeDocument, input)
          : action === "delete"
            ? client.mutation(RunsDeleteDocument, { id: row.id })
            : client.mutation(RunsAgainDocument, { input: { runId: row.id, mode: "START" as const, idempotencyKey: key } })
    ).toPromise();
    const outcome = (isDone: boolean, message: string, id = row.id): Outcome => ({ id, ofId: row.id, name: row.agentName, isDone, message });
    if (answer.error) return { ...outcome(false, told(answer.error)[0]?.message ?? "The API does not answer."), isUnanswered: !!answer.error.networkError };
    if (action === "again") keys.current.delete(row.id);
    const payload = Object.values(answer.data ?? {})[0] as { errors: { message: string }[]; run?: { id: string } | null } | undefined;
    const problem = payload?.errors[0];
    if (problem) return outcome(false, problem.message);
    return outcome(true, BULK[action].done.toLowerCase(), action === "again" ? payload?.run?.id : row.id);
  };
}
