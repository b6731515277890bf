/** Change what the person keeps about an agent; an agent that they keep nothing about yet comes into their library by that. */
import { useCallback } from "react";
import { useClient } from "urql";
import { useChange } from "@/data/useChange";
import type { UpdateLibraryEntryInput } from "@/data/schema.generated";
import type { Entry, Item } from "./items";
import { LibraryAddEntryDocument, LibraryChangeEntryDocument, LibraryEntryOfDocument, LibraryUpdateFromListingDocument } from "./library.generated";

type Wish = Omit<UpdateLibraryEntryInput, "entryId">;

export function useEntryChange(keep: (entry: Entry) => void) {
  const client = useClient();
  const [add] = useChange(LibraryAddEntryDocument);
  const [change] = useChange(LibraryChangeEntryDocument);
  const [update] = useChange(LibraryUpdateFromListingDocument);
  const changeEntry = useCallback(
    async (item: Item, wish: Wish): Promise<void> => {
      try {
        const entry = item.entry ?? (await add({ input: { graphId: item.agent.id } })).entry;
        if (!entry) return;
        const answer = await change({ input: { entryId: entry.id, ...wish } });
        if (answer.entry) keep(answer.entry);
      } catch {
        // The notice says why; nothing was changed.
      }
    },
    [add, change, keep],
  );
  const takeUpdate = useCallback(
    async (entry: Entry): Promise<Entry | null> => {
      try {
        const answer = await update({ id: entry.id });
        if (answer.entry) keep(answer.entry);
        return answer.entry ?? null;
      } catch {
        return null;
      }
    },
    [update, keep],
  );
  // Read anew: what was approved since the page was read counts, and what follows its listing runs in that version.
  const entryToRun = useCallback(
    async (agentId: string): Promise<Entry | null> => {
      const answer = await client.query(LibraryEntryOfDocument, { graphId: agentId, first: 1 }, { requestPolicy: "network-only" }).toPromise();
      const [entry] = answer.data?.library.nodes ?? [];
      if (!entry?.isAutoUpdated || !entry.isUpdateAvailable) return entry ?? null;
      return (await takeUpdate(entry)) ?? entry;
    },
    [client, takeUpdate],
  );
  return { changeEntry, takeUpdate, entryToRun };
}
