/** The link that is being drawn, with a word beside the pointer: why it does not fit, or what its values are converted to. */
import { type ConnectionLineComponentProps, getBezierPath } from "@xyflow/react";
import { useCatalogue } from "@/blocks/blocks";
import { fitOf } from "./links";
import { useEditor } from "../store";

const WIDTH = 260;

export function ConnectionLine({ fromX, fromY, toX, toY, fromPosition, toPosition, fromHandle, toHandle, connectionStatus }: ConnectionLineComponentProps) {
  const { blocks } = useCatalogue();
  const [path] = getBezierPath({ sourceX: fromX, sourceY: fromY, sourcePosition: fromPosition, targetX: toX, targetY: toY, targetPosition: toPosition });
  const word = toHandle ? wordOf() : "";
  const colour = connectionStatus === "invalid" ? "var(--danger)" : "var(--accent)";
  return (
    <g>
      <path d={path} fill="none" strokeWidth={2.5} stroke={colour} strokeDasharray={connectionStatus === null ? "6 4" : undefined} />
      {word && (
        <foreignObject x={toX + 12} y={toY + 8} width={WIDTH} height={120} style={{ overflow: "visible" }}>
          <p role="status" className={`w-fit max-w-64 rounded-md border px-2 py-1 text-xs shadow ${connectionStatus === "invalid" ? "border-danger bg-danger-soft text-danger" : "border-line bg-raised text-text"}`}>{word}</p>
        </foreignObject>
      )}
    </g>
  );

  function wordOf(): string {
    if (fromHandle.type === toHandle?.type) return fromHandle.nodeId === toHandle?.nodeId && fromHandle.id === toHandle?.id ? "" : "A link leads from an output to an input.";
    const [source, sink] = fromHandle.type === "source" ? [fromHandle, toHandle] : [toHandle, fromHandle];
    if (!source?.id || !sink?.id) return "";
    return fitOf(useEditor.getState().document, blocks, { source_id: source.nodeId, source_name: source.id, sink_id: sink.nodeId, sink_name: sink.id }).reason;
  }
}
