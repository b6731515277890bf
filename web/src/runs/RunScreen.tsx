/** One run: how it stands and why, what it did, what it gave; and what one can do with it. */
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { useNow } from "@/data/useNow";
import { whole } from "@/graph/whole";
import { LinkButton } from "@/ui/Button";
import { useTitle } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { type Tab, Tabs } from "@/ui/Tabs";
import { ApprovalsTab } from "./ApprovalsTab";
import { CanvasTab } from "./CanvasTab";
import { CostTab } from "./CostTab";
import { InputsTab } from "./InputsTab";
import { LineageTab } from "./LineageTab";
import { LogTab } from "./LogTab";
import { OrdersTab } from "./OrdersTab";
import { OutputsTab } from "./OutputsTab";
import { RunHeader } from "./RunHeader";
import { RunNotices } from "./RunNotices";
import type { RunHeadFragment } from "./run.generated";
import { RunDocumentDocument } from "./run.generated";
import { TimelineTab } from "./TimelineTab";
import { useIdleQueues } from "./useIdleQueues";
import { useRun, useRunNodes, type RunView } from "./useRun";
import { useTimeline } from "./useTimeline";
import { noticesOf } from "./words";

const ContinueDialog = lazy(() => import("./ContinueDialog"));

/** From where a run is to be continued, as the button that was pressed says. */
export type From = { mode: "START" | "FAILED" | "NODES"; nodeIds: string[]; edit?: { nodeId: string; side: "inputs" | "outputs" } };

export function Component() {
  const { runId = "" } = useParams();
  const view = useRun(runId);
  useTitle(view.run ? `${view.run.agentName}, a run` : "Run");
  if (view.errors.some((one) => one.code === "NOT_FOUND")) {
    return (
      <Empty title="There is no such run" text="It may have been deleted, or it is another organisation's.">
        <LinkButton to="/runs">To all runs</LinkButton>
      </Empty>
    );
  }
  if (view.errors.length > 0) return <Failed errors={view.errors} retry={view.refresh} />;
  if (!view.run) return <Loading text="Reading the run" />;
  return <RunPage key={view.run.id} run={view.run} view={view} />;
}

function RunPage({ run, view }: { run: RunHeadFragment; view: RunView }) {
  const [address, setAddress] = useSearchParams();
  const [from, setFrom] = useState<From | null>(null);
  const [{ data: kept, error: unread }, readDocument] = useQuery({ query: RunDocumentDocument, variables: { id: run.id } });
  const document = kept?.run.document ? whole(kept.run.document) : null;
  const now = useNow(1_000, !view.isOver);
  const { nodes, isThere } = useRunNodes(run.id, null, view.stamp, run.limits.usedExecutions);
  const timeline = useTimeline(run.id, run.createdAt, view.stamp);
  const set = useCallback(
    (change: Record<string, string | null>) => {
      setAddress(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [key, value] of Object.entries(change)) {
            if (value === null) next.delete(key);
            else next.set(key, value);
          }
          return next;
        },
        { replace: true },
      );
    },
    [setAddress],
  );
  const idle = useIdleQueues(run, view.live);
  const notices = useMemo(() => noticesOf(run, now, idle), [run, now, idle]);
  const titles = useMemo(() => new Map(nodes.map((node) => [node.nodeId, node.title ?? node.nodeId])), [nodes]);
  const showNode = (nodeId: string) => set({ tab: null, node: nodeId, execution: null, t: null });
  const waiting = run.approvals.filter((one) => one.status === "PENDING").length;
  const tabs: Tab[] = [
    { id: "canvas", label: "Canvas", content: <CanvasTab run={run} view={view} document={document} isDocumentKnown={kept !== undefined} unreadDocument={unread && !kept ? { errors: told(unread), retry: () => readDocument({ requestPolicy: "network-only" }) } : null} nodes={nodes} areNodesThere={isThere} timeline={timeline} address={address} set={set} now={now} continueFrom={setFrom} /> },
    { id: "timeline", label: "Timeline", count: run.limits.usedExecutions, content: <TimelineTab run={run} isOver={view.isOver} timeline={timeline} titles={titles} address={address} set={set} now={now} stamp={view.stamp} continueFrom={setFrom} refresh={view.refresh} /> },
    { id: "outputs", label: "Outputs", content: <OutputsTab run={run} isOver={view.isOver} stamp={view.stamp} /> },
    { id: "inputs", label: "Inputs", content: <InputsTab run={run} continueFrom={setFrom} /> },
    { id: "log", label: "Log", content: <LogTab run={run} isOver={view.isOver} stamp={view.stamp} timeline={timeline} titles={titles} address={address} set={set} /> },
    { id: "cost", label: "Cost", content: <CostTab run={run} stamp={view.stamp} titles={titles} /> },
    { id: "approvals", label: "Approvals", count: run.approvals.length || null, content: <ApprovalsTab run={run} refresh={view.refresh} /> },
    { id: "lineage", label: "Lineage", content: <LineageTab run={run} stamp={view.stamp} titles={titles} /> },
    { id: "orders", label: "Orders", content: <OrdersTab run={run} stamp={view.stamp} /> },
  ];
  const wanted = address.get("tab") ?? (waiting > 0 && !address.has("node") ? "approvals" : "canvas");
  const tab = tabs.some((one) => one.id === wanted) ? wanted : "canvas";
  return (
    <div className="flex h-full min-h-0 flex-col overflow-y-auto lg:overflow-hidden">
      <RunHeader run={run} isOver={view.isOver} now={now} continueFrom={setFrom} refresh={view.refresh} titleOf={(nodeId) => titles.get(nodeId) ?? nodeId} showNode={showNode} />
      <RunNotices run={run} notices={notices} refresh={view.refresh} showNode={showNode} continueFrom={setFrom} showApprovals={() => set({ tab: "approvals" })} waiting={tab === "approvals" ? 0 : waiting} />
      <div className="flex min-h-[75dvh] flex-1 flex-col px-2 sm:px-4 lg:min-h-0">
        <Tabs label="Parts of the run" tabs={tabs} value={tab} onChange={(id) => set({ tab: id === "canvas" && waiting === 0 ? null : id })} />
      </div>
      {from && (
        <Suspense fallback={null}>
          <ContinueDialog run={run} document={document} nodes={nodes} from={from} onClose={() => setFrom(null)} />
        </Suspense>
      )}
    </div>
  );
}
