/** The lines that a run's blocks wrote, the oldest first; a run that goes on is followed. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useClient } from "urql";
import { type Told, told } from "@/data/errors";
import { moment } from "@/data/times";
import { cx } from "@/ui/classes";
import { SelectField, Toggle } from "@/ui/fields";
import { Empty, Failed, Loading } from "@/ui/states";
import type { TabProps } from "./CanvasTab";
import { type RunHeadFragment, RunLogDocument, type RunLogQuery } from "./run.generated";
import type { Timeline } from "./useTimeline";
import { count } from "./words";

type Line = RunLogQuery["run"]["log"]["nodes"][number];
type Props = TabProps & { run: RunHeadFragment; isOver: boolean; stamp: number; timeline: Timeline; titles: ReadonlyMap<string, string> };

const LEVELS = ["debug", "info", "warning", "error"];
const TONES: Record<string, string> = { debug: "text-muted", info: "text-info", warning: "text-warn", error: "text-danger" };
const LINES_MAX = 20_000;
const PAGE = 100;

/** Read all lines, page by page; go on from the last one when something happened. */
function useLines(runId: string, stamp: number): { lines: Line[]; isThere: boolean; errors: Told[]; again: () => void } {
  const client = useClient();
  const [state, setState] = useState<{ lines: Line[]; isThere: boolean; errors: Told[] }>({ lines: [], isThere: false, errors: [] });
  const kept = useRef<{ lines: Line[]; cursor: string | null }>({ lines: [], cursor: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isLeft = false;
    const read = async () => {
      for (let hasMore = true; hasMore && kept.current.lines.length < LINES_MAX; ) {
        const answer = await client.query(RunLogDocument, { id: runId, first: PAGE, after: kept.current.cursor }, { requestPolicy: "network-only" }).toPromise();
        // Whoever reads now went on from the same line: what comes late would count twice.
        if (isLeft) return;
        const page = answer.data?.run.log;
        if (!page) {
          setState((now) => ({ ...now, errors: answer.error ? told(answer.error) : [] }));
          return;
        }
        kept.current = { lines: [...kept.current.lines, ...page.nodes], cursor: page.pageInfo.endCursor ?? kept.current.cursor };
        hasMore = page.pageInfo.hasNextPage;
        setState({ lines: kept.current.lines, isThere: true, errors: [] });
      }
    };
    void read();
    return () => {
      isLeft = true;
    };
  }, [client, runId, stamp, turn]);
  const again = useCallback(() => setTurn((now) => now + 1), []);
  return { ...state, again };
}

export function LogTab({ run, isOver, stamp, timeline, titles, address, set }: Props) {
  const { lines, isThere, errors, again } = useLines(run.id, stamp);
  const level = address.get("level") ?? "";
  const nodeId = address.get("only") ?? "";
  const [isFollowed, setFollowed] = useState(!isOver);
  const nodeOf = useMemo(() => new Map(timeline.columns.executions.map((execution, place) => [execution, timeline.columns.nodeIds[place] as string])), [timeline.columns]);
  const shown = useMemo(() => {
    const least = LEVELS.indexOf(level);
    return lines.filter((line) => (least <= 0 || LEVELS.indexOf(line.level) >= least) && (!nodeId || nodeOf.get(line.execution) === nodeId));
  }, [lines, level, nodeId, nodeOf]);
  const nodeIds = useMemo(() => [...new Set(lines.flatMap((line) => nodeOf.get(line.execution) ?? []))], [lines, nodeOf]);
  if (errors.length > 0) return <Failed errors={errors} retry={again} />;
  if (!isThere) return <Loading text="Reading the log" />;
  if (lines.length === 0) return <Empty title="Nothing was written" text={isOver ? "No block of this run wrote a line." : "Lines that blocks write show here at once."} />;
  return (
    <div className="flex h-full min-h-[60dvh] flex-col lg:min-h-0">
      <div className="flex flex-wrap items-center gap-3 px-2 py-2">
        <div className="w-40"><SelectField label="Level" isLabelHidden options={[{ value: "", label: "All levels" }, { value: "info", label: "Info and above" }, { value: "warning", label: "Warnings and errors" }, { value: "error", label: "Errors" }]} value={level} onChange={(value) => set({ level: value || null })} /></div>
        <div className="w-48"><SelectField label="Node" isLabelHidden options={[{ value: "", label: "All nodes" }, ...nodeIds.map((id) => ({ value: id, label: titles.get(id) ?? id }))]} value={nodeId} onChange={(value) => set({ only: value || null })} /></div>
        <span role="status" className="text-xs text-muted">{count(shown.length, "line")}</span>
        <span className="flex-1" />
        {!isOver && <Toggle label="Follow" isOn={isFollowed} onChange={setFollowed} />}
      </div>
      {shown.length === 0 ? <Empty title="No line fits" text="Show more levels, or all nodes." /> : <Lines lines={shown} titleOf={(execution) => { const id = nodeOf.get(execution); return id ? (titles.get(id) ?? id) : ""; }} isFollowed={isFollowed && !isOver} unfollow={() => setFollowed(false)} />}
      {lines.length >= LINES_MAX && <p className="px-2 py-1 text-xs text-muted">The first {LINES_MAX.toLocaleString()} lines are shown.</p>}
    </div>
  );
}

function Lines({ lines, titleOf, isFollowed, unfollow }: { lines: Line[]; titleOf: (execution: number) => string; isFollowed: boolean; unfollow: () => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => frame.current, estimateSize: () => 24, overscan: 20 });
  useEffect(() => {
    if (isFollowed) rows.scrollToIndex(lines.length - 1);
  }, [isFollowed, lines.length, rows]);
  return (
    <div className="relative min-h-0 flex-1">
      <div ref={frame} tabIndex={0} role="log" aria-label="Log" aria-live="off" className="absolute inset-0 overflow-y-auto rounded-lg border border-line bg-surface font-mono text-xs" onWheel={(event) => event.deltaY < 0 && unfollow()}>
        <div className="relative" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((item) => {
            const line = lines[item.index] as Line;
            return (
              <div key={item.key} ref={rows.measureElement} data-index={item.index} className="absolute inset-x-0 flex gap-3 border-b border-line px-2 py-1" style={{ top: item.start }}>
                <time dateTime={line.at} title={moment(line.at)} className="shrink-0 text-muted tabular-nums">{new Date(line.at).toLocaleTimeString(undefined, { hour12: false })}</time>
                <span className={cx("w-14 shrink-0", TONES[line.level] ?? "")}>{line.level}</span>
                <span className="hidden w-36 shrink-0 truncate text-muted sm:block" title={titleOf(line.execution)}>{titleOf(line.execution)}</span>
                <span className="min-w-0 flex-1 break-words whitespace-pre-wrap">{line.line}{line.attempt > 1 && <span className="text-muted"> (attempt {line.attempt})</span>}</span>
              </div>
            );
          })}
        </div>
      </div>
      {!isFollowed && lines.length > 100 && (
        <button type="button" className="absolute right-4 bottom-3 inline-flex items-center gap-1 rounded-full border border-line-strong bg-raised px-3 py-1 text-xs shadow" onClick={() => rows.scrollToIndex(lines.length - 1)}>
          <ArrowDownToLine className="size-3.5" aria-hidden /> To the end
        </button>
      )}
    </div>
  );
}
