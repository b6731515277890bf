/** Nodes of an agent by words: in their titles first, then in their blocks, ids and constants. */
import type { Blocks } from "@/blocks/blocks";
import type { GraphDocument, GraphNode } from "./document";
import { titleOf } from "./pins";
import { blockTitle, pinWords } from "./words";

export type FoundNode = { id: string; title: string; where: string };

const AROUND = 30;

export function findNodes(document: GraphDocument, blocks: Blocks, query: string): FoundNode[] {
  const asked = query.trim().toLowerCase();
  if (!asked) return [];
  const found: [FoundNode, number][] = [];
  for (const node of document.nodes) {
    const block = blocks.get(node.block_id);
    const title = titleOf(node, block);
    const name = block ? blockTitle(block) : "Unknown block";
    const where = title.toLowerCase().includes(asked)
      ? ([name, 0] as const)
      : name.toLowerCase().includes(asked) || block?.name.toLowerCase().includes(asked)
        ? ([name, 1] as const)
        : node.id.toLowerCase().startsWith(asked)
          ? ([node.id, 2] as const)
          : inValues(node, asked);
    if (where) found.push([{ id: node.id, title, where: where[0] }, where[1]]);
  }
  return found.sort(([, one], [, other]) => one - other).map(([one]) => one);
}

function inValues(node: GraphNode, asked: string): readonly [string, number] | null {
  const values = { ...node.input_default, ...(node.note ? { note: node.note } : {}) };
  for (const [name, value] of Object.entries(values)) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const at = text.toLowerCase().indexOf(asked);
    if (at >= 0) return [`${pinWords(name)}: ${text.slice(Math.max(0, at - AROUND), at + asked.length + AROUND)}`, 3];
  }
  return null;
}
