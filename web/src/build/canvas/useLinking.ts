/** Links by the pointer: checked while they are dragged, refused with the reason, and offered blocks where they are let go. */
import type { Connection, Edge, FinalConnectionState, OnConnectStartParams } from "@xyflow/react";
import { useCallback, useRef } from "react";
import type { Blocks } from "@/blocks/blocks";
import type { FlowEdge } from "@/canvas/flow";
import { type Ends, reconnect, removeLinks } from "@/graph/edits";
import { useEditor } from "../store";
import type { Commands } from "./commands";
import { fitOf, isStaticSource } from "./links";

const endsOfConnection = (connection: Connection | Edge): Ends | null =>
  connection.sourceHandle && connection.targetHandle
    ? { source_id: connection.source, source_name: connection.sourceHandle, sink_id: connection.target, sink_name: connection.targetHandle }
    : null;

export function useLinking(blocks: Blocks, commands: () => Commands, toFlow: (point: { x: number; y: number }) => { x: number; y: number }) {
  const leading = useRef<string | null>(null);

  const isValidConnection = useCallback((connection: Connection | Edge) => {
    const ends = endsOfConnection(connection);
    return ends !== null && fitOf(useEditor.getState().document, blocks, ends, leading.current ?? undefined).isOk;
  }, [blocks]);

  const onConnect = useCallback((connection: Connection) => {
    const ends = endsOfConnection(connection);
    if (ends) commands().link({ id: ends.source_id, pin: ends.source_name }, { id: ends.sink_id, pin: ends.sink_name });
  }, [commands]);

  const onConnectStart = useCallback((_: unknown, __: OnConnectStartParams) => {
  }, []);

  const onConnectEnd = useCallback((event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
    if (state.isValid || !state.fromHandle?.id || !state.fromNode || leading.current) return;
    const point = "changedTouches" in event ? event.changedTouches[0] : event;
    if (!point) return;
    if (state.toHandle?.id && state.toNode) {
      // Let go on a pin that does not fit: say why.
      const isFromSource = state.fromHandle.type === "source";
      const [source, sink] = isFromSource ? [state.fromHandle, state.toHandle] : [state.toHandle, state.fromHandle];
      if (source.type === sink.type) return;
      commands().link({ id: source.nodeId, pin: source.id ?? "" }, { id: sink.nodeId, pin: sink.id ?? "" });
      return;
    }
    if (!(event.target as Element | null)?.closest?.(".react-flow__pane")) return;
    const at = { x: point.clientX, y: point.clientY };
    commands().quickAdd({ at, place: toFlow(at), from: { nodeId: state.fromNode.id, side: state.fromHandle.type === "source" ? "output" : "input", pin: state.fromHandle.id } });
  }, [commands, toFlow]);

  const onReconnectStart = useCallback((_: unknown, edge: FlowEdge) => {
    leading.current = edge.id;
  }, []);

  const onReconnect = useCallback((edge: FlowEdge, connection: Connection) => {
    const ends = endsOfConnection(connection);
    if (ends) useEditor.getState().change("Lead a link elsewhere", (now) => reconnect(now, edge.id, ends, isStaticSource(now, blocks, ends.source_id)));
  }, [blocks]);

  const onReconnectEnd = useCallback((event: MouseEvent | TouchEvent, edge: FlowEdge, _: unknown, state: FinalConnectionState) => {
    leading.current = null;
    // Drawn off its pin and let go on the empty canvas: the link is meant to go.
    if (!state.isValid && (event.target as Element | null)?.closest?.(".react-flow__pane")) {
      useEditor.getState().change("Remove a link", (now) => removeLinks(now, new Set([edge.id])));
    }
  }, []);

  return { isValidConnection, onConnect, onConnectStart, onConnectEnd, onReconnectStart, onReconnect, onReconnectEnd };
}
