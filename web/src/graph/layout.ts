/** Places for nodes so that links lead from left to right and nothing overlaps. The same graph gives the same places, wherever it lay before. */
import type { GraphDocument, Position } from "./document";
import { groupIdOf } from "./groups";

export type Size = { width: number; height: number };

const BETWEEN = { nodesep: 36, ranksep: 90, marginx: 0, marginy: 0 };
/** More nodes than this are ranked by a quicker and rougher rule. */
const QUICK_FROM = 150;

/** Places for those of `ids`; their first corner stays where it was. Sizes of nodes that are not in `sizes` are left out. */
export async function layOut(document: GraphDocument, sizes: ReadonlyMap<string, Size>, ids?: ReadonlySet<string>): Promise<Map<string, Position>> {
  // Read when it is first used: it is as large as the rest of the builder.
  const dagre = (await import("@dagrejs/dagre")).default;
  const nodes = document.nodes.filter((node) => sizes.has(node.id) && (!ids || ids.has(node.id)));
  if (nodes.length === 0) return new Map();
  const graph = new dagre.graphlib.Graph({ multigraph: true, compound: true });
  graph.setGraph({ rankdir: "LR", ranker: nodes.length > QUICK_FROM ? "longest-path" : "network-simplex", ...BETWEEN });
  graph.setDefaultEdgeLabel(() => ({}));
  const there = new Set(nodes.map((node) => node.id));
  for (const node of nodes) graph.setNode(node.id, { ...(sizes.get(node.id) as Size) });
  for (const node of nodes) {
    const group = groupIdOf(node);
    if (group === null) continue;
    if (!graph.hasNode(`group:${group}`)) graph.setNode(`group:${group}`, { width: 0, height: 0 });
    graph.setParent(node.id, `group:${group}`);
  }
  for (const link of document.links) {
    if (there.has(link.source_id) && there.has(link.sink_id) && link.source_id !== link.sink_id) graph.setEdge(link.source_id, link.sink_id, {}, link.id);
  }
  dagre.layout(graph);
  const placed = nodes.map((node) => {
    const { x, y, width, height } = graph.node(node.id) as Position & Size;
    return { id: node.id, x: x - width / 2, y: y - height / 2, before: node.metadata.position ?? { x: 0, y: 0 } };
  });
  const left = Math.min(...placed.map((one) => one.before.x)) - Math.min(...placed.map((one) => one.x));
  const top = Math.min(...placed.map((one) => one.before.y)) - Math.min(...placed.map((one) => one.y));
  return new Map(placed.map((one) => [one.id, { x: Math.round(one.x + left), y: Math.round(one.y + top) }]));
}
