/**
 * The links of a large agent seen from afar: one path for each colour, in place of an element for each link. They cannot be chosen there;
 * those that are chosen, wrong or have a bead are drawn as ever.
 */
import { getBezierPath, Position, useStore, ViewportPortal } from "@xyflow/react";
import { memo, useMemo } from "react";
import { FAR, type FlowEdge, type FlowNode } from "./flow";

/** With fewer links than this each is drawn by itself, at any zoom. */
const LARGE = 150;
const isFar = (state: { transform: [number, number, number] }): boolean => state.transform[2] < FAR;

/** Whether the agent is a large one and seen from afar: then little is drawn, and it stays drawn while the view moves. */
export function useIsAfar(edges: readonly FlowEdge[]): boolean {
  return useStore(isFar) && edges.length > LARGE;
}

/** The links that are drawn one by one. */
export function useOwnEdges(edges: FlowEdge[], isAfar: boolean): FlowEdge[] {
  return useMemo(() => (isAfar ? edges.filter(isOwn) : edges), [edges, isAfar]);
}

const isOwn = (edge: FlowEdge): boolean => edge.selected === true || edge.data?.isWrong === true || edge.data?.mark !== undefined;

export const FarLinks = memo(function FarLinks({ nodes, edges }: { nodes: readonly FlowNode[]; edges: readonly FlowEdge[] }) {
  const paths = useMemo(() => pathsOf(nodes, edges), [nodes, edges]);
  return (
    <ViewportPortal>
      <svg className="pointer-events-none absolute top-0 left-0 size-px overflow-visible" style={{ zIndex: -1 }} aria-hidden>
        {paths.map(([colour, path]) => (
          <path key={colour} d={path} fill="none" strokeWidth={3} style={{ stroke: colour }} />
        ))}
      </svg>
    </ViewportPortal>
  );
});

export function pathsOf(nodes: readonly FlowNode[], edges: readonly FlowEdge[]): [string, string][] {
  const ends = new Map<string, { x: number; y: number }>();
  for (const node of nodes) {
    for (const handle of node.handles ?? []) {
      ends.set(`${node.id} ${handle.type} ${handle.id}`, { x: node.position.x + handle.x + (handle.type === "source" ? (handle.width ?? 0) : 0), y: node.position.y + handle.y + (handle.height ?? 0) / 2 });
    }
  }
  const byColour = new Map<string, string[]>();
  for (const edge of edges) {
    if (isOwn(edge)) continue;
    const [from, to] = [ends.get(`${edge.source} source ${edge.sourceHandle}`), ends.get(`${edge.target} target ${edge.targetHandle}`)];
    if (!from || !to) continue;
    const [path] = getBezierPath({ sourceX: from.x, sourceY: from.y, sourcePosition: Position.Right, targetX: to.x, targetY: to.y, targetPosition: Position.Left });
    const colour = edge.data?.colour ?? "var(--line-strong)";
    const paths = byColour.get(colour);
    if (paths) paths.push(path);
    else byColour.set(colour, [path]);
  }
  return [...byColour].map(([colour, parts]) => [colour, parts.join("")]);
}
