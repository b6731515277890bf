/** The canvas on which an agent is built. What can be done is in `commands.ts`; this ties it to the pointer, the keyboard and the clipboard. */
import { Background, Controls, ReactFlow, ReactFlowProvider, SelectionMode, useReactFlow } from "@xyflow/react";
import { type DragEvent, type MouseEvent, useCallback, useEffect, useMemo, useRef } from "react";
import type { Blocks } from "@/blocks/blocks";
import { EDGE_TYPES, NODE_TYPES } from "@/canvas/AgentCanvas";
import { Overview } from "@/canvas/Overview";
import { CanvasContext } from "@/canvas/actions";
import "@/canvas/canvas.css";
import { FarLinks, useIsAfar, useOwnEdges } from "@/canvas/FarLinks";
import { MAX_ZOOM, MIN_ZOOM, useFirstView, useUnmeasured } from "@/canvas/firstView";
import type { FlowEdge, FlowNode } from "@/canvas/flow";
import { isOffer, readOffer } from "../palette/offers";
import { useEditor } from "../store";
import { AtNode } from "./AtNode";
import { makeActions } from "./makeActions";
import { makeCommands } from "./commands";
import { useNodeCommands } from "./useNodeCommands";
import { ConnectionLine } from "./ConnectionLine";
import { FollowRoom, TOOLS } from "./FollowRoom";
import { Help } from "./Help";
import { LinkDialog } from "./LinkDialog";
import { QuickAdd } from "./QuickAdd";
import { Search } from "./Search";
import { Start } from "./Start";
import { Toolbar } from "./Toolbar";
import { useCanvasUi } from "./ui";
import { useChanges } from "./useChanges";
import { useDrawn } from "./useDrawn";
import { useKeys } from "./useKeys";
import { useLinking } from "./useLinking";

const FIT = { padding: 0.12, maxZoom: 1 };
const MORE_KEYS = ["Shift", "Meta", "Control"];

export function Canvas({ blocks }: { blocks: Blocks }) {
  const opening = useEditor((state) => state.opening);
  return (
    <ReactFlowProvider key={opening}>
      <Editing blocks={blocks} />
    </ReactFlowProvider>
  );
}

function Editing({ blocks }: { blocks: Blocks }) {
  useUnmeasured();
  const flow = useReactFlow();
  const element = useRef<HTMLDivElement>(null);
  const commands = useMemo(() => makeCommands(flow, blocks, () => element.current), [flow, blocks]);
  useNodeCommands(commands, blocks);
  const actions = useMemo(() => makeActions(commands), [commands]);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const drawn = useRef<FlowNode[]>([]);
  const { places, onNodesChange, onEdgesChange } = useChanges(useCallback(() => drawn.current, []));
  const [nodes, edges] = useDrawn(blocks, places);
  drawn.current = nodes;
  const frame = useRef<HTMLDivElement>(null);
  const view = useFirstView(frame, nodes, TOOLS);
  const isAfar = useIsAfar(edges);
  const ownEdges = useOwnEdges(edges, isAfar);
  const linking = useLinking(blocks, useCallback(() => commands, [commands]), flow.screenToFlowPosition);
  const onKeyDown = useKeys(commands, element);
  const open = useCanvasUi((state) => state.open);

  useEffect(() => {
    useCanvasUi.getState().setAdd((what) => commands.add(what));
    return () => useCanvasUi.getState().setAdd(null);
  }, [commands]);

  const drop = (event: DragEvent) => {
    const offer = readOffer(event.dataTransfer);
    if (!offer) return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    commands.add(offer, { place: { x: at.x - 40, y: at.y - 20 } });
  };
  const onPane = (event: MouseEvent) => (event.target as Element).classList.contains("react-flow__pane");

  return (
    <CanvasContext.Provider value={isReadOnly ? null : actions}>
      <div ref={frame} className="absolute inset-0" onKeyDownCapture={onKeyDown}>
        {view && <ReactFlow<FlowNode, FlowEdge>
          ref={element}
          tabIndex={0}
          aria-label="Canvas. Press ? for the shortcuts."
          data-region="canvas"
          nodes={nodes}
          edges={ownEdges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onNodesChange={onNodesChange}
          onEdgesChange={onEdgesChange}
          {...linking}
          connectionLineComponent={ConnectionLine}
          connectionRadius={28}
          connectOnClick={false}
          nodesDraggable={!isReadOnly}
          nodesConnectable={!isReadOnly}
          edgesReconnectable={!isReadOnly}
          deleteKeyCode={null}
          selectionKeyCode="Shift"
          multiSelectionKeyCode={MORE_KEYS}
          selectionMode={SelectionMode.Partial}
          zoomOnDoubleClick={false}
          onDoubleClick={(event) => onPane(event) && commands.quickAdd({ at: { x: event.clientX, y: event.clientY }, place: flow.screenToFlowPosition({ x: event.clientX, y: event.clientY }) })}
          onNodeDoubleClick={(_, node) => node.type === "block" && commands.openNode(node.id)}
          onNodeContextMenu={(event, node) => {
            event.preventDefault();
            if (node.type !== "block" && node.type !== "note") return;
            if (!useEditor.getState().selection.nodes.has(node.id)) useEditor.getState().select([node.id]);
            open({ menu: { at: { x: event.clientX, y: event.clientY }, nodeId: node.id } });
          }}
          onPaneContextMenu={(event) => {
            event.preventDefault();
            open({ menu: { at: { x: event.clientX, y: event.clientY }, nodeId: null } });
          }}
          onDragOver={(event) => isOffer(event.dataTransfer) && event.preventDefault()}
          onDrop={drop}
          onlyRenderVisibleElements={!isAfar}
          minZoom={MIN_ZOOM}
          maxZoom={MAX_ZOOM}
          defaultViewport={view}
          fitViewOptions={FIT}
        >
          <Background />
          {isAfar && <FarLinks nodes={nodes} edges={edges} />}
          <Controls showInteractive={false} position="bottom-left" />
          <Overview />
          <FollowRoom nodes={nodes} show={commands.show} />
        </ReactFlow>}
        {isAfar && <p className="pointer-events-none absolute bottom-2 left-1/2 z-10 -translate-x-1/2 rounded-md bg-surface/90 px-2 py-1 text-xs text-muted">Zoom in to choose links.</p>}
        <Toolbar commands={commands} />
        <Start commands={commands} />
        <Search commands={commands} blocks={blocks} />
        <QuickAdd commands={commands} blocks={blocks} />
        <LinkDialog commands={commands} blocks={blocks} />
        <AtNode commands={commands} blocks={blocks} />
        <Help commands={commands} />
      </div>
    </CanvasContext.Provider>
  );
}
