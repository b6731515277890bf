/** Which pins have links, by node: found once for each list of links. */
import type { GraphDocument, GraphLink } from "./document";

export type LinkIndex = {
  /** The linked input pins of a node. */
  sinks: Map<string, Set<string>>;
  /** The linked output pins of a node. */
  sources: Map<string, Set<string>>;
  /** A node's own links, of both directions. */
  byNode: Map<string, GraphLink[]>;
};

const found = new WeakMap<GraphLink[], LinkIndex>();

export function linksOf(document: GraphDocument): LinkIndex {
  const kept = found.get(document.links);
  if (kept) return kept;
  const index: LinkIndex = { sinks: new Map(), sources: new Map(), byNode: new Map() };
  const put = (map: Map<string, Set<string>>, id: string, name: string) => {
    const names = map.get(id);
    if (names) names.add(name);
    else map.set(id, new Set([name]));
  };
  for (const link of document.links) {
    put(index.sinks, link.sink_id, link.sink_name);
    put(index.sources, link.source_id, link.source_name);
    for (const id of new Set([link.source_id, link.sink_id])) {
      const links = index.byNode.get(id);
      if (links) links.push(link);
      else index.byNode.set(id, [link]);
    }
  }
  found.set(document.links, index);
  return index;
}
