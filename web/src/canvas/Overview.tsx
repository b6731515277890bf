import { MiniMap, type ReactFlowState, useStore } from "@xyflow/react";
import { isWholeSeen } from "./firstView";
import type { FlowNode } from "./flow";
import { toneOf } from "./MarkOverlay";

/** Below this height of the canvas, in pixels, the overview would lie on what it is an overview of. */
const ROOM = 420;
/** What it takes of the canvas, from the lower right corner. */
const SIZE = { width: 216, height: 166 };

/** Whether it would lie on a node where there is nothing to be an overview of: all is seen. */
function isInTheWay({ nodes, transform: [x, y, zoom], width, height }: ReactFlowState): boolean {
  if (!isWholeSeen(nodes, { x, y, zoom }, width, height)) return false;
  return nodes.some((node) => (node.position.x + (node.width ?? 0)) * zoom + x > width - SIZE.width && (node.position.y + (node.height ?? 0)) * zoom + y > height - SIZE.height);
}

/** How a node looks in the overview, by its type and what a run says of it. */
function minimapClass(node: FlowNode): string {
  if (node.type !== "block") return `minimap-${node.type}`;
  return `minimap-${toneOf(node.data.mark) ?? "block"}`;
}

export function Overview() {
  const hasRoom = useStore((state) => state.height >= ROOM && !isInTheWay(state));
  if (!hasRoom) return null;
  return <MiniMap className="!m-2 !hidden sm:!block" pannable zoomable ariaLabel="Overview" position="bottom-right" nodeClassName={minimapClass} />;
}
