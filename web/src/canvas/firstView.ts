/**
 * The view that a canvas begins with, and its freedom from measuring. Sizes and handles of nodes are given (`shape.ts`); React Flow would
 * measure each node that it draws all the same, and forget the handles of those that are drawn from afar, where there are none.
 */
import { getViewportForBounds, useStoreApi, type Viewport } from "@xyflow/react";
import { type RefObject, useLayoutEffect, useState } from "react";
import type { FlowNode } from "./flow";

export const MIN_ZOOM = 0.05;
export const MAX_ZOOM = 2;
const PADDING = 0.06;

/** Where a node stands, and how large it is. */
type Placed = Pick<FlowNode, "position" | "width" | "height">;

/** What a run says below a node, such as its value, has no place in the node's size: so much it takes, in the canvas's own pixels. */
export const BELOW = 48;

/** The view in which all nodes are seen; null until the element is there. Later changes of the nodes do not move it. */
export function useFirstView(element: RefObject<HTMLElement | null>, nodes: readonly FlowNode[], top = 0): Viewport | null {
  const [view, setView] = useState<Viewport | null>(null);
  useLayoutEffect(() => {
    const box = element.current?.getBoundingClientRect();
    if (box && view === null) setView(viewOf(nodes, box.width || 800, box.height || 600, top));
  }, [element, nodes, view, top]);
  return view;
}

/** The view in which all nodes are seen; `top` is how much of the canvas, from above, something else lies on. */
export function viewOf(nodes: readonly FlowNode[], width: number, height: number, top = 0): Viewport {
  if (nodes.length === 0) return { x: 0, y: 0, zoom: 1 };
  const { left, top: upper, right, bottom } = boundsOf(nodes);
  const view = getViewportForBounds({ x: left, y: upper, width: right - left, height: bottom + BELOW - upper }, width, Math.max(1, height - top), MIN_ZOOM, 1, PADDING);
  return { ...view, y: view.y + top };
}

/** Whether every node is seen whole in such a view, and so much below it; of an agent without nodes there is nothing to see. */
export function isWholeSeen(nodes: readonly Placed[], { x, y, zoom }: Viewport, width: number, height: number, below = 0): boolean {
  if (nodes.length === 0) return false;
  const { left, top, right, bottom } = boundsOf(nodes);
  return left * zoom + x >= 0 && top * zoom + y >= 0 && right * zoom + x <= width && (bottom + below) * zoom + y <= height;
}

function boundsOf(nodes: readonly Placed[]): { left: number; top: number; right: number; bottom: number } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const node of nodes) {
    left = Math.min(left, node.position.x);
    top = Math.min(top, node.position.y);
    right = Math.max(right, node.position.x + (node.width ?? 0));
    bottom = Math.max(bottom, node.position.y + (node.height ?? 0));
  }
  return { left, top, right, bottom };
}

/** Let React Flow measure nothing: call it where its store is made, before `ReactFlow` is drawn the first time. */
export function useUnmeasured(): void {
  const store = useStoreApi();
  useState(() => {
    store.setState({ updateNodeInternals: () => undefined });
    return null;
  });
}
