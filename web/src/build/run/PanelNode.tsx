/** What the chosen node did in the run: its executions, one of them whole, and what can be done from there. */
import { FlaskConical, Pin, RotateCcw } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { useConnection } from "@/data/useConnection";
import { between } from "@/data/times";
import type { JsonObject } from "@/graph/document";
import type { LiveNode } from "@/run/liveRun";
import { ExecutionView } from "@/runs/ExecutionView";
import type { From } from "@/runs/RunScreen";
import type { RunHeadFragment } from "@/runs/run.generated";
import type { RunView } from "@/runs/useRun";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { StateBadge } from "@/ui/Status";
import { Empty, Failed } from "@/ui/states";
import { More } from "@/ui/Table";
import { useEditor } from "../store";
import { PinDialog } from "./PinDialog";
import { BuildRunExecutionsDocument, BuildRunGivenDocument } from "./run.generated";
import { RunNodeDialog } from "./RunNodeDialog";
import { useNodeTitles } from "./useNodeTitles";

type Props = { run: RunHeadFragment; view: RunView; nodeId: string | null; continueFrom: (from: From) => void; onStarted: (runId: string) => void };

export function PanelNode(props: Props) {
  const { view, nodeId } = props;
  const titles = useNodeTitles();
  const isOff = useEditor((state) => state.document.nodes.find((one) => one.id === nodeId)?.is_disabled === true);
  const node = nodeId === null ? undefined : view.live.nodes.get(nodeId);
  if (nodeId === null) return <Empty title="No node is chosen" text="Choose a node on the canvas to see what came to it, what it gave, and why it failed." />;
  if (!node) return <Empty title={`${titles(nodeId)} did not run`} text={isOff ? "It is switched off: a run leaves it out, and what waits for it waits to the end." : view.isOver ? "Nothing came to it in this run, another way was taken, or it was not there in this version." : "Nothing has come to it yet."} />;
  return <Node key={nodeId} {...props} node={node} title={titles(nodeId)} />;
}

function Node({ run, view, node, title, continueFrom, onStarted }: Props & { node: LiveNode; title: string }) {
  const [picked, setPicked] = useState<string | null>(null);
  const shown = picked ?? node.failedId ?? node.latestId;
  return (
    <div className="flex min-h-0 flex-col sm:flex-row">
      {node.executionCount > 1 && <Executions runId={run.id} node={node} shown={shown} pick={setPicked} />}
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-2 px-4 pt-3">
          <h3 className="min-w-0 truncate text-sm font-semibold">{title}</h3>
          {shown && <Actions run={run} node={node} executionId={shown} continueFrom={continueFrom} onStarted={onStarted} />}
        </div>
        {shown ? <ExecutionView key={shown} id={shown} run={run} at={null} text={node.text} stamp={view.stamp} continueFrom={continueFrom} refresh={view.refresh} /> : <Empty title="It has not begun" />}
      </div>
    </div>
  );
}

function Actions({ run, node, executionId, continueFrom, onStarted }: { run: RunHeadFragment; node: LiveNode; executionId: string; continueFrom: (from: From) => void; onStarted: (runId: string) => void }) {
  const client = useClient();
  const may = useMay();
  const agentId = useEditor((state) => state.agentId);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const [isPinning, setPinning] = useState(false);
  const [again, setAgain] = useState<JsonObject | null>(null);
  const isOwn = agentId === run.graphId;
  const alone = async () => {
    const answer = await client.query(BuildRunGivenDocument, { id: executionId, after: null }).toPromise();
    const inputs = answer.data?.node && "inputs" in answer.data.node ? answer.data.node.inputs : [];
    setAgain(Object.fromEntries(inputs.filter((one) => one.value.isInline).map((one) => [one.pin, one.value.json])) as JsonObject);
  };
  return (
    <>
      <Button isSmall disabled={!may("runs:execute")} icon={<RotateCcw className="size-3.5" aria-hidden />} onClick={() => continueFrom({ mode: "NODES", nodeIds: [node.nodeId] })}>Run from here</Button>
      {isOwn && !isReadOnly && <Button isSmall disabled={!may("runs:execute")} icon={<FlaskConical className="size-3.5" aria-hidden />} onClick={() => void alone()}>Run only this node</Button>}
      {isOwn && !isReadOnly && <Button isSmall icon={<Pin className="size-3.5" aria-hidden />} onClick={() => setPinning(true)}>Pin its outputs</Button>}
      {isPinning && <PinDialog nodeId={node.nodeId} executionId={executionId} onClose={() => setPinning(false)} />}
      {again && agentId && <RunNodeDialog agentId={agentId} nodeId={node.nodeId} initialInputs={again} onClose={() => setAgain(null)} onStarted={onStarted} />}
    </>
  );
}

function Executions({ runId, node, shown, pick }: { runId: string; node: LiveNode; shown: string | null; pick: (id: string) => void }) {
  const list = useConnection(BuildRunExecutionsDocument, { id: runId, nodeId: node.nodeId }, (data) => data.run.nodeExecutions, { size: 25 });
  const { refresh } = list;
  const counted = JSON.stringify(node.counts);
  const read = useRef(counted);
  useEffect(() => {
    if (read.current !== counted) refresh();
    read.current = counted;
    // eslint-disable-next-line react-hooks/exhaustive-deps -- each change of the counts reads the list again, and nothing else does
  }, [counted]);
  return (
    <nav aria-label="Executions" className="max-h-40 w-full shrink-0 overflow-y-auto border-line p-2 sm:max-h-none sm:w-56 sm:border-r">
      <Failed errors={list.errors} retry={list.refresh} />
      <ul>
        {list.items.map((one) => (
          <li key={one.id}>
            <button type="button" aria-pressed={one.id === shown} onClick={() => pick(one.id)} className={cx("flex w-full items-center gap-2 rounded-md px-2 py-1 text-left text-sm hover:bg-sunken", one.id === shown && "bg-accent-soft")}>
              <span className="w-8 shrink-0 text-xs text-muted tabular-nums">{one.ordinal > 0 ? one.ordinal : ""}</span>
              <StateBadge state={one.status} />
              <span className="min-w-0 flex-1 text-right text-xs text-muted tabular-nums">{between(one.startedAt, one.endedAt)}</span>
            </button>
          </li>
        ))}
        <li><More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} /></li>
      </ul>
    </nav>
  );
}
