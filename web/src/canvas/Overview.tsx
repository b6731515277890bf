import { MiniMap, useStore } from "@xyflow/react";
import type { FlowNode } from "./flow";
import { toneOf } from "./MarkOverlay";

/** Below this height of the canvas, in pixels, the overview would lie on what it is an overview of. */
const ROOM = 420;

/** How a node looks in the overview, by its type and what a run says of it. */
function minimapClass(node: FlowNode): string {
  if (node.type !== "block") return `minimap-${node.type}`;
  return `minimap-${toneOf(node.data.mark) ?? "block"}`;
}

export function Overview() {
  const hasRoom = useStore((state) => state.height >= ROOM);
  if (!hasRoom) return null;
  return <MiniMap className="!m-2 !hidden sm:!block" pannable zoomable ariaLabel="Overview" position="bottom-right" nodeClassName={minimapClass} />;
}
