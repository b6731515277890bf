/** The lines that blocks wrote, the newest last; it follows them while one looks at the end. */
import { useEffect, useRef } from "react";
import { useConnection } from "@/data/useConnection";
import { moment } from "@/data/times";
import type { RunHeadFragment } from "@/runs/run.generated";
import type { RunView } from "@/runs/useRun";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Empty, Failed } from "@/ui/states";
import { BuildRunLogDocument } from "./run.generated";
import { useNodeTitles } from "./useNodeTitles";

type Line = { key: string; at: string; execution: number; attempt: number; level: string; line: string; nodeId?: string };

/** Lines are drawn without a window up to here: more are on the run's page, which has filters, too. */
const SHOWN_MAX = 500;

export function PanelLog({ run, view }: { run: RunHeadFragment; view: RunView }) {
  const heard = view.live.lines;
  // The events of a run that ended long ago are forgotten; its lines are not.
  const isKept = heard.length === 0 && view.isOver;
  const kept = useConnection(BuildRunLogDocument, { id: run.id }, (data) => data.run.log, { size: 100, isPaused: !isKept });
  const lines: readonly Line[] = isKept ? kept.items.map((one, at) => ({ ...one, key: String(at) })) : heard.slice(-SHOWN_MAX);
  const end = useRef<HTMLLIElement>(null);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const box = list.current?.closest<HTMLElement>('[role="tabpanel"]');
    if (box && box.scrollHeight - box.scrollTop - box.clientHeight < 80) end.current?.scrollIntoView({ block: "nearest" });
  }, [lines.length]);
  const titles = useNodeTitles();
  if (kept.errors.length > 0) return <Failed errors={kept.errors} retry={kept.refresh} />;
  if (lines.length === 0) return <Empty title="No lines" text={view.isOver ? "No block of this run wrote any." : "What blocks write while they run is shown here."} />;
  return (
    <ol ref={list} aria-label="Lines" className="p-3 font-mono text-xs">
      {!isKept && heard.length > SHOWN_MAX && <li className="pb-1 font-sans text-muted">The last {SHOWN_MAX} of {heard.length} lines; the run’s page has all of them.</li>}
      {lines.map((one) => (
        <li key={one.key} className="flex gap-2 py-0.5">
          <time className="shrink-0 text-muted" dateTime={one.at} title={moment(one.at)}>{new Date(one.at).toLocaleTimeString()}</time>
          <span className={cx("w-14 shrink-0", one.level === "error" ? "text-danger" : one.level === "warning" ? "text-warn" : "text-muted")}>{one.level}</span>
          <span className="max-w-48 shrink-0 truncate text-muted">{one.nodeId ? titles(one.nodeId) : `#${one.execution}`}{one.attempt > 1 && `, attempt ${one.attempt}`}</span>
          <span className="min-w-0 flex-1 break-words whitespace-pre-wrap">{one.line}</span>
        </li>
      ))}
      {isKept && kept.hasMore && <li><Button isSmall isBusy={kept.isLoading} onClick={kept.more}>Show more</Button></li>}
      <li ref={end} aria-hidden />
    </ol>
  );
}
