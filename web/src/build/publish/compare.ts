/**
 * What differs between two documents, in the shape that the API's `graphDiff` gives for versions. For what the API does not have: two
 * states of a draft, and whether what is on the screen is what runs. The rules are those of `schema/comparing.py`.
 */
import type { Blocks } from "@/blocks/blocks";
import type { GraphDocument, GraphLink, GraphNode, Json } from "@/graph/document";
import type { ComparePartsFragment } from "./compare.generated";
import { isSame } from "./localCopy";

export type Difference = ComparePartsFragment;
export type Change = Difference["settings"][number];

const NOT_SETTINGS = new Set([
  "created_at", "credentials_input_schema", "has_external_trigger", "has_human_in_the_loop", "has_sensitive_action", "has_webhook_trigger",
  "input_schema", "is_template", "output_schema", "trigger_setup_info", "user_id", "id", "version", "is_active", "nodes", "links",
  "sub_graphs", "forked_from_id", "forked_from_version",
]);
const COPIES = new Set(["id", "graph_id", "graph_version", "input_links", "output_links", "webhook"]);
const BY_KEY = new Set(["input_default", "metadata"]);

export function compare(before: GraphDocument, after: GraphDocument, blocks: Blocks): Difference {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const now = new Map(after.nodes.map((node) => [node.id, node]));
  const named = (node: GraphNode) => ({ nodeId: node.id, blockId: node.block_id, blockName: blocks.get(node.block_id)?.name ?? node.block_id, title: node.metadata.customized_name ?? null });
  const both = after.nodes.flatMap((node) => {
    const was = old.get(node.id);
    return was && was !== node ? [{ node: named(node), changes: changesOfNode(was, node) }] : [];
  });
  const links = compareLinks(before.links, after.links);
  return {
    nodesAdded: after.nodes.filter((node) => !old.has(node.id)).map(named),
    nodesRemoved: before.nodes.filter((node) => !now.has(node.id)).map(named),
    nodesChanged: both.filter((one) => one.changes.length > 0),
    ...links,
    settings: changesIn(before, after, [], NOT_SETTINGS),
  };
}

export function isEmpty(difference: Difference): boolean {
  return Object.values(difference).every((one) => !Array.isArray(one) || one.length === 0);
}

/** Whether two documents say the same to a run and to people; stops at the first that differs. */
export function isSameGraph(one: GraphDocument, other: GraphDocument, blocks: Blocks): boolean {
  return one === other || isEmpty(compare(one, other, blocks));
}

function changesOfNode(old: GraphNode, now: GraphNode): Change[] {
  const keyed = [...BY_KEY].flatMap((name) => changesIn((old[name] ?? {}) as object, (now[name] ?? {}) as object, [name], new Set()));
  return [...keyed, ...changesIn(old, now, [], new Set([...COPIES, ...BY_KEY]))];
}

function changesIn(old: object, now: object, path: string[], left: ReadonlySet<string>): Change[] {
  const [before, after] = [old as Record<string, unknown>, now as Record<string, unknown>];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !left.has(name));
  return names.filter((name) => !isSame(before[name], after[name])).map((name) => ({ path: [...path, name], old: (before[name] ?? null) as Json, new: (after[name] ?? null) as Json }));
}

export const endsOf = (link: Pick<GraphLink, "source_id" | "source_name" | "sink_id" | "sink_name">): string => [link.source_id, link.source_name, link.sink_id, link.sink_name].join("\n");

/** Two nodes may be linked twice in the same way, so links are counted. */
function compareLinks(old: GraphLink[], now: GraphLink[]): Pick<Difference, "linksAdded" | "linksRemoved" | "linksChanged"> {
  const beyond = (links: GraphLink[], others: GraphLink[]) => {
    const left = new Map<string, number>();
    for (const link of others) left.set(endsOf(link), (left.get(endsOf(link)) ?? 0) + 1);
    return links.filter((link) => {
      const count = left.get(endsOf(link)) ?? 0;
      left.set(endsOf(link), count - 1);
      return count <= 0;
    });
  };
  const named = (link: GraphLink) => ({ sourceId: link.source_id, sourceName: link.source_name, sinkId: link.sink_id, sinkName: link.sink_name, isStatic: link.is_static === true });
  const before = new Map(old.map((link) => [endsOf(link), link]));
  const changed = now.filter((link) => {
    const was = before.get(endsOf(link));
    return was !== undefined && (was.is_static === true) !== (link.is_static === true);
  });
  return { linksAdded: beyond(now, old).map(named), linksRemoved: beyond(old, now).map(named), linksChanged: changed.map(named) };
}
