/** Change what the person keeps about an agent; an agent that they keep nothing about yet comes into their library by that. */
import { useCallback } from "react";
import { useChange } from "@/data/useChange";
import type { UpdateLibraryEntryInput } from "@/data/schema.generated";
import type { Entry, Item } from "./items";
import { LibraryAddEntryDocument, LibraryChangeEntryDocument, LibraryUpdateFromListingDocument } from "./library.generated";

type Wish = Omit<UpdateLibraryEntryInput, "entryId">;

export function useEntryChange(keep: (entry: Entry) => void) {
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
    async (entry: Entry): Promise<boolean> => {
      try {
        const answer = await update({ id: entry.id });
        if (answer.entry) keep(answer.entry);
        return true;
      } catch {
        return false;
      }
    },
    [update, keep],
  );
  return { changeEntry, takeUpdate };
}
