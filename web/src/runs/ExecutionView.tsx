/** One node execution, whole: how it stands, its attempts, what came to it and what it gave, and why it failed. */
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { useClient, useQuery } from "urql";
import { told } from "@/data/errors";
import { between, duration, moment } from "@/data/times";
import { useNow } from "@/data/useNow";
import type { StreamedText } from "@/run/liveRun";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Empty, Failed, Loading } from "@/ui/states";
import { isOver, StateBadge } from "@/ui/Status";
import { ValueView } from "@/values/ValueView";
import { NodeOrders } from "./NodeOrders";
import type { From } from "./RunScreen";
import { RunChildrenDocument, RunExecutionDocument, RunExecutionOutputsDocument, type RunExecutionQuery, type RunHeadFragment } from "./run.generated";
import { useStamped } from "./useStamped";
import { adviceFor, count, money } from "./words";

export type WholeExecution = Extract<NonNullable<RunExecutionQuery["node"]>, { runId: string }>;
type Output = WholeExecution["outputs"][number];
type Props = { id: string; run: RunHeadFragment; at: number | null; text?: StreamedText | null; stamp: number; continueFrom: (from: From) => void; refresh: () => void };

export function ExecutionView({ id, run, at, text, stamp, continueFrom, refresh }: Props) {
  const [{ data, error, fetching }, again] = useQuery({ query: RunExecutionDocument, variables: { id } });
  const found = data?.node && "runId" in data.node && data.node.id === id ? (data.node as WholeExecution) : null;
  const wasOver = useRef(false);
  wasOver.current = found !== null && isOver(found.status);
  const seen = useRef(stamp);
  useEffect(() => {
    if (seen.current !== stamp && !wasOver.current) again({ requestPolicy: "network-only" });
    seen.current = stamp;
  }, [stamp, again]);
  if (error && !found) return <Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} />;
  if (!found) return fetching ? <Loading /> : <Empty title="It is gone" text="This execution is not there any more." />;
  return (
    <div className="flex flex-col gap-4 px-4 py-3 text-sm">
      <div className="flex flex-wrap items-center gap-2">
        <StateBadge state={found.status} />
        <span className="text-muted">
          {found.isReused ? "Taken over from the run that this one continues. It did not run here." : found.startedAt ? <>Began {moment(found.startedAt)}{found.endedAt && <>, took {between(found.startedAt, found.endedAt)}</>}{found.attempts.length === 1 && <Queued seconds={found.attempts[0]?.queuedSeconds} />}</> : "It has not begun."}
        </span>
      </div>
      {found.nextAttemptAt && <Countdown at={found.nextAttemptAt} attempt={found.attempts.length + 1} />}
      {found.failure && <Failure found={found} continueFrom={continueFrom} />}
      {text?.execution === found.execution && !isOver(found.status) && <Writing text={text.text} />}
      {found.waitsFor != null && <Waits waitsFor={found.waitsFor as WaitsFor} />}
      <NodeOrders run={run} found={found} refresh={refresh} continueFrom={continueFrom} />
      <Values title="Inputs" values={found.inputs.map((one) => ({ key: one.pin, ...one }))} empty="Nothing came to it." />
      <Outputs key={found.status} found={found} at={at} />
      {(found.attempts.length > 1 || found.nextAttemptAt || (found.attempts[0]?.number ?? 1) > 1) && <Attempts found={found} />}
      {found.blockName === AGENT_RUNNER && <ChildRun runId={run.id} executionId={found.id} stamp={stamp} />}
      <Facts found={found} />
    </div>
  );
}

/** Its text as it grows; the value takes its place once it is whole. */
function Writing({ text }: { text: string }) {
  return (
    <section aria-label="It is writing" className="rounded-lg border border-info px-3 py-2">
      <h3 className="mb-1 text-xs font-semibold text-info">It is writing</h3>
      <p className="break-words whitespace-pre-wrap">{text}</p>
    </section>
  );
}

/** Below this nobody wonders why it did not begin at once. */
const QUEUED_QUIETLY_SECONDS = 0.5;

function Queued({ seconds }: { seconds: number | null | undefined }) {
  return seconds != null && seconds >= QUEUED_QUIETLY_SECONDS ? <>, waited {duration(seconds * 1_000)} for a worker before</> : null;
}

function Countdown({ at, attempt }: { at: string; attempt: number }) {
  const now = useNow(500);
  const left = new Date(at).getTime() - now;
  return <p role="status" className="rounded-lg border border-info bg-info-soft px-3 py-2">{left > 0 ? `Attempt ${attempt} begins in ${duration(left)}.` : `Attempt ${attempt} begins now.`}</p>;
}

function Failure({ found, continueFrom }: { found: WholeExecution; continueFrom: (from: From) => void }) {
  const may = useMay();
  const failure = found.failure;
  if (!failure) return null;
  return (
    <div className="flex flex-col gap-2 rounded-lg border border-danger bg-danger-soft px-3 py-2">
      <p className="break-words whitespace-pre-wrap"><strong className="font-medium text-danger">{failure.message}</strong></p>
      <p>{adviceFor(failure.code)} <code className="font-mono text-xs text-muted">{failure.code}{failure.pin && ` at ${failure.pin}`}</code></p>
      {may("runs:execute") && (
        <span className="flex flex-wrap gap-2">
          <Button isSmall onClick={() => continueFrom({ mode: "FAILED", nodeIds: [], edit: { nodeId: found.nodeId, side: "inputs" } })}>Continue with other inputs</Button>
          <Button isSmall onClick={() => continueFrom({ mode: "FAILED", nodeIds: [], edit: { nodeId: found.nodeId, side: "outputs" } })}>Say what it gave, and go on</Button>
        </span>
      )}
    </div>
  );
}

/** The block that runs another agent, whose run is one of its own. */
const AGENT_RUNNER = "AgentExecutorBlock";

function ChildRun({ runId, executionId, stamp }: { runId: string; executionId: string; stamp: number }) {
  const { data } = useStamped(RunChildrenDocument, { id: runId, first: 100, after: null }, stamp);
  const child = data?.run.children.nodes.find((one) => one.parentExecutionId === executionId);
  if (!child) return null;
  return (
    <p className="flex flex-wrap items-center gap-2">
      <StateBadge state={child.status} />
      <Link className="text-accent underline" to={`/runs/${child.id}`}>The run of {child.agentName} that it started</Link>
    </p>
  );
}

type WaitsFor = { kind?: string; until?: string; run_id?: string; name?: string };

function Waits({ waitsFor }: { waitsFor: WaitsFor }) {
  const text = {
    timer: `It waits until ${moment(waitsFor.until)}.`,
    child: "It waits for the run that it started.",
    event: `It waits for the event “${waitsFor.name ?? ""}”${waitsFor.until ? `, until ${moment(waitsFor.until)}` : ""}.`,
    answer: "It waits for a person to decide.",
    tools: "It waits for the tools that its model called.",
  }[waitsFor.kind ?? ""];
  return <p role="status" className="rounded-lg border border-info bg-info-soft px-3 py-2">{text ?? "It waits."} No worker is held for it.</p>;
}

function Values({ title, values, empty }: { title: string; values: { key: string; pin: string; value: Output["value"] }[]; empty: string }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1.5 text-xs font-semibold text-muted">{title}</h3>
      {values.length === 0 && <p className="text-muted">{empty}</p>}
      <dl className="flex flex-col gap-2">
        {values.map((one) => (
          <div key={one.key} className="rounded-lg border border-line px-3 py-2">
            <dt className="mb-1 font-mono text-xs text-muted">{one.pin}</dt>
            <dd className="min-w-0"><ValueView value={one.value} /></dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Outputs({ found, at }: { found: WholeExecution; at: number | null }) {
  const client = useClient();
  const [more, setMore] = useState<Output[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [hasEnd, setEnd] = useState(false);
  const known = new Set(found.outputs.map((one) => one.sequence));
  const all = [...found.outputs, ...more.filter((one) => !known.has(one.sequence))];
  const shown = all.filter((one) => at === null || !one.at || found.isReused || new Date(one.at).getTime() <= at);
  const read = async () => {
    setBusy(true);
    const answer = await client.query(RunExecutionOutputsDocument, { id: found.id, after: all.at(-1)?.sequence ?? -1 }).toPromise();
    const page = answer.data?.node && "outputs" in answer.data.node ? answer.data.node.outputs : [];
    setBusy(false);
    setEnd(page.length < 100);
    setMore([...more, ...page]);
  };
  return (
    <div>
      <Values title="Outputs" values={shown.map((one) => ({ ...one, key: String(one.sequence) }))} empty={at !== null && all.length > 0 ? "Nothing until this moment." : isOver(found.status) ? "It gave nothing." : "Nothing until now."} />
      {found.outputs.length >= 50 && !hasEnd && <Button isSmall className="mt-2" isBusy={isBusy} onClick={() => void read()}>Show more</Button>}
    </div>
  );
}

function Attempts({ found }: { found: WholeExecution }) {
  return (
    <section aria-label="Attempts">
      <h3 className="mb-1.5 text-xs font-semibold text-muted">Attempts</h3>
      <ol className="flex flex-col gap-1.5">
        {found.attempts.map((one, index) => (
          <li key={index} className="rounded-lg border border-line px-3 py-1.5">
            {isAfterLost(found.attempts, index) && <p className="text-xs text-warn">The attempt before it left no word: its worker died, or could not reach the database.</p>}
            <span className="flex flex-wrap items-center gap-2">
              <span className="font-medium">Attempt {one.number}</span>
              <StateBadge state={one.error ? "FAILED" : "COMPLETED"} />
              <span className="text-xs text-muted">took {between(one.startedAt, one.endedAt)}<Queued seconds={one.queuedSeconds} />{one.waitSeconds != null && `, then a wait of ${duration(one.waitSeconds * 1_000)}`}</span>
            </span>
            {one.error && <p className="mt-0.5 text-xs break-words text-danger">{one.error.message}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Numbers count on over attempts that nobody recorded; each round of an operator's, and each step, begins at 1 again. */
function isAfterLost(attempts: readonly { number: number }[], index: number): boolean {
  const { number } = attempts[index] ?? { number: 1 };
  const before = attempts[index - 1]?.number ?? 0;
  return number > 1 && number !== before + 1;
}

function Facts({ found }: { found: WholeExecution }) {
  const { llmUsage, reusedFrom, calledBy } = found;
  const isAny = llmUsage.calls > 0 || reusedFrom || calledBy;
  if (!isAny) return null;
  return (
    <ul className="flex flex-col gap-1 text-muted">
      {llmUsage.calls > 0 && <li>{count(llmUsage.calls, "call")} of language models, {(llmUsage.inputTokens + llmUsage.outputTokens).toLocaleString()} tokens, {money(llmUsage.costMicroUsd)}{llmUsage.unpricedCalls > 0 && " or more"}</li>}
      {calledBy && <li>Called as a tool by {calledBy.title ?? calledBy.nodeId}</li>}
      {reusedFrom && <li><Link className="text-accent underline" to={`/runs/${reusedFrom.runId}?node=${encodeURIComponent(found.nodeId)}&execution=${reusedFrom.id}`}>Where it ran</Link></li>}
    </ul>
  );
}
