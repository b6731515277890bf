/** Take in the document of an agent, such as an example's; a file that is dropped or chosen goes through `ImportDrop`. */
import { useCallback } from "react";
import { useChange } from "@/data/useChange";
import { type LibraryImportAgentMutation, LibraryImportAgentDocument } from "./library.generated";

export type Imported = LibraryImportAgentMutation["importGraph"];

export function useImport(folderId: string | null, onDone: () => void): { importDocument: (document: unknown) => Promise<Imported | null>; isBusy: boolean } {
  const [send, { isBusy }] = useChange(LibraryImportAgentDocument);
  const importDocument = useCallback(
    async (document: unknown) => {
      const answer = await send({ input: { document, folderId } }).catch(() => null);
      if (answer) onDone();
      return answer;
    },
    [send, folderId, onDone],
  );
  return { importDocument, isBusy };
}
