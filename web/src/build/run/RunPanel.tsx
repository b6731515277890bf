/** Below the canvas, while a run is shown: how it stands, what keeps it, what it gave, what it wrote, and what the chosen node did. */
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useNow } from "@/data/useNow";
import type { GraphDocument } from "@/graph/document";
import { ApprovalCard } from "@/approvals/ApprovalCard";
import { RunNotices } from "@/runs/RunNotices";
import type { From } from "@/runs/RunScreen";
import type { RunHeadFragment } from "@/runs/run.generated";
import { type RunView, useRun, useRunNodes } from "@/runs/useRun";
import { useIdleQueues } from "@/runs/useIdleQueues";
import { noticesOf } from "@/runs/words";
import { useMay } from "@/shell/viewer";
import { Empty, Failed, Loading } from "@/ui/states";
import { type Tab, Tabs } from "@/ui/Tabs";
import { usePersistent } from "@/ui/usePersistent";
import { chosenNode, useEditor } from "../store";
import { OldVersionBar } from "./OldVersionBar";
import { useOffered } from "./nodeRuns";
import { PanelEdge } from "./PanelEdge";
import { PanelHead } from "./PanelHead";
import { PanelLog } from "./PanelLog";
import { PanelNode } from "./PanelNode";
import { PanelOutputs } from "./PanelOutputs";
import { HEIGHT, heightWithin } from "./panelSize";
import { useShownRun } from "./shown";
import { useOldVersion } from "./useOldVersion";

const ContinueDialog = lazy(() => import("@/runs/ContinueDialog"));

export function RunPanel() {
  const agentId = useEditor((state) => state.agentId);
  const { runId, version, show } = useShownRun();
  const old = useOldVersion(agentId, runId, version, () => show(runId));
  if (!agentId || runId === null) return null;
  return <Shown key={runId} runId={runId} old={old} version={version} show={show} />;
}

type ShownProps = { runId: string; version: number | null; old: GraphDocument | null; show: (runId: string | null, version?: number | null) => void };

function Shown({ runId, version, old, show }: ShownProps) {
  const view = useRun(runId);
  const [isOpen, setOpen] = usePersistent("run-panel-open", true);
  const [kept, setHeight] = usePersistent("run-panel-height", HEIGHT.low);
  const height = heightWithin(kept, window.innerHeight);
  const [from, setFrom] = useState<From | null>(null);
  const mayRun = useMay()("runs:execute");
  const isRead = view.run !== null && mayRun;
  useOffered({ from: isRead ? { can: (nodeId) => view.live.nodes.has(nodeId), act: (nodeId) => setFrom({ mode: "NODES", nodeIds: [nodeId] }) } : null });
  if (view.errors.length > 0) {
    return (
      <section aria-label="Run" className="shrink-0 border-t border-line bg-surface">
        <Failed errors={view.errors} retry={view.refresh} />
      </section>
    );
  }
  return (
    <section aria-label="Run" className="flex shrink-0 flex-col border-t border-line bg-surface" style={isOpen ? { height } : undefined}>
      {isOpen && <PanelEdge height={height} setHeight={setHeight} />}
      {view.run ? (
        <>
          <PanelHead run={view.run} view={view} version={version} isOpen={isOpen} setOpen={setOpen} height={height} setHeight={setHeight} close={() => show(null)} debug={() => show(runId, view.run?.graphVersion)} />
          {version !== null && old && <OldVersionBar version={version} document={old} leave={() => show(runId)} />}
          {isOpen && <Content run={view.run} view={view} continueFrom={setFrom} onContinued={(id) => show(id)} />}
          {from && (
            <Suspense fallback={null}>
              <Continue run={view.run} view={view} from={from} onClose={() => setFrom(null)} onStarted={(id) => show(id)} />
            </Suspense>
          )}
        </>
      ) : (
        <Loading text="Reading the run" />
      )}
    </section>
  );
}

function Content({ run, view, continueFrom, onContinued }: { run: RunHeadFragment; view: RunView; continueFrom: (from: From) => void; onContinued: (runId: string) => void }) {
  const chosen = useEditor(chosenNode);
  const now = useNow(1_000, !view.isOver);
  const idle = useIdleQueues(run, view.live);
  const notices = useMemo(() => noticesOf(run, now, idle), [run, now, idle]);
  const pending = run.approvals.filter((one) => one.status === "PENDING");
  const [tab, setTab] = useTab(chosen, pending.length);
  const showNode = (nodeId: string) => {
    useEditor.getState().focus({ nodeId, pin: null });
    setTab("node");
  };
  const tabs: Tab[] = [
    { id: "outputs", label: "Outputs", content: <PanelOutputs run={run} view={view} /> },
    { id: "log", label: "Log", count: view.live.lines.length || null, content: <PanelLog run={run} view={view} /> },
    { id: "node", label: "Chosen node", content: <PanelNode run={run} view={view} nodeId={chosen} continueFrom={continueFrom} onStarted={onContinued} /> },
    ...(run.approvals.length > 0 ? [{ id: "approvals", label: "Approvals", count: pending.length || null, content: <Approvals run={run} refresh={view.refresh} /> }] : []),
  ];
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <RunNotices run={run} notices={notices} refresh={view.refresh} showNode={showNode} continueFrom={continueFrom} showApprovals={() => setTab("approvals")} waiting={tab === "approvals" ? 0 : pending.length} />
      <div className="flex min-h-40 flex-1 flex-col px-2">
        <Tabs label="Parts of the run" tabs={tabs} value={tabs.some((one) => one.id === tab) ? tab : "outputs"} onChange={setTab} />
      </div>
    </div>
  );
}

function Continue({ run, view, from, onClose, onStarted }: { run: RunHeadFragment; view: RunView; from: From; onClose: () => void; onStarted: (runId: string) => void }) {
  const document = useEditor((state) => state.document);
  const { nodes } = useRunNodes(run.id, null, view.stamp, run.limits.usedExecutions);
  return <ContinueDialog run={run} document={document} nodes={nodes} from={from} onClose={onClose} onStarted={onStarted} />;
}

/** The tab that is looked at: a node that is chosen shows its own, and an approval that is asked for comes up by itself. */
function useTab(chosen: string | null, pending: number): [string, (tab: string) => void] {
  const [tab, setTab] = useState(chosen ? "node" : "outputs");
  useEffect(() => {
    if (chosen) setTab("node");
  }, [chosen]);
  useEffect(() => {
    if (pending > 0) setTab("approvals");
  }, [pending]);
  return [tab, setTab];
}

function Approvals({ run, refresh }: { run: RunHeadFragment; refresh: () => void }) {
  const [first, ...others] = [...run.approvals].sort((one, other) => Number(other.status === "PENDING") - Number(one.status === "PENDING"));
  if (!first) return <Empty title="Nobody was asked" />;
  return (
    <div className="flex flex-col gap-4 p-3">
      {[first, ...others].map((one) => <ApprovalCard key={one.id} approvalId={one.id} isRunShown={false} onDecided={refresh} />)}
    </div>
  );
}
