/** Every node execution as a line in time: when it ran, its attempts, and its waits. Only what is in sight is drawn. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { Maximize2, X } from "lucide-react";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { duration } from "@/data/times";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Checkbox, SelectField } from "@/ui/fields";
import { Empty, Failed, Loading } from "@/ui/states";
import { isOver as isStateOver, STATES } from "@/ui/Status";
import type { TabProps } from "./CanvasTab";
import { ExecutionView } from "./ExecutionView";
import type { From } from "./RunScreen";
import { RunExecutionByNumberDocument, type RunHeadFragment } from "./run.generated";
import { type Bar, barsOf, type Columns, lengthOf, placesOf, ticksOf, tookOf } from "./timeline";
import { type Timeline, useTimeline } from "./useTimeline";
import { count } from "./words";

type Props = TabProps & { run: RunHeadFragment; isOver: boolean; timeline: Timeline; titles: ReadonlyMap<string, string>; now: number; stamp: number; continueFrom: (from: From) => void; refresh: () => void };
type Span = { from: number; to: number };

const ROW = 28;
const ZOOM = 2;

export function TimelineTab({ run, isOver, timeline, titles, address, set, now, stamp, continueFrom, refresh }: Props) {
  const nodeId = address.get("only");
  const isFailedOnly = address.get("failed") === "yes";
  // Of a run with more executions than are kept, those that are chosen may stand behind them: they are read by themselves.
  const isByItself = timeline.isCut && (nodeId !== null || isFailedOnly);
  const chosenOnes = useTimeline(run.id, isByItself ? run.createdAt : null, stamp, { nodeId, isFailedOnly });
  const { columns, isComplete, isCut, errors, again } = isByItself ? chosenOnes : timeline;
  const zero = new Date(run.createdAt).getTime();
  const length = useMemo(() => Math.max(1, lengthOf(columns, run.endedAt ? new Date(run.endedAt).getTime() - zero : now - zero)), [columns, run.endedAt, zero, now]);
  const [span, setSpan] = useState<Span | null>(null);
  const shown = span ?? { from: 0, to: length };
  const places = useMemo(() => placesOf(columns, { nodeId, isFailedOnly }), [columns, nodeId, isFailedOnly]);
  // Those that began behind what is kept, too.
  const nodeIds = useMemo(() => [...new Set([...timeline.columns.nodeIds, ...titles.keys()])], [timeline.columns, titles]);
  const chosen = address.has("line") ? Number(address.get("line")) : null;
  const choose = useCallback((execution: number) => set({ line: String(execution) }), [set]);
  if (errors.length > 0 && timeline.columns.executions.length === 0) return <Failed errors={errors} retry={again} />;
  if (timeline.columns.executions.length === 0) return isComplete ? <Empty title="Nothing has run yet" text={isOver ? "The run ended before a node began." : "Its first node shows here as soon as it begins."} /> : <Loading text="Reading the timeline" />;
  const zoom = (factor: number) => {
    const middle = (shown.from + shown.to) / 2;
    const half = ((shown.to - shown.from) / 2) * factor;
    const next = { from: Math.max(0, middle - half), to: Math.min(length, middle + half) };
    setSpan(next.to - next.from >= length * 0.999 ? null : next);
  };
  return (
    <div className="flex h-full min-h-0 flex-col lg:flex-row">
      <div className="flex min-h-[60dvh] min-w-0 flex-1 flex-col lg:min-h-0">
        <div className="flex flex-wrap items-center gap-3 px-2 py-2">
          <div className="w-48"><SelectField label="Node" isLabelHidden options={[{ value: "", label: "All nodes" }, ...nodeIds.map((id) => ({ value: id, label: titles.get(id) ?? id }))]} value={nodeId ?? ""} onChange={(value) => set({ only: value || null })} /></div>
          <Checkbox label="Failed only" isOn={isFailedOnly} onChange={(isOn) => set({ failed: isOn ? "yes" : null })} />
          <span className="text-xs text-muted" role="status">{count(places.length, "execution")}{!isComplete && errors.length === 0 && ", reading on"}{isCut && `, the first of ${isByItself ? "more" : run.limits.usedExecutions.toLocaleString()}. Choose a node or “Failed only” to see its others.`}</span>
          <span className="flex-1" />
          <Legend />
          <span className="flex items-center gap-3">
            <Button isSmall onClick={() => zoom(1 / ZOOM)}>Zoom in</Button>
            <Button isSmall disabled={!span} onClick={() => zoom(ZOOM)}>Zoom out</Button>
            <IconButton isSmall look="plain" label="Show the whole run" disabled={!span} icon={<Maximize2 className="size-3.5" aria-hidden />} onClick={() => setSpan(null)} />
          </span>
        </div>
        <Axis span={shown} />
        <Failed errors={errors} retry={again} />
        {places.length === 0 && !isComplete ? errors.length === 0 && <Loading text="Reading the timeline" /> : places.length === 0 ? <Empty title="Nothing fits" text="Show all nodes, or those that did not fail, too." /> : <Lines columns={columns} places={places} titles={titles} span={shown} length={length} chosen={chosen} choose={choose} />}
        {span && <Pan span={span} length={length} onChange={setSpan} />}
      </div>
      {chosen !== null && (
        <aside aria-label="The execution" className="flex min-h-0 w-full shrink-0 flex-col border-t border-line bg-surface lg:w-[28rem] lg:border-t-0 lg:border-l">
          <div className="flex items-center gap-2 border-b border-line px-4 py-2">
            <h2 className="flex-1 font-semibold">The execution</h2>
            <IconButton isSmall label="Close" icon={<X className="size-4" aria-hidden />} onClick={() => set({ line: null })} />
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto"><ByNumber key={chosen} number={chosen} run={run} stamp={stamp} continueFrom={continueFrom} refresh={refresh} /></div>
        </aside>
      )}
    </div>
  );
}

function ByNumber({ number, run, stamp, continueFrom, refresh }: { number: number; run: RunHeadFragment; stamp: number; continueFrom: (from: From) => void; refresh: () => void }) {
  const [{ data, error }] = useQuery({ query: RunExecutionByNumberDocument, variables: { id: run.id, number } });
  const id = data?.run.execution?.id;
  if (error) return <Failed errors={told(error)} />;
  if (!data) return <Loading />;
  return id ? <ExecutionView id={id} run={run} at={null} stamp={stamp} continueFrom={continueFrom} refresh={refresh} /> : <Empty title="There is no such execution" text="Choose another in the list." />;
}

const LOOKS: Record<Bar["kind"], string> = { queued: "bg-sunken border border-line-strong", run: "bg-ok", failed: "bg-danger", retry: "bg-warn-soft border border-warn", parked: "bg-info-soft border border-info" };
const WORDS: Record<Bar["kind"], string> = { queued: "Waited for a worker", run: "Ran", failed: "Failed", retry: "Waited to be tried again", parked: "Waited" };

function Legend() {
  return (
    <ul className="hidden items-center gap-3 text-xs text-muted xl:flex">
      {(Object.keys(LOOKS) as Bar["kind"][]).map((kind) => <li key={kind} className="flex items-center gap-1"><span className={cx("size-2.5 rounded-sm", LOOKS[kind])} aria-hidden />{WORDS[kind]}</li>)}
    </ul>
  );
}

/** How wide the column of durations is: "under 1 ms", "12 min 34 s". */
const TOOK = "w-22";
const NAMES = "w-36 sm:w-56";

function Axis({ span }: { span: Span }) {
  return (
    <div className="flex border-y border-line bg-sunken text-xs text-muted" aria-hidden>
      <div className={cx(NAMES, "shrink-0 px-2 py-1")}>Node</div>
      <div className="relative h-6 min-w-0 flex-1 overflow-hidden">
        {ticksOf(span.from, span.to).map((at, index) => {
          const part = (at - span.from) / (span.to - span.from);
          // Of what would stand at the end the words have no room.
          return <span key={at} className={cx("absolute top-1 border-l border-line-strong pl-1 whitespace-nowrap tabular-nums", (index % 2 !== 0 || part > 0.7) && "max-sm:hidden")} style={{ left: `${part * 100}%` }}>{part > 0.9 ? "\u00a0" : at === 0 ? "0" : duration(at)}</span>;
        })}
      </div>
      <div className={cx(TOOK, "shrink-0 px-2 py-1 text-right")}>Took</div>
    </div>
  );
}

type LinesProps = { columns: Columns; places: number[]; titles: ReadonlyMap<string, string>; span: Span; length: number; chosen: number | null; choose: (execution: number) => void };

function Lines({ columns, places, titles, span, length, chosen, choose }: LinesProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(0);
  const rows = useVirtualizer({ count: places.length, getScrollElement: () => frame.current, estimateSize: () => ROW, overscan: 12 });
  // The chosen line is brought into sight once, when its page has been read.
  const sought = useRef(chosen);
  useEffect(() => {
    if (sought.current === null) return;
    const index = places.findIndex((place) => columns.executions[place] === sought.current);
    if (index < 0) return;
    sought.current = null;
    setFocused(index);
    rows.scrollToIndex(index, { align: "center" });
  }, [places, columns, rows]);
  const move = (to: number) => {
    const next = Math.min(places.length - 1, Math.max(0, to));
    setFocused(next);
    rows.scrollToIndex(next);
    requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>(`[data-place="${next}"]`)?.focus());
  };
  return (
    <div
      ref={frame}
      role="listbox"
      aria-label="Node executions"
      className="min-h-0 flex-1 overflow-y-auto"
      onKeyDown={(event) => {
        const steps: Record<string, number> = { ArrowDown: focused + 1, ArrowUp: focused - 1, PageDown: focused + 20, PageUp: focused - 20, Home: 0, End: places.length - 1 };
        const to = steps[event.key];
        if (to === undefined) return;
        event.preventDefault();
        move(to);
      }}
    >
      <div role="presentation" className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((item) => {
          const place = places[item.index] as number;
          const execution = columns.executions[place] as number;
          return <Line key={item.key} top={item.start} index={item.index} total={places.length} columns={columns} place={place} title={titles.get(columns.nodeIds[place] as string) ?? (columns.nodeIds[place] as string)} from={span.from} to={span.to} now={isStateOver(columns.states[place] as never) ? 0 : length} isChosen={chosen === execution} isFocusable={item.index === focused} choose={choose} onFocus={setFocused} />;
        })}
      </div>
    </div>
  );
}

type LineProps = { top: number; index: number; total: number; columns: Columns; place: number; title: string; from: number; to: number; now: number; isChosen: boolean; isFocusable: boolean; choose: (execution: number) => void; onFocus: (index: number) => void };

const Line = memo(function Line({ top, index, total, columns, place, title, from, to, now, isChosen, isFocusable, choose, onFocus }: LineProps) {
  const execution = columns.executions[place] as number;
  const state = columns.states[place];
  const bars = barsOf(columns, place, now);
  const length = tookOf(bars);
  const took = length !== null ? duration(length) : columns.reused.has(execution) ? "taken over" : "";
  const attempts = bars.filter((bar) => bar.kind === "run" || bar.kind === "failed").length;
  const percent = (at: number) => Math.min(100, Math.max(0, ((at - from) / (to - from)) * 100));
  return (
    <div
      role="option"
      aria-selected={isChosen}
      aria-posinset={index + 1}
      aria-setsize={total}
      tabIndex={isFocusable ? 0 : -1}
      data-place={index}
      className={cx("absolute inset-x-0 flex cursor-pointer items-center border-b border-line text-xs hover:bg-sunken", isChosen && "bg-accent-soft")}
      style={{ top, height: ROW }}
      onClick={() => {
        onFocus(index);
        choose(execution);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose(execution);
      }}
    >
      <span className={cx(NAMES, "flex shrink-0 items-center gap-1.5 px-2")}>
        <span className={cx("size-2 shrink-0 rounded-full", state === "FAILED" ? "bg-danger" : state === "COMPLETED" ? "bg-ok" : state === "RUNNING" ? "bg-info" : "bg-warn")} aria-hidden />
        <span className="min-w-0 flex-1 truncate" title={title}>{title}</span>
        <span className="sr-only">{state && STATES[state].word}{attempts > 1 && `, ${attempts} attempts`}</span>
        <span className="shrink-0 text-muted tabular-nums">{execution > 0 ? execution : ""}</span>
      </span>
      <span className="relative h-full min-w-0 flex-1 overflow-hidden" aria-hidden>
        {bars.map((bar, number) => {
          const left = percent(bar.from);
          const right = percent(bar.to);
          if (bar.to < from || bar.from > to) return null;
          const isRunning = state === "RUNNING" && bar.kind === "run" && number === bars.length - 1;
          return <span key={number} title={`${WORDS[bar.kind]}: ${duration(bar.to - bar.from)}`} className={cx("absolute top-2 h-3 rounded-sm", bar.kind !== "queued" && "min-w-0.5", isRunning ? "bg-info" : LOOKS[bar.kind])} style={{ left: `${left}%`, width: `${Math.max(0, right - left)}%` }} />;
        })}
      </span>
      <span className={cx(TOOK, "shrink-0 truncate px-2 text-right text-muted tabular-nums")}>{took}</span>
    </div>
  );
});

function Pan({ span, length, onChange }: { span: Span; length: number; onChange: (span: Span) => void }) {
  const width = span.to - span.from;
  return <div className="flex border-t border-line px-2 py-1"><div className={cx(NAMES, "shrink-0")} /><input type="range" aria-label="Part of the run that is shown" className="min-w-0 flex-1 accent-accent" min={0} max={1_000} value={Math.round((span.from / Math.max(1, length - width)) * 1_000)} onChange={(event) => { const from = (Number(event.target.value) / 1_000) * (length - width); onChange({ from, to: from + width }); }} /><div className={cx(TOOK, "shrink-0")} /></div>;
}
