/** A difference as it is drawn: one document with what is there and what went, a colour for each node and link, and words for each field. */
import type { Blocks } from "@/blocks/blocks";
import type { LinkMark, NodeMark } from "@/canvas/marks";
import type { GraphDocument } from "@/graph/document";
import { pinTitle, pinWords } from "@/graph/words";
import { type Change, type Difference, endsOf } from "./compare";

export type Shown = { document: GraphDocument; marks: Map<string, NodeMark>; linkMarks: Map<string, LinkMark> };

/** What says only where a node stands. */
export const isMove = (change: Change): boolean => change.path[0] === "metadata" && change.path[1] === "position";

export function shownOf(before: GraphDocument, after: GraphDocument, difference: Difference): Shown {
  const gone = new Set(difference.nodesRemoved.map((one) => one.nodeId));
  const marks = new Map<string, NodeMark>();
  for (const one of difference.nodesAdded) marks.set(one.nodeId, { tone: "ok", badge: "Added" });
  for (const one of difference.nodesRemoved) marks.set(one.nodeId, { tone: "danger", badge: "Removed" });
  for (const { node, changes } of difference.nodesChanged) {
    if (!changes.every(isMove)) marks.set(node.nodeId, { tone: "warn", badge: "Changed" });
  }
  const ends = (link: Difference["linksAdded"][number]) => [link.sourceId, link.sourceName, link.sinkId, link.sinkName].join("\n");
  const added = new Set(difference.linksAdded.map(ends));
  const changed = new Set(difference.linksChanged.map(ends));
  const removed = new Set(difference.linksRemoved.map(ends));
  const linkMarks = new Map<string, LinkMark>();
  for (const link of after.links) {
    if (added.has(endsOf(link))) linkMarks.set(link.id, { tone: "ok" });
    else if (changed.has(endsOf(link))) linkMarks.set(link.id, { tone: "warn" });
  }
  const there = new Set(after.links.map((link) => link.id));
  const lost = before.links.filter((link) => removed.has(endsOf(link))).map((link) => (there.has(link.id) ? { ...link, id: `removed:${link.id}` } : link));
  for (const link of lost) linkMarks.set(link.id, { tone: "danger" });
  const document = { ...after, nodes: [...after.nodes, ...before.nodes.filter((node) => gone.has(node.id))], links: [...after.links, ...lost] };
  return { document, marks, linkMarks };
}

const FIELDS: Record<string, string> = {
  name: "Name", description: "Description", on_node_error: "When a node fails", max_node_executions: "Most node executions", settings: "When people are asked", fuses_nodes: "Runs nodes together",
  groups: "Groups", retry: "Retries", timeout_seconds: "Time limit", on_error: "When this node fails", pinned_output: "Pinned outputs", follows_active: "Follows the active version",
  note: "Note", is_disabled: "Switched off", block_id: "Block", "metadata.customized_name": "Name", "metadata.position": "Place", "metadata.credentials_optional": "Left out without a credential", "metadata.group": "Group",
};

/** What a field is called. */
export function fieldWords(path: readonly string[], blockId: string | null, blocks: Blocks): string {
  const known = FIELDS[path.join(".")];
  if (known) return known;
  const name = path.at(-1) ?? "";
  if (path[0] !== "input_default") return pinWords(name);
  const title = blockId ? blocks.get(blockId)?.inputSchema.properties?.[name]?.title : undefined;
  return pinTitle(name, title);
}

const seconds = (value: number): string => `${value.toLocaleString()} ${value === 1 ? "second" : "seconds"}`;

/** How a node is tried again, in words; null where this is no such setting. */
export function retryWords(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { attempts, first_wait_seconds: first, longest_wait_seconds: longest, backoff } = value as Record<string, unknown>;
  const parts = [
    typeof attempts === "number" ? (attempts === 1 ? "not tried again" : `${attempts} attempts in all`) : "",
    typeof first === "number" && attempts !== 1 ? `the first wait ${seconds(first)}` : "",
    typeof backoff === "number" && attempts !== 1 ? (backoff === 1 ? "each wait the same" : `each wait ${backoff} times the one before`) : "",
    typeof longest === "number" && attempts !== 1 ? `none above ${seconds(longest)}` : "",
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : null;
}

/** How many of what, in a sentence: "2 nodes added, 1 link removed." */
export function summary(difference: Difference): string {
  const changed = difference.nodesChanged.filter((one) => !one.changes.every(isMove)).length;
  const moved = difference.nodesChanged.length - changed;
  const count = (number: number, what: string, how: string) => (number > 0 ? `${number} ${what}${number === 1 ? "" : "s"} ${how}` : "");
  const parts = [
    count(difference.nodesAdded.length, "node", "added"),
    count(difference.nodesRemoved.length, "node", "removed"),
    count(changed, "node", "changed"),
    count(moved, "node", "moved"),
    count(difference.linksAdded.length, "link", "added"),
    count(difference.linksRemoved.length, "link", "removed"),
    count(difference.linksChanged.length, "link", "changed"),
    count(difference.settings.length, "setting", "changed"),
  ].filter(Boolean);
  return parts.length > 0 ? `${parts.join(", ")}.` : "Nothing differs.";
}
