/** One node of a run: its executions, and the one that is looked at. */
import { RotateCcw, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useConnection } from "@/data/useConnection";
import type { State } from "@/data/schema.generated";
import { between } from "@/data/times";
import type { GraphDocument } from "@/graph/document";
import { blockWords } from "@/graph/words";
import type { StreamedText } from "@/run/liveRun";
import { useMay } from "@/shell/viewer";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Checkbox } from "@/ui/fields";
import { Empty, Failed, Loading } from "@/ui/states";
import { isOver, StateBadge } from "@/ui/Status";
import { More } from "@/ui/Table";
import type { TabProps } from "./CanvasTab";
import { ExecutionView } from "./ExecutionView";
import type { From } from "./RunScreen";
import { RunExecutionsDocument, type RunExecutionRowFragment, type RunHeadFragment, type RunNodePartsFragment } from "./run.generated";
import { count } from "./words";

/** Below this width panels stand below each other: Tailwind's `lg`. */
const NARROW_PX = 1_024;

type Props = TabProps & {
  run: RunHeadFragment;
  document: GraphDocument | null;
  nodeId: string;
  node: RunNodePartsFragment | null;
  /** The moment that is looked at, in milliseconds; null: now. */
  at: number | null;
  /** What it streams now. */
  text: StreamedText | null | undefined;
  stamp: number;
  continueFrom: (from: From) => void;
  refresh: () => void;
  close: () => void;
};

export function NodePanel({ run, document, nodeId, node, at, text, stamp, address, set, continueFrom, refresh, close }: Props) {
  const may = useMay();
  const panel = useRef<HTMLElement>(null);
  // On a narrow screen it stands below the canvas, out of sight.
  useEffect(() => {
    if (innerWidth < NARROW_PX) panel.current?.scrollIntoView({ block: "start" });
  }, []);
  const drawn = document?.nodes.find((one) => one.id === nodeId);
  const title = drawn?.metadata?.customized_name || node?.title || nodeId;
  const chosen = address.get("execution") ?? node?.failedId ?? node?.latestId ?? null;
  return (
    <aside ref={panel} aria-label={`The node ${title}`} className="flex min-h-0 w-full shrink-0 flex-col border-t border-line bg-surface lg:w-[28rem] lg:border-t-0 lg:border-l xl:w-[32rem]">
      <header className="flex items-center gap-2 border-b border-line px-4 py-2">
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold" title={title}>{title}</h2>
          <p className="text-xs break-words text-muted">{[node?.blockName && blockWords(node.blockName), node && count(node.executionCount, "execution")].filter(Boolean).join(", ")}</p>
        </div>
        {node && may("runs:execute") && <Button isSmall icon={<RotateCcw className="size-3.5" aria-hidden />} onClick={() => continueFrom({ mode: "NODES", nodeIds: [nodeId] })}>Continue from here</Button>}
        <IconButton isSmall label="Close the node" icon={<X className="size-4" aria-hidden />} onClick={close} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {!node ? (
          <Empty title="It did not run" text={isOver(run.status) ? "Nothing came to it in this run, or another way was taken." : "Nothing has come to it yet."} />
        ) : (
          <>
            {node.executionCount > 1 && <Executions runId={run.id} nodeId={nodeId} chosen={chosen} stamp={stamp} choose={(id) => set({ execution: id })} hasFailed={node.failedId != null} />}
            {chosen && <ExecutionView key={chosen} id={chosen} run={run} at={at} text={text} stamp={stamp} continueFrom={continueFrom} refresh={refresh} />}
          </>
        )}
      </div>
    </aside>
  );
}

function Executions({ runId, nodeId, chosen, stamp, choose, hasFailed }: { runId: string; nodeId: string; chosen: string | null; stamp: number; choose: (id: string) => void; hasFailed: boolean }) {
  const [isFailedOnly, setFailedOnly] = useState(false);
  const list = useConnection(RunExecutionsDocument, { id: runId, nodeId, status: isFailedOnly ? (["FAILED"] as State[]) : null }, (data) => data.run.nodeExecutions, { size: 25 });
  const { refresh } = list;
  const [read] = useState(stamp);
  useEffect(() => {
    if (stamp !== read) refresh();
    // Each reading of the run reads the list again, and nothing else does.
  }, [stamp]);
  return (
    <section aria-label="Executions" className="border-b border-line">
      <div className="flex items-center gap-2 px-4 py-1.5">
        <h3 className="flex-1 text-xs font-semibold text-muted">Executions</h3>
        {hasFailed && <Checkbox label="Failed only" isOn={isFailedOnly} onChange={setFailedOnly} />}
      </div>
      <Failed errors={list.errors} retry={list.refresh} />
      {list.isFirst && list.errors.length === 0 && <Loading />}
      <ul className="max-h-44 overflow-y-auto px-2 pb-1">
        {list.items.map((one) => <li key={one.id}><Execution row={one} isChosen={one.id === chosen} choose={() => choose(one.id)} /></li>)}
        <li><More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} /></li>
      </ul>
    </section>
  );
}

function Execution({ row, isChosen, choose }: { row: RunExecutionRowFragment; isChosen: boolean; choose: () => void }) {
  return (
    <button type="button" aria-pressed={isChosen} onClick={choose} className={cx("flex w-full items-center gap-2 rounded-md px-2 py-1 text-left text-sm hover:bg-sunken", isChosen && "bg-accent-soft")}>
      <span className="w-10 shrink-0 text-xs text-muted tabular-nums">{row.ordinal > 0 ? row.ordinal : ""}</span>
      <StateBadge state={row.status} />
      <span className="min-w-0 flex-1 truncate text-xs text-muted" title={row.error?.message}>{row.error?.message ?? (row.isReused ? "Taken over from the run before" : "")}</span>
      <span className="shrink-0 text-xs text-muted tabular-nums">{row.isReused ? "" : between(row.startedAt, row.endedAt)}</span>
    </button>
  );
}
