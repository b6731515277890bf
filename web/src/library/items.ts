/** What the library shows: the organisation's agents, each with what this person keeps about it, chosen and sorted. */
import type { LibraryAgentPartsFragment, LibraryEntryPartsFragment } from "./library.generated";

export type Agent = LibraryAgentPartsFragment;
export type Entry = LibraryEntryPartsFragment;
export type Item = { agent: Agent; entry: Entry | null };
export type FolderRow = { id: string; name: string; parent?: { id: string } | null };
export type FolderNode = FolderRow & { depth: number; count: number };

export const SHOWS = ["all", "favourites", "marketplace", "updates", "archived"] as const;
export type Show = (typeof SHOWS)[number];
export const SORTS = ["changed", "created", "name"] as const;
export type Sort = (typeof SORTS)[number];

export function join(agents: Agent[], entries: Entry[]): Item[] {
  const byAgent = new Map(entries.map((entry) => [entry.graphId, entry]));
  return agents.map((agent) => ({ agent, entry: byAgent.get(agent.id) ?? null }));
}

const FITS: Record<Show, (item: Item) => boolean> = {
  all: ({ entry }) => !entry?.isArchived,
  favourites: ({ entry }) => entry !== null && entry.isFavourite && !entry.isArchived,
  marketplace: ({ entry }) => entry !== null && entry.listingVersion != null && !entry.isArchived,
  updates: ({ entry }) => entry !== null && entry.isUpdateAvailable && !entry.isArchived,
  archived: ({ entry }) => entry?.isArchived ?? false,
};

/** In place of a folder's id: the agents that are in none. */
export const NO_FOLDER = "none";

/** Those that are asked for. A folder counts where nothing is searched: a search finds in all folders. */
export function choose(items: Item[], show: Show, folderId: string | null, search: string): Item[] {
  const isInFolder = folderId !== null && search.trim() === "";
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter((item) => {
    if (!FITS[show](item)) return false;
    if (isInFolder && (item.agent.folder?.id ?? NO_FOLDER) !== folderId) return false;
    const text = `${item.agent.name} ${item.agent.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const BY: Record<Sort, (one: Agent, other: Agent) => number> = {
  changed: (one, other) => other.updatedAt.localeCompare(one.updatedAt),
  created: (one, other) => other.createdAt.localeCompare(one.createdAt),
  name: (one, other) => one.name.localeCompare(other.name),
};

/** Favourites stand first, within them and behind them by what is asked for. */
export function sorted(items: Item[], sort: Sort): Item[] {
  return [...items].sort((one, other) => Number(other.entry?.isFavourite ?? false) - Number(one.entry?.isFavourite ?? false) || BY[sort](one.agent, other.agent));
}

/** The folders as a tree in the order in which it is read, with how many agents stand in each. */
export function tree(folders: FolderRow[], items: Item[]): FolderNode[] {
  const known = new Set(folders.map((one) => one.id));
  const below = new Map<string | null, FolderRow[]>();
  for (const folder of folders) {
    const parent = folder.parent && known.has(folder.parent.id) ? folder.parent.id : null;
    below.set(parent, [...(below.get(parent) ?? []), folder]);
  }
  const counts = new Map<string, number>();
  for (const { agent, entry } of items) {
    if (agent.folder && !entry?.isArchived) counts.set(agent.folder.id, (counts.get(agent.folder.id) ?? 0) + 1);
  }
  const walk = (parent: string | null, depth: number): FolderNode[] =>
    (below.get(parent) ?? [])
      .sort((one, other) => one.name.localeCompare(other.name))
      .flatMap((folder) => [{ ...folder, depth, count: counts.get(folder.id) ?? 0 }, ...walk(folder.id, depth + 1)]);
  return walk(null, 0);
}

/** A folder and all that are in it: none of them can take it in. */
export function within(folders: FolderRow[], id: string): Set<string> {
  const found = new Set([id]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const one of folders) if (one.parent && found.has(one.parent.id)) found.add(one.id);
  }
  return found;
}

export const oneOf = <T extends string>(given: string | null, allowed: readonly T[], otherwise: T): T => allowed.find((one) => one === given) ?? otherwise;
