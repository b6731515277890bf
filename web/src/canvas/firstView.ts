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

/** The view in which all nodes are seen; null until the element is there. Later changes of the nodes do not move it. */
export function useFirstView(element: RefObject<HTMLElement | null>, nodes: readonly FlowNode[]): Viewport | null {
  const [view, setView] = useState<Viewport | null>(null);
  useLayoutEffect(() => {
    const box = element.current?.getBoundingClientRect();
    if (box && view === null) setView(viewOf(nodes, box.width || 800, box.height || 600));
  }, [element, nodes, view]);
  return view;
}

export function viewOf(nodes: readonly FlowNode[], width: number, height: number): Viewport {
  if (nodes.length === 0) return { x: 0, y: 0, zoom: 1 };
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const node of nodes) {
    left = Math.min(left, node.position.x);
    top = Math.min(top, node.position.y);
    right = Math.max(right, node.position.x + (node.width ?? 0));
    bottom = Math.max(bottom, node.position.y + (node.height ?? 0));
  }
  return getViewportForBounds({ x: left, y: top, width: right - left, height: bottom - top }, width, height, MIN_ZOOM, 1, PADDING);
}

/** Let React Flow measure nothing: call it where its store is made, before `ReactFlow` is drawn the first time. */
export function useUnmeasured(): void {
  const store = useStoreApi();
  useState(() => {
    store.setState({ updateNodeInternals: () => undefined });
    return null;
  });
}
