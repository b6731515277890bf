import { useState } from "react";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { SelectField } from "@/ui/fields";
import { type FolderRow, type Item, tree } from "./items";
import { LibraryMoveAgentDocument } from "./library.generated";

/** Folders as options: the deeper, the further to the right. */
export const folderOptions = (folders: FolderRow[], without: Set<string> = new Set()) => [
  { value: "", label: "No folder" },
  ...tree(folders, []).filter((one) => !without.has(one.id)).map((one) => ({ value: one.id, label: `${"\u2003".repeat(one.depth)}${one.name}` })),
];

export function MoveDialog({ item, folders, onClose, onMoved }: { item: Item; folders: FolderRow[]; onClose: () => void; onMoved: () => void }) {
  const [folderId, setFolderId] = useState(item.agent.folder?.id ?? "");
  const [move, { isBusy }] = useChange(LibraryMoveAgentDocument);
  const go = async () => {
    try {
      await move({ input: { graphId: item.agent.id, folderId: folderId || null } });
      onMoved();
      onClose();
    } catch {
      // The notice says why; the dialog stays for another try.
    }
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="small"
      title={`Move “${item.agent.name}”`}
      description="Folders are the same for everyone in the organisation."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" isBusy={isBusy} onClick={() => void go()}>Move</Button>
        </>
      }
    >
      <SelectField label="Folder" options={folderOptions(folders)} value={folderId} onChange={setFolderId} help={folders.length === 0 ? "There is no folder yet. Make one beside the list of agents." : undefined} />
    </Dialog>
  );
}
