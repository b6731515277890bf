/**
 * Groups of nodes on the canvas. A node says in `metadata.group` which it is in; the document's `groups` has their titles. Both are fields
 * that the format does not know, so they are kept, and mean nothing to a run.
 */
import type { GraphDocument, GraphNode } from "./document";
import { newId } from "./ids";
import { updateNodes } from "./edits";

export type Group = { id: string; title: string };
export type GroupWithMembers = Group & { members: string[] };

export const groupIdOf = (node: GraphNode): string | null => (typeof node.metadata?.group === "string" ? node.metadata.group : null);

const titled = (document: GraphDocument): Group[] => (Array.isArray(document.groups) ? (document.groups as Group[]) : []);

export function groupsOf(document: GraphDocument): GroupWithMembers[] {
  const members = new Map<string, string[]>();
  for (const node of document.nodes) {
    const id = groupIdOf(node);
    if (id === null) continue;
    const ids = members.get(id);
    if (ids) ids.push(node.id);
    else members.set(id, [node.id]);
  }
  const titles = new Map(titled(document).map((group) => [group.id, group.title]));
  return [...members].map(([id, ids]) => ({ id, title: titles.get(id) ?? "Group", members: ids }));
}

export function groupNodes(document: GraphDocument, ids: ReadonlySet<string>, title = "Group"): GraphDocument {
  if (ids.size === 0) return document;
  const group = { id: newId(), title };
  return tidied(updateNodes({ ...document, groups: [...titled(document), group] }, ids, (node) => ({ ...node, metadata: { ...node.metadata, group: group.id } })));
}

export function ungroupNodes(document: GraphDocument, ids: ReadonlySet<string>): GraphDocument {
  const next = updateNodes(document, ids, (node) => {
    if (groupIdOf(node) === null) return node;
    const { group: _, ...metadata } = node.metadata;
    return { ...node, metadata };
  });
  return next === document ? document : tidied(next);
}

export function renameGroup(document: GraphDocument, id: string, title: string): GraphDocument {
  const groups = titled(document);
  const others = groups.filter((group) => group.id !== id);
  return groups.some((group) => group.id === id && group.title === title) ? document : { ...document, groups: [...others, { id, title }] };
}

/** Without the titles of groups that nothing is in any more. */
function tidied(document: GraphDocument): GraphDocument {
  const used = new Set(document.nodes.map(groupIdOf));
  return { ...document, groups: titled(document).filter((group) => used.has(group.id)) };
}
