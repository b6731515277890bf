/** The open document as React Flow draws it, with what is chosen, dragged, wrong or under way. */
import { useMemo, useRef } from "react";
import type { Blocks } from "@/blocks/blocks";
import { Flow, type FlowEdge, type FlowNode } from "@/canvas/flow";
import type { Position } from "@/graph/document";
import { type NodeProblem, useEditor } from "../store";
import { useCanvasUi } from "./ui";

export function useDrawn(blocks: Blocks, places: ReadonlyMap<string, Position>): [FlowNode[], FlowEdge[]] {
  const kept = useRef<Flow>(null);
  const flow = (kept.current ??= new Flow());
  const document = useEditor((state) => state.document);
  const selection = useEditor((state) => state.selection);
  const marks = useEditor((state) => state.marks);
  const told = useEditor((state) => state.problems);
  const extraPins = useCanvasUi((state) => state.extraPins);
  const byNode = useRef<ReadonlyMap<string, readonly NodeProblem[]>>(new Map());
  const problems = useMemo(() => (byNode.current = grouped(told, byNode.current)), [told]);
  const wrongLinks = useMemo(() => new Set(told.flatMap((one) => (one.linkId && !one.graphId ? [one.linkId] : []))), [told]);
  return useMemo(() => {
    const input = { document, blocks, chosenNodes: selection.nodes, chosenLinks: selection.links, marks: marks?.nodes, linkMarks: marks?.links, problems, wrongLinks, places, extraPins };
    return [flow.nodesOf(input), flow.edgesOf(input)];
  }, [flow, document, blocks, selection, marks, problems, wrongLinks, places, extraPins]);
}

/** Problems by node; a node whose problems are as before keeps its list, and is not drawn anew. */
function grouped(told: readonly NodeProblem[], before: ReadonlyMap<string, readonly NodeProblem[]>): ReadonlyMap<string, readonly NodeProblem[]> {
  const found = new Map<string, NodeProblem[]>();
  for (const one of told) {
    if (!one.nodeId || one.graphId) continue;
    const list = found.get(one.nodeId);
    if (list) list.push(one);
    else found.set(one.nodeId, [one]);
  }
  const isSame = (one: NodeProblem, other: NodeProblem | undefined) => other && one.code === other.code && one.pin === other.pin && one.message === other.message && one.severity === other.severity;
  return new Map([...found].map(([id, list]) => {
    const kept = before.get(id);
    return [id, kept?.length === list.length && list.every((one, at) => isSame(one, kept[at])) ? kept : list];
  }));
}
