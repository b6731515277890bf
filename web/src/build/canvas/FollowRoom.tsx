/**
 * Keeps in sight what one looks at where the canvas gets less room, as by the run's panel: the chosen node, or, where all of the agent
 * was seen, all of it. A view that somebody moved to a part of the agent stays.
 */
import { useReactFlow, useStore, type Viewport } from "@xyflow/react";
import { useLayoutEffect, useRef } from "react";
import { BELOW, isWholeSeen, viewOf } from "@/canvas/firstView";
import type { FlowNode } from "@/canvas/flow";
import { chosenNode, useEditor } from "../store";

/** Pixels at the top on which the tool bar lies. */
export const TOOLS = 48;

export function FollowRoom({ nodes, show }: { nodes: readonly FlowNode[]; show: (nodeId: string) => void }) {
  const { getViewport, setViewport } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const before = useRef({ width, height });
  const drawn = useRef(nodes);
  drawn.current = nodes;
  /** The view that was fitted here last: where it still stands, more room is used, too. */
  const fitted = useRef<Viewport | null>(null);
  useLayoutEffect(() => {
    const was = before.current;
    before.current = { width, height };
    if (was.width === 0 || height === 0 || (was.width === width && was.height === height)) return;
    const wasWhole = isWholeSeen(drawn.current, getViewport(), was.width, was.height);
    const isWhole = isWholeSeen(drawn.current, getViewport(), width, height, BELOW);
    const isOurs = fitted.current !== null && isSameView(fitted.current, getViewport());
    if (wasWhole && (!isWhole || isOurs)) {
      fitted.current = viewOf(drawn.current, width, height, TOOLS);
      return void setViewport(fitted.current);
    }
    const chosen = chosenNode(useEditor.getState());
    if (!isWhole && chosen !== null) show(chosen);
  }, [width, height, getViewport, setViewport, show]);
  return null;
}

const isSameView = (one: Viewport, other: Viewport): boolean => one.x === other.x && one.y === other.y && one.zoom === other.zoom;
