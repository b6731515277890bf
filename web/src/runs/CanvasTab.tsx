/** The agent as it ran: now, or at any moment of the run; and beside it what one node did. */
import { useMemo, useState } from "react";
import { useCatalogue } from "@/blocks/blocks";
import type { Told } from "@/data/errors";
import { AgentCanvas } from "@/canvas/AgentCanvas";
import type { GraphDocument } from "@/graph/document";
import { Empty, Failed, Loading } from "@/ui/states";
import { linkMarks, marksAt, marksNow, type Now } from "./marks";
import { NodePanel } from "./NodePanel";
import { RunPastHaltsDocument, type RunHeadFragment, type RunNodePartsFragment, type RunPastHaltsQuery } from "./run.generated";
import type { From } from "./RunScreen";
import { Scrubber } from "./Scrubber";
import { countsAt, heldOf, lengthOf } from "./timeline";
import { type RunView, useRunNodes } from "./useRun";
import { useSettled } from "./useSettled";
import { useStamped } from "./useStamped";
import type { Timeline } from "./useTimeline";

export type TabProps = { address: URLSearchParams; set: (change: Record<string, string | null>) => void };
type Props = TabProps & {
  run: RunHeadFragment;
  view: RunView;
  document: GraphDocument | null;
  isDocumentKnown: boolean;
  /** Why the agent as it ran could not be read; null: it was read, or is being read. */
  unreadDocument: { errors: Told[]; retry: () => void } | null;
  nodes: RunNodePartsFragment[];
  areNodesThere: boolean;
  timeline: Timeline;
  now: number;
  continueFrom: (from: From) => void;
};

const SETTLE_MS = 250;
const NO_HALTS: RunPastHaltsQuery["run"]["halts"] = [];
const UNHEARD: ReadonlyMap<string, Now> = new Map();

export function CanvasTab({ run, view, document, isDocumentKnown, unreadDocument, nodes, areNodesThere, timeline, address, set, now, continueFrom }: Props) {
  const { blocks, isComplete, errors: unread } = useCatalogue();
  const zero = new Date(run.createdAt).getTime();
  const length = useMemo(() => Math.max(1, lengthOf(timeline.columns, run.endedAt ? new Date(run.endedAt).getTime() - zero : now - zero)), [timeline.columns, run.endedAt, zero, now]);
  const given = Number(address.get("t"));
  const [at, setAt] = useState<number | null>(address.has("t") && Number.isFinite(given) ? given : null);
  // Link counts come from the API: asked for where the moment rests a little.
  const settled = useSettled(at, SETTLE_MS);
  const past = useRunNodes(run.id, settled === null ? null : new Date(zero + settled).toISOString(), view.stamp, run.limits.usedExecutions);
  const shown = at === null ? nodes : past.nodes;
  const errors = useMemo(() => new Map(nodes.flatMap((node) => (node.error ? [[node.nodeId, node.error.message] as const] : []))), [nodes]);
  const heard = view.isOver ? UNHEARD : view.live.nodes;
  const { data: halted } = useStamped(RunPastHaltsDocument, { id: run.id }, view.stamp, at === null);
  const held = useMemo(() => heldOf(halted?.run.halts ?? NO_HALTS, run.approvals, zero), [halted, run.approvals, zero]);
  const marks = useMemo(() => {
    if (at === null) return marksNow(nodes, heard);
    // Of a run with more executions than a page keeps, only the API can say how it stood.
    return timeline.isCut ? marksNow(past.nodes, UNHEARD) : marksAt(countsAt(timeline.columns, at, held), errors);
  }, [at, nodes, heard, timeline, past.nodes, errors]);
  const beads = useMemo(() => (document ? linkMarks(document, shown) : undefined), [document, shown]);
  const selected = address.get("node");
  const choose = (nodeId: string | null) => set({ node: nodeId, execution: null });
  const rest = (moment: number | null) => set({ t: moment === null ? null : String(Math.round(moment)) });

  if (!document) {
    if (unreadDocument) return <Failed {...unreadDocument} />;
    if (!isDocumentKnown || !areNodesThere) return <Loading text="Reading the agent" />;
    return (
      <div className="grid h-full min-h-0 gap-3 p-3 lg:grid-cols-[20rem_1fr]">
        <div>
          <Empty title="The agent’s picture is gone" text="Its version was deleted. What each node did is here still." />
          <ul className="flex flex-col gap-1">
            {nodes.map((node) => <li key={node.nodeId}><button type="button" className="w-full rounded-md border border-line px-3 py-1.5 text-left text-sm hover:bg-sunken" aria-current={selected === node.nodeId} onClick={() => choose(node.nodeId)}>{node.title ?? node.nodeId}</button></li>)}
          </ul>
        </div>
        {selected && <NodePanel key={selected} run={run} document={null} nodeId={selected} node={nodes.find((one) => one.nodeId === selected) ?? null} at={null} text={heard.get(selected)?.text} stamp={view.stamp} address={address} set={set} continueFrom={continueFrom} refresh={view.refresh} close={() => choose(null)} />}
      </div>
    );
  }
  // Without its blocks a node has no pins for the links to end at.
  if (!isComplete && unread.length === 0) return <Loading text="Reading the blocks" />;
  return (
    <div className="flex h-full min-h-0 flex-col lg:flex-row">
      <div className="flex min-h-[55dvh] min-w-0 flex-1 flex-col lg:min-h-0">
        <div className="min-h-0 flex-1">
          <AgentCanvas document={document} blocks={blocks} marks={marks} linkMarks={beads} selectedId={selected} onSelect={choose} label="The agent as it ran" />
        </div>
        <Scrubber zero={zero} length={length} at={at} onChange={setAt} onRest={rest} isOver={view.isOver} />
      </div>
      {selected && <NodePanel key={selected} run={run} document={document} nodeId={selected} node={nodes.find((one) => one.nodeId === selected) ?? null} at={at === null ? null : zero + at} text={at === null ? heard.get(selected)?.text : null} stamp={view.stamp} address={address} set={set} continueFrom={continueFrom} refresh={view.refresh} close={() => choose(null)} />}
    </div>
  );
}
