/**
 * A run's executions side by side in columns, and what is drawn of them: bars, how the nodes stood at a moment. Pure.
 *
 * A run may have ten thousand: they are kept as numbers in columns, and a row is made an object only where it is shown.
 */
import type { State } from "@/data/schema.generated";
import type { RunTimelineQuery } from "./run.generated";

export type Page = RunTimelineQuery["run"]["timeline"];

export type Columns = {
  executions: number[];
  nodeIds: string[];
  states: State[];
  /** Milliseconds since the run was accepted. */
  started: (number | null)[];
  ended: (number | null)[];
  /** How long the first attempt waited for a worker before it started, where that is known. */
  queued: (number | null)[];
  reused: Set<number>;
  /** By execution: its attempts that have ended, where there are several. */
  attempts: Map<number, AttemptSpan[]>;
};

export type AttemptSpan = { from: number; to: number; hasFailed: boolean; queued: number; /** What the next one waits by the node's policy. */ wait: number };

export const NO_COLUMNS: Columns = { executions: [], nodeIds: [], states: [], started: [], ended: [], queued: [], reused: new Set(), attempts: new Map() };

const OVER: readonly State[] = ["COMPLETED", "FAILED", "TERMINATED", "INCOMPLETE"];

/** Put a page behind what was read; what is there from `after` on is replaced. `zero` is when the run was accepted. */
export function withPage(before: Columns, page: Page, after: number, zero: number): Columns {
  const kept = upTo(before.executions, after);
  const made: Columns = {
    executions: before.executions.slice(0, kept).concat(page.executions),
    nodeIds: before.nodeIds.slice(0, kept).concat(page.nodes.map((place) => page.nodeIds[place] ?? "")),
    states: before.states.slice(0, kept).concat(page.states),
    started: before.started.slice(0, kept).concat(page.started.map((at) => at ?? null)),
    ended: before.ended.slice(0, kept).concat(page.ended.map((at) => at ?? null)),
    queued: before.queued.slice(0, kept).concat(page.queued.map((wait) => wait ?? null)),
    reused: new Set([...before.reused].filter((one) => one <= after)),
    attempts: new Map([...before.attempts].filter(([one]) => one <= after)),
  };
  for (const place of page.reused) made.reused.add(page.executions[place] ?? 0);
  for (const one of page.repeated) {
    const spans = one.startedAt.map((from, index) => ({
      from: new Date(from).getTime() - zero,
      to: new Date(one.endedAt[index] ?? from).getTime() - zero,
      hasFailed: one.hasFailed[index] ?? false,
      queued: one.queued[index] ?? 0,
      wait: one.wait[index] ?? 0,
    }));
    made.attempts.set(page.executions[one.place] ?? 0, spans);
  }
  return made;
}

/** How many of these ascending numbers are not above a limit. */
export function upTo(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Behind which execution one reads on to see all that may have changed: the last before the first that is not over. */
export function settledTo(columns: Columns): number {
  const place = columns.states.findIndex((state) => !OVER.includes(state));
  const last = place === -1 ? columns.executions.length - 1 : place - 1;
  return last < 0 ? 0 : (columns.executions[last] as number);
}

/** The last moment that anything is known of. */
export function lengthOf(columns: Columns, now: number | null): number {
  let last = now ?? 0;
  for (let place = 0; place < columns.executions.length; place++) last = Math.max(last, columns.ended[place] ?? 0, columns.started[place] ?? 0);
  return last;
}

export type Counts = Partial<Record<State, number>>;

/** An execution of a node was held: by a halt, or by a question to people. Milliseconds since the run was accepted; null: it is still. */
export type Held = { nodeId: string; state: "PAUSED" | "REVIEW"; from: number; to: number | null };

type Halted = { nodeId?: string | null; nodeExecutionId?: string | null; since: string; clearedAt?: string | null };
type Asked = { nodeId: string; createdAt: string; decidedAt?: string | null };

/** What held executions of a run that was accepted at `zero`. */
export function heldOf(halts: readonly Halted[], approvals: readonly Asked[], zero: number): Held[] {
  const after = (at: string) => new Date(at).getTime() - zero;
  return [
    ...halts.flatMap((one) => (one.nodeId && one.nodeExecutionId ? [{ nodeId: one.nodeId, state: "PAUSED" as const, from: after(one.since), to: one.clearedAt ? after(one.clearedAt) : null }] : [])),
    ...approvals.map((one) => ({ nodeId: one.nodeId, state: "REVIEW" as const, from: after(one.createdAt), to: one.decidedAt ? after(one.decidedAt) : null })),
  ];
}

/** How the executions of each node stood at a moment: one that had begun and not ended ran, if nothing held it. */
export function countsAt(columns: Columns, at: number, held: readonly Held[] = []): Map<string, Counts> {
  const found = new Map<string, Counts>();
  for (let place = 0; place < columns.executions.length; place++) {
    const state = stateAt(columns, place, at);
    if (!state) continue;
    const nodeId = columns.nodeIds[place] as string;
    const counts = found.get(nodeId) ?? {};
    counts[state] = (counts[state] ?? 0) + 1;
    found.set(nodeId, counts);
  }
  for (const { nodeId, state, from, to } of held) {
    const counts = found.get(nodeId);
    if (!counts?.RUNNING || from > at || (to !== null && to <= at)) continue;
    counts[state] = (counts[state] ?? 0) + 1;
    if (--counts.RUNNING === 0) delete counts.RUNNING;
  }
  return found;
}

function stateAt(columns: Columns, place: number, at: number): State | null {
  const state = columns.states[place] as State;
  if (columns.reused.has(columns.executions[place] as number)) return state;
  const started = columns.started[place] ?? null;
  const ended = columns.ended[place] ?? null;
  if (ended !== null && ended <= at) return state;
  if (started === null || started > at) return null;
  return "RUNNING";
}

/** First what a person should see. The same order stands in `run/view.ts`. */
const ORDER: State[] = ["REVIEW", "PAUSED", "RUNNING", "QUEUED", "FAILED", "TERMINATED", "COMPLETED", "INCOMPLETE"];

export function stateOf(counts: Counts): State | null {
  return ORDER.find((state) => (counts[state] ?? 0) > 0) ?? null;
}

export type Bar = { kind: "queued" | "run" | "failed" | "retry" | "parked"; from: number; to: number };

/** The bars of one execution: its attempts, what each waited for a worker, and the waits between them. */
export function barsOf(columns: Columns, place: number, now: number): Bar[] {
  const started = columns.started[place] ?? null;
  if (started === null) return [];
  const state = columns.states[place] as State;
  const end = columns.ended[place] ?? Math.max(now, started);
  const spans = columns.attempts.get(columns.executions[place] as number);
  const bars = queuedBefore(started, spans?.[0]?.queued ?? columns.queued[place] ?? 0, 0);
  if (!spans || spans.length === 0) return [...bars, { kind: state === "FAILED" ? "failed" : state === "REVIEW" || state === "PAUSED" ? "parked" : "run", from: started, to: end }];
  spans.forEach((span, index) => {
    const next = spans[index + 1];
    const until = next?.from ?? end;
    bars.push({ kind: span.hasFailed ? "failed" : "run", from: span.from, to: span.to });
    if (until <= span.to + 1) return;
    const queued = queuedBefore(until, next?.queued ?? 0, span.to);
    // The next attempt, whose row is not there before it has ended, is under way once the wait is over.
    const isUnderWay = !next && span.hasFailed && state === "RUNNING" && until > span.to + span.wait;
    const to = queued[0]?.from ?? (isUnderWay ? span.to + span.wait : until);
    if (to > span.to) bars.push({ kind: span.hasFailed ? "retry" : "parked", from: span.to, to });
    bars.push(...queued);
    if (isUnderWay) bars.push({ kind: "run", from: to, to: until });
  });
  return bars;
}

/** The wait for a worker, which ended at a moment and did not begin before another. */
function queuedBefore(to: number, wait: number, earliest: number): Bar[] {
  return wait > 0 && to > earliest ? [{ kind: "queued", from: Math.max(earliest, to - wait), to }] : [];
}

/** How long it took from when a worker took it first. */
export function tookOf(bars: readonly Bar[]): number | null {
  const first = bars.find((bar) => bar.kind !== "queued");
  return first ? (bars.at(-1) as Bar).to - first.from : null;
}

/** The places of rows that fit: of one node, or failed, or whose node's title has a text. */
export function placesOf(columns: Columns, wanted: { nodeId: string | null; isFailedOnly: boolean }): number[] {
  const found: number[] = [];
  for (let place = 0; place < columns.executions.length; place++) {
    if (wanted.nodeId && columns.nodeIds[place] !== wanted.nodeId) continue;
    if (wanted.isFailedOnly && columns.states[place] !== "FAILED") continue;
    found.push(place);
  }
  return found;
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000, 604_800_000];

/** Round moments for an axis, about six of them. */
export function ticksOf(from: number, to: number): number[] {
  const step = STEPS.find((one) => (to - from) / one <= 7) ?? (to - from) / 6;
  const found: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to && found.length < 20; at += step) found.push(at);
  return found;
}
