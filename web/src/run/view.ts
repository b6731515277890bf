/** What is shown of a run: its rows as they were read last, and over them what its events said since; pure. */
import type { Told } from "@/data/errors";
import type { State } from "@/data/schema.generated";
import type { Folded, FoldedExecution, FoldedPin, LiveLine, StreamedText } from "./fold";
import { pinKey } from "./fold";
import type { LiveExecutionPartsFragment, LiveFailureFragment, LiveNodePartsFragment, LiveRunPartsFragment, LiveRunQuery } from "./live.generated";

type Rows = LiveRunQuery["run"];
type AttemptRow = LiveExecutionPartsFragment["attempts"][number];

export type LiveExecution = Omit<FoldedExecution, "next" | "isTold"> & {
  isReused: boolean;
  /** The attempts that have ended. */
  attempts: readonly AttemptRow[];
  /** When it is tried again; null where it is not in a wait before its next attempt. */
  retryAt: string | null;
};

/** How a node of the graph stands: all its executions together. */
export type LiveNode = {
  nodeId: string;
  title: string | null;
  state: State;
  counts: Partial<Record<State, number>>;
  executionCount: number;
  /** The highest attempt of those that run; of its newest execution where none does. */
  attempt: number;
  retryAt: string | null;
  /** What it streams now. */
  text: StreamedText | null;
  /** Why the last attempt ended of one that is tried again, or that waits for an operator. */
  trouble: string | null;
  /** Why the newest execution that failed did. */
  error: LiveFailureFragment | null;
  /** The ids of its newest execution, and of the newest that failed. */
  latestId: string | null;
  failedId: string | null;
};

export type LiveRun = {
  /** Null until it was read. */
  run: LiveRunPartsFragment | null;
  status: State | null;
  nodes: ReadonlyMap<string, LiveNode>;
  /** By number. Of a large run: those that are known. */
  executions: ReadonlyMap<number, LiveExecution>;
  /** By `pinKey(nodeId, pin)`. Of a large run: what was emitted since it is looked at. */
  pins: ReadonlyMap<string, FoldedPin>;
  lines: readonly LiveLine[];
  /** Whether counts and values are those since the run's beginning. */
  isWhole: boolean;
  isOver: boolean;
  errors: Told[];
  /** Read the run again, as after a change. */
  refresh: () => void;
};

export const NO_RUN: LiveRun = {
  run: null,
  status: null,
  nodes: new Map(),
  executions: new Map(),
  pins: new Map(),
  lines: [],
  isWhole: true,
  isOver: false,
  errors: [],
  refresh: () => undefined,
};

const OVER = new Set<State>(["COMPLETED", "FAILED", "TERMINATED"]);

/** Whether a run in this state never changes again. */
export const isRunOver = (state: State | null | undefined): boolean => state != null && OVER.has(state);

export function viewOf(rows: Rows | null, folded: Folded, isWhole: boolean, errors: Told[], refresh: () => void): LiveRun {
  const executions = merged(rows?.nodeExecutions.nodes ?? [], folded);
  const status = rows && isRunOver(rows.status) ? rows.status : (folded.status ?? rows?.status ?? null);
  // A run that is over is heard from its beginning, too: until its end is heard, its rows say more.
  const isHeard = isWhole && (folded.executions.size > 0 || rows === null) && (!isRunOver(status) || isRunOver(folded.status));
  return {
    run: rows,
    status,
    nodes: nodesOf(rows?.nodes ?? [], isHeard ? executions : null, folded.texts),
    executions,
    pins: pinsOf(rows?.nodes ?? [], folded.pins),
    lines: folded.lines,
    isWhole,
    isOver: isRunOver(status),
    errors,
    refresh,
  };
}

/** Put what events said over what was read; an end that was read stands. */
function merged(rows: readonly LiveExecutionPartsFragment[], folded: Folded): Map<number, LiveExecution> {
  const made = new Map<number, LiveExecution>();
  for (const row of rows) made.set(row.execution, ofRow(row));
  for (const one of folded.executions.values()) {
    const row = made.get(one.execution);
    made.set(one.execution, row ? over(row, one) : { ...one, isReused: false, attempts: [], retryAt: null });
  }
  return made;
}

function over(row: LiveExecution, heard: FoldedExecution): LiveExecution {
  const isHeard = !isEnd(row.state) && (isEnd(heard.state) || heard.step >= row.step);
  const state = isHeard ? heard.state : row.state;
  return {
    ...row,
    state,
    title: row.title ?? heard.title,
    startedAt: row.startedAt ?? heard.startedAt,
    endedAt: row.endedAt ?? heard.endedAt,
    attempt: Math.max(row.attempt, heard.attempt),
    retryAt: isEnd(state) ? null : row.retryAt,
  };
}

function ofRow(row: LiveExecutionPartsFragment): LiveExecution {
  const { id, execution, nodeId, title, ordinal, step, startedAt, endedAt, isReused, attempts } = row;
  const ended = Math.max(attempts.length, attempts.at(-1)?.number ?? 0);
  const attempt = row.status === "RUNNING" ? ended + 1 : Math.max(1, ended);
  return { id, execution, nodeId, title, ordinal, step, startedAt, endedAt, isReused, attempts, attempt, state: row.status, retryAt: row.nextAttemptAt };
}

const isEnd = (state: State): boolean => isRunOver(state) || state === "INCOMPLETE";

/** What is shown of a node where its executions stand differently: first what a person should see. */
const ORDER: State[] = ["REVIEW", "PAUSED", "RUNNING", "QUEUED", "FAILED", "TERMINATED", "COMPLETED", "INCOMPLETE"];
const first = (states: State[]): State => ORDER.find((one) => states.includes(one)) ?? "INCOMPLETE";

/** Nodes by their rows; where executions are heard, by these, for they are newer. */
function nodesOf(rows: readonly LiveNodePartsFragment[], executions: ReadonlyMap<number, LiveExecution> | null, texts: Folded["texts"]): Map<string, LiveNode> {
  const made = new Map(rows.map((row) => [row.nodeId, ofNodeRow(row, texts)]));
  const heard = new Map<string, LiveExecution[]>();
  for (const one of executions?.values() ?? []) {
    const known = heard.get(one.nodeId);
    if (known) known.push(one);
    else heard.set(one.nodeId, [one]);
  }
  for (const [nodeId, all] of heard) made.set(nodeId, ofExecutions(nodeId, all, made.get(nodeId), texts));
  return made;
}

function ofNodeRow(row: LiveNodePartsFragment, texts: Folded["texts"]): LiveNode {
  const counts = Object.fromEntries(row.counts.map((one) => [one.status, one.count])) as Partial<Record<State, number>>;
  const state = first(row.counts.map((one) => one.status));
  const attempt = state === "RUNNING" && row.attemptsMax > 0 && row.nextAttemptAt ? row.attemptsMax + 1 : Math.max(1, row.attemptsMax);
  const { nodeId, title, executionCount, error, latestId, failedId, nextAttemptAt } = row;
  return { nodeId, title, state, counts, executionCount, attempt, retryAt: nextAttemptAt, text: texts.get(nodeId) ?? null, trouble: null, error, latestId, failedId };
}

function ofExecutions(nodeId: string, all: LiveExecution[], row: LiveNode | undefined, texts: Folded["texts"]): LiveNode {
  const counts: Partial<Record<State, number>> = {};
  let newest = all[0] as LiveExecution;
  let retryAt: string | null = null;
  let attempt = 1;
  let trouble: string | null = null;
  for (const one of all) {
    counts[one.state] = (counts[one.state] ?? 0) + 1;
    // Those whose inputs never became complete have negative numbers.
    if (one.execution > newest.execution) newest = one;
    if (one.retryAt !== null && (retryAt === null || one.retryAt < retryAt)) retryAt = one.retryAt;
    if (one.state !== "RUNNING" && one.state !== "PAUSED") continue;
    if (one.state === "RUNNING") attempt = Math.max(attempt, one.attempt);
    trouble = one.attempts.at(-1)?.error?.message ?? trouble;
  }
  const state = first(Object.keys(counts) as State[]);
  return {
    nodeId,
    title: newest.title ?? row?.title ?? null,
    state,
    counts,
    executionCount: Math.max(all.filter((one) => one.state !== "INCOMPLETE").length, row?.executionCount ?? 0),
    attempt: state === "RUNNING" ? attempt : Math.max(newest.attempt, row?.attempt ?? 1),
    retryAt,
    text: texts.get(nodeId) ?? null,
    trouble,
    error: counts.FAILED ? (row?.error ?? null) : null,
    latestId: newest.id,
    failedId: row?.failedId ?? null,
  };
}

/** Both count what is there, and neither too much: the larger is the newer. */
function pinsOf(rows: readonly LiveNodePartsFragment[], heard: Folded["pins"]): ReadonlyMap<string, FoldedPin> {
  const made = new Map(heard);
  for (const { nodeId, pins } of rows) {
    for (const { pin, count } of pins) {
      const known = made.get(pinKey(nodeId, pin));
      if (!known || known.count < count) made.set(pinKey(nodeId, pin), { nodeId, pin, count, last: known?.last ?? [] });
    }
  }
  return made;
}
