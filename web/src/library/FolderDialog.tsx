import { type FormEvent, useState } from "react";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { SelectField, TextField } from "@/ui/fields";
import { type FolderRow, within } from "./items";
import { LibraryCreateFolderDocument, LibraryMoveFolderDocument, LibraryRenameFolderDocument } from "./library.generated";
import { folderOptions } from "./MoveDialog";

export type FolderTask = { kind: "new"; parentId: string | null } | { kind: "rename" | "move"; folder: FolderRow };

const TITLES = { new: "New folder", rename: "Rename the folder", move: "Move the folder" };
const ACTIONS = { new: "Make it", rename: "Rename", move: "Move" };

export function FolderDialog({ task, folders, onClose, onDone }: { task: FolderTask; folders: FolderRow[]; onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState(task.kind === "new" ? "" : task.folder.name);
  const [parentId, setParentId] = useState((task.kind === "new" ? task.parentId : task.folder.parent?.id) ?? "");
  const [create, creating] = useChange(LibraryCreateFolderDocument, { isQuiet: true });
  const [rename, renaming] = useChange(LibraryRenameFolderDocument, { isQuiet: true });
  const [move, moving] = useChange(LibraryMoveFolderDocument, { isQuiet: true });
  const problem = [...creating.problems, ...renaming.problems, ...moving.problems][0]?.message ?? null;
  const act = async (event: FormEvent) => {
    event.preventDefault();
    try {
      if (task.kind === "new") await create({ input: { name: name.trim(), parentId: parentId || null } });
      else if (task.kind === "rename") await rename({ input: { id: task.folder.id, name: name.trim() } });
      else await move({ input: { id: task.folder.id, parentId: parentId || null } });
      onDone();
      onClose();
    } catch {
      // What was refused stands at the field.
    }
  };
  return (
    <Dialog isOpen onClose={onClose} size="small" title={TITLES[task.kind]}>
      <form className="flex flex-col gap-3" onSubmit={(event) => void act(event)}>
        {task.kind !== "move" && <TextField label="Name" isRequired autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} error={problem} />}
        {task.kind !== "rename" && (
          <SelectField label="Inside of" options={folderOptions(folders, task.kind === "move" ? within(folders, task.folder.id) : undefined)} value={parentId} onChange={setParentId} error={task.kind === "move" ? problem : null} />
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!name.trim()} isBusy={creating.isBusy || renaming.isBusy || moving.isBusy}>{ACTIONS[task.kind]}</Button>
        </div>
      </form>
    </Dialog>
  );
}
