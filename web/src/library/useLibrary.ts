/** All of the library at once, as far as it is small enough for that: agents, what the person keeps about them, folders. */
import { useCallback, useEffect, useMemo } from "react";
import { type Connection, useConnection } from "@/data/useConnection";
import type { Told } from "@/data/errors";
import { type Entry, type FolderRow, type Item, join } from "./items";
import { LibraryAgentsDocument, LibraryEntriesDocument, LibraryEntryOfDocument, LibraryFoldersDocument } from "./library.generated";

const PAGE = 100;
/** Read without being asked; the rest is found by searching, which the API does. */
const READ_MAX = 1_000;

/** Read on by itself until all is there. */
function useWhole<Item>(list: Connection<Item>): Connection<Item> {
  const { hasMore, isLoading, more } = list;
  const isWanted = hasMore && !isLoading && list.items.length < READ_MAX;
  useEffect(() => {
    if (isWanted) more();
  }, [isWanted, more]);
  return list;
}

const useEntriesThat = (isArchived: boolean) => useWhole(useConnection(LibraryEntriesDocument, { isArchived }, (data) => data.library, { size: PAGE }));

type Entries = { entries: Entry[]; isFirst: boolean; refresh: () => void; keep: (entry: Entry) => void };

/** What the person keeps about agents, archived ones included. */
function useEntries(): Entries {
  const shown = useEntriesThat(false);
  const archived = useEntriesThat(true);
  const entries = useMemo(() => {
    const byId = new Map<string, Entry>();
    for (const one of [...shown.items, ...archived.items]) byId.set(one.id, one);
    return [...byId.values()];
  }, [shown.items, archived.items]);
  const { patch: patchShown, refresh: readShown } = shown;
  const { patch: patchArchived, refresh: readArchived } = archived;
  const keep = useCallback(
    (entry: Entry) => {
      const without = (items: Entry[]) => items.filter((one) => one.id !== entry.id);
      patchShown((items) => (entry.isArchived ? without(items) : [entry, ...without(items)]));
      patchArchived((items) => (entry.isArchived ? [entry, ...without(items)] : without(items)));
    },
    [patchShown, patchArchived],
  );
  const refresh = useCallback(() => {
    readShown();
    readArchived();
  }, [readShown, readArchived]);
  return { entries, isFirst: shown.isFirst || archived.isFirst, refresh, keep };
}

/** What the person keeps about one agent, archived or not. */
export function useEntry(agentId: string): { entry: Entry | null; isKnown: boolean; refresh: () => void; keep: (entry: Entry) => void } {
  const { items, isFirst, errors, refresh, patch } = useConnection(LibraryEntryOfDocument, { graphId: agentId }, (data) => data.library, { size: 1 });
  const keep = useCallback((entry: Entry) => patch(() => [entry]), [patch]);
  return { entry: items[0] ?? null, isKnown: !isFirst || errors.length > 0, refresh, keep };
}

export function useFolders(): { folders: FolderRow[]; refresh: () => void } {
  const { items, refresh } = useWhole(useConnection(LibraryFoldersDocument, {}, (data) => data.folders, { size: PAGE }));
  return { folders: items, refresh };
}

export type Library = {
  items: Item[];
  total: number | null;
  folders: FolderRow[];
  isFirst: boolean;
  errors: Told[];
  hasMore: boolean;
  isLoading: boolean;
  more: () => void;
  refresh: () => void;
  keep: (entry: Entry) => void;
};

/** A search is done here; by the API only where there are more agents than are read, beside what is there already. */
export function useLibrary(search: string): Library {
  const all = useWhole(useConnection(LibraryAgentsDocument, {}, (data) => data.graphs, { size: PAGE }));
  const isPartial = all.hasMore && all.items.length >= READ_MAX;
  const found = useConnection(LibraryAgentsDocument, { search: search.trim() || null }, (data) => data.graphs, { size: PAGE, isPaused: !isPartial || !search.trim() });
  const { entries, isFirst, refresh: readEntries, keep } = useEntries();
  const { folders, refresh: refreshFolders } = useFolders();
  const { refresh: readAgents } = all;
  const items = useMemo(() => {
    const agents = new Map(all.items.map((one) => [one.id, one]));
    for (const one of found.items) agents.set(one.id, one);
    return join([...agents.values()], entries);
  }, [all.items, found.items, entries]);
  const refresh = useCallback(() => {
    readAgents();
    readEntries();
    refreshFolders();
  }, [readAgents, readEntries, refreshFolders]);
  return { items, total: all.total, folders, isFirst: all.isFirst || isFirst, errors: all.errors, hasMore: all.hasMore, isLoading: all.isLoading || found.isLoading, more: all.more, refresh, keep };
}
