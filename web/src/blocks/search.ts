/** Blocks by what a person types: the words of the name first, then the description. */
import { blockTitle, categoryWords } from "@/graph/words";
import type { BlockSpec } from "./blocks";

type Entry = { title: string; text: string };

const entries = new WeakMap<BlockSpec, Entry>();

function entryOf(block: BlockSpec): Entry {
  let entry = entries.get(block);
  if (!entry) {
    entry = { title: blockTitle(block).toLowerCase(), text: [block.description, ...block.categories.map(categoryWords), block.name].join(" ").toLowerCase() };
    entries.set(block, entry);
  }
  return entry;
}

/** How well a block fits the words; 0: not at all. Every word must be somewhere. */
export function scoreOf(block: BlockSpec, query: string): number {
  const { title, text } = entryOf(block);
  return wordsScore(title, text, query);
}

export function wordsScore(title: string, text: string, query: string): number {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return 1;
  let score = title === words.join(" ") ? 50 : title.startsWith(words.join(" ")) ? 20 : 0;
  for (const word of words) {
    const one = title.startsWith(word) ? 12 : title.includes(` ${word}`) ? 10 : title.includes(word) ? 6 : text.includes(word) ? 2 : 0;
    if (one === 0) return 0;
    score += one;
  }
  // Of two that fit alike the shorter name is meant.
  return score + 1 / (1 + title.length);
}

/** The blocks that fit, the best first; what cannot run comes behind what can. */
export function searchBlocks(blocks: Iterable<BlockSpec>, query: string): BlockSpec[] {
  const found: [BlockSpec, number][] = [];
  for (const block of blocks) {
    const score = scoreOf(block, query);
    if (score > 0) found.push([block, score - (block.isInstalled ? 0 : 100)]);
  }
  return found.sort(([one, a], [other, b]) => b - a || one.name.localeCompare(other.name)).map(([block]) => block);
}
