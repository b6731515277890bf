/** An agent to look at: on run pages, in previews, and where two versions are compared. Nothing can be changed here. */
import { Background, Controls, type NodeChange, ReactFlow, ReactFlowProvider } from "@xyflow/react";
import { useMemo, useRef } from "react";
import type { Blocks } from "@/blocks/blocks";
import type { GraphDocument } from "@/graph/document";
import "./canvas.css";
import { BlockNode } from "./BlockNode";
import { FarLinks, useIsAfar, useOwnEdges } from "./FarLinks";
import { MAX_ZOOM, MIN_ZOOM, useFirstView, useUnmeasured } from "./firstView";
import { Flow, type FlowNode } from "./flow";
import { GroupNode } from "./GroupNode";
import { KeepInSight } from "./KeepInSight";
import { LinkEdge } from "./LinkEdge";
import { NoteNode } from "./NoteNode";
import { Overview } from "./Overview";
import type { LinkMark, NodeMark } from "./marks";

export type { LinkMark, NodeMark } from "./marks";

export const NODE_TYPES = { block: BlockNode, note: NoteNode, frame: GroupNode };
export const EDGE_TYPES = { link: LinkEdge };

const NO_LINKS: ReadonlySet<string> = new Set();
const FIT = { padding: 0.15, maxZoom: 1 };

type Props = {
  document: GraphDocument;
  blocks: Blocks;
  marks?: ReadonlyMap<string, NodeMark>;
  linkMarks?: ReadonlyMap<string, LinkMark>;
  selectedId?: string | null;
  onSelect?: (nodeId: string | null) => void;
  /** What a reader is told this canvas is. */
  label?: string;
  hasMinimap?: boolean;
};

export function AgentCanvas(props: Props) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Canvas({ document, blocks, marks, linkMarks, selectedId = null, onSelect, label = "The agent", hasMinimap = true }: Props) {
  const flow = useRef<Flow>(null);
  flow.current ??= new Flow();
  const element = useRef<HTMLDivElement>(null);
  useUnmeasured();
  const chosen = useMemo(() => new Set(selectedId === null ? [] : [selectedId]), [selectedId]);
  const [nodes, edges] = useMemo(() => {
    const input = { document, blocks, chosenNodes: chosen, chosenLinks: NO_LINKS, marks, linkMarks };
    const drawn = (flow.current as Flow).nodesOf(input);
    return [drawn, (flow.current as Flow).edgesOf(input)];
  }, [document, blocks, chosen, marks, linkMarks]);
  const view = useFirstView(element, nodes);
  const isAfar = useIsAfar(edges);
  const ownEdges = useOwnEdges(edges, isAfar);
  const change = (changes: NodeChange<FlowNode>[]) => {
    const taken = changes.find((one) => one.type === "select" && one.selected);
    if (taken?.type === "select" && !taken.id.startsWith("group:")) onSelect?.(taken.id);
    else if (changes.some((one) => one.type === "select" && one.id === selectedId)) onSelect?.(null);
  };
  return (
    <div ref={element} className="size-full">{view && <ReactFlow
      aria-label={label}
      nodes={nodes}
      edges={ownEdges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      onNodesChange={change}
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      nodesFocusable={onSelect !== undefined}
      elementsSelectable={onSelect !== undefined}
      deleteKeyCode={null}
      selectionKeyCode={null}
      onlyRenderVisibleElements={!isAfar}
      minZoom={MIN_ZOOM}
      maxZoom={MAX_ZOOM}
      defaultViewport={view}
      fitViewOptions={FIT}
    >
      <Background />
      {isAfar && <FarLinks nodes={nodes} edges={edges} />}
      <Controls showInteractive={false} />
      <KeepInSight nodeId={selectedId} />
      {hasMinimap && nodes.length > 6 && <Overview />}
    </ReactFlow>}</div>
  );
}
