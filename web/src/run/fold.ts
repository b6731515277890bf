/**
 * What the events of a run add up to; pure. Events may come twice (a socket that broke asks again from where it stood): a state
 * that is terminal stays, an emission counts by its number, so that whatever is folded twice counts once.
 */
import type { State } from "@/data/schema.generated";
import type { LiveEventsSubscription, LiveFailureFragment } from "./live.generated";

export type LiveEvent = LiveEventsSubscription["runEvents"];
type Emitted = Extract<LiveEvent, { __typename: "Emitted" }>;
export type LiveValue = Emitted["value"];
export type LiveEmission = { execution: number; executionId: string; sequence: number; pin: string; at: string; value: LiveValue };
export type LiveLine = { key: string; at: string; execution: number; nodeId: string; attempt: number; level: string; line: string };
export type StreamedText = { execution: number; attempt: number; pin: string; text: string };

export type FoldedExecution = {
  execution: number;
  id: string;
  nodeId: string;
  title: string | null;
  ordinal: number;
  state: State;
  step: number;
  /** Its own state was told; before that only what it emits, streams or writes was. */
  isTold: boolean;
  startedAt: string | null;
  endedAt: string | null;
  /** The number of the attempt that was heard of last; 1 until there is another. */
  attempt: number;
  /** The sequence that its next emission has. */
  next: number;
};

/** What came out of a pin: how many values, and the last of them. */
export type FoldedPin = { nodeId: string; pin: string; count: number; last: readonly LiveEmission[] };

export type Folded = {
  status: State | null;
  error: LiveFailureFragment | null;
  executions: ReadonlyMap<number, FoldedExecution>;
  pins: ReadonlyMap<string, FoldedPin>;
  /** By node: the text that its newest execution streams. */
  texts: ReadonlyMap<string, StreamedText>;
  lines: readonly LiveLine[];
  /** Of the last event that was folded: where another subscription goes on. */
  cursor: string | null;
  /** Grows with each event that says that something beside the events is to be read again. */
  news: number;
};

export const LINES_MAX = 2_000;
export const VALUES_KEPT = 20;
export const TEXT_CHARS_MAX = 20_000;

const TERMINAL = new Set<State>(["COMPLETED", "FAILED", "TERMINATED", "INCOMPLETE"]);

export const pinKey = (nodeId: string, pin: string): string => `${nodeId}\n${pin}`;

export const NOTHING: Folded = {
  status: null,
  error: null,
  executions: new Map(),
  pins: new Map(),
  texts: new Map(),
  lines: [],
  cursor: null,
  news: 0,
};

/** Give what stands after these events. Maps are copied once a call: give many at once. */
export function fold(before: Folded, events: readonly LiveEvent[]): Folded {
  const now = {
    ...before,
    executions: new Map(before.executions),
    pins: new Map(before.pins),
    texts: new Map(before.texts),
    lines: [...before.lines],
  };
  for (const event of events) {
    foldOne(now, event);
    now.cursor = event.cursor;
  }
  if (now.lines.length > LINES_MAX) now.lines = now.lines.slice(-LINES_MAX);
  return now;
}

type Open = Omit<Folded, "executions" | "pins" | "texts" | "lines"> & {
  executions: Map<number, FoldedExecution>;
  pins: Map<string, FoldedPin>;
  texts: Map<string, StreamedText>;
  lines: LiveLine[];
};

function foldOne(now: Open, event: LiveEvent): void {
  switch (event.__typename) {
    case "RunMoved":
      if (now.status === null || !TERMINAL.has(now.status)) {
        now.status = event.status;
        now.error = event.error ?? now.error;
      }
      now.news += 1;
      return;
    case "NodeMoved":
      foldMove(now, event);
      return;
    case "Emitted":
      foldEmission(now, event);
      return;
    case "TextStreamed":
      touch(now, event, event.attempt);
      foldText(now, event);
      return;
    case "LogWritten":
      touch(now, event, event.attempt);
      if (now.lines.at(-1)?.key !== event.cursor) {
        const { at, execution, nodeId, attempt, level, line } = event;
        now.lines.push({ key: event.cursor, at, execution, nodeId, attempt, level, line });
      }
      return;
    default:
      now.news += 1;
  }
}

function foldMove(now: Open, event: Extract<LiveEvent, { __typename: "NodeMoved" }>): void {
  const known = now.executions.get(event.execution);
  if (known && (TERMINAL.has(known.state) || event.step < known.step)) return;
  const isOver = TERMINAL.has(event.status);
  const isRepeated = known?.state === "RUNNING" && event.status === "RUNNING";
  if (known === undefined || known.state !== event.status || isRepeated) now.news += 1;
  now.executions.set(event.execution, {
    execution: event.execution,
    id: event.nodeExecutionId,
    nodeId: event.nodeId,
    title: event.title ?? known?.title ?? null,
    ordinal: event.ordinal,
    state: event.status,
    step: event.step,
    isTold: true,
    startedAt: known?.startedAt ?? (event.status === "QUEUED" || event.status === "INCOMPLETE" ? null : event.at),
    endedAt: isOver ? event.at : null,
    attempt: known?.attempt ?? 1,
    next: known?.next ?? 0,
  });
  // A beginning after a beginning is that of another attempt: the one before has died, and writes no more.
  const isTextOver = isOver || (isRepeated && known.isTold) || event.status === "PAUSED";
  if (isTextOver && now.texts.get(event.nodeId)?.execution === event.execution) now.texts.delete(event.nodeId);
}

/** What an execution emits or writes is sometimes told before its own state. */
function touch(now: Open, event: { execution: number; nodeExecutionId: string; nodeId: string; at: string }, attempt: number): FoldedExecution {
  const known = now.executions.get(event.execution);
  const made: FoldedExecution = known
    ? { ...known, attempt: Math.max(known.attempt, attempt) }
    : { execution: event.execution, id: event.nodeExecutionId, nodeId: event.nodeId, title: null, ordinal: 0, state: "RUNNING", step: 0, isTold: false, startedAt: event.at, endedAt: null, attempt, next: 0 };
  if (!known || known.attempt !== made.attempt) {
    now.executions.set(event.execution, made);
    now.news += 1;
  }
  return made;
}

function foldEmission(now: Open, event: Emitted): void {
  const execution = touch(now, event, 1);
  if (event.sequence < execution.next) return;
  now.executions.set(event.execution, { ...execution, next: event.sequence + 1 });
  const key = pinKey(event.nodeId, event.pin);
  const known = now.pins.get(key);
  const emission: LiveEmission = {
    execution: event.execution,
    executionId: event.nodeExecutionId,
    sequence: event.sequence,
    pin: event.pin,
    at: event.at,
    value: event.value,
  };
  now.pins.set(key, {
    nodeId: event.nodeId,
    pin: event.pin,
    count: (known?.count ?? 0) + 1,
    last: [...(known?.last ?? []), emission].slice(-VALUES_KEPT),
  });
}

function foldText(now: Open, event: Extract<LiveEvent, { __typename: "TextStreamed" }>): void {
  const { execution, attempt, pin, nodeId } = event;
  const known = now.texts.get(nodeId);
  if (TERMINAL.has(now.executions.get(execution)?.state ?? "RUNNING")) return;
  if (known && (execution < known.execution || (execution === known.execution && attempt < known.attempt))) return;
  const isSame = known?.execution === execution && known.attempt === attempt && known.pin === pin;
  const text = isSame ? known.text + event.text : event.text;
  now.texts.set(nodeId, { execution, attempt, pin, text: text.slice(-TEXT_CHARS_MAX) });
}
