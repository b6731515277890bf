/** The folders beside the agents: choose one, drop an agent on one, and make, rename, move or delete one. */
import { Ellipsis, Folder, FolderOpen, FolderPlus, Inbox, LayoutGrid } from "lucide-react";
import { type DragEvent, useState } from "react";
import { useChange } from "@/data/useChange";
import { useMay } from "@/shell/viewer";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Confirm } from "@/ui/Dialog";
import { Menu } from "@/ui/Menu";
import { FolderDialog, type FolderTask } from "./FolderDialog";
import { type FolderNode, type FolderRow, type Item, NO_FOLDER, tree } from "./items";
import { LibraryDeleteFolderDocument, LibraryMoveAgentDocument } from "./library.generated";

export const DRAG_TYPE = "application/x-drystone-agent";

type Props = { folders: FolderRow[]; items: Item[]; chosenId: string | null; onChoose: (id: string | null) => void; onChange: () => void };

export function FolderTree({ folders, items, chosenId, onChoose, onChange }: Props) {
  const canWrite = useMay()("graphs:write");
  const [task, setTask] = useState<FolderTask | null>(null);
  const [doomed, setDoomed] = useState<FolderRow | null>(null);
  const [move] = useChange(LibraryMoveAgentDocument);
  const [remove] = useChange(LibraryDeleteFolderDocument);
  const drop = (graphId: string, folderId: string | null) => {
    move({ input: { graphId, folderId } }).then(onChange, () => undefined);
  };
  const menuFor = (folder: FolderNode) => [
    { label: "New folder in it", act: () => setTask({ kind: "new" as const, parentId: folder.id }) },
    { label: "Rename", act: () => setTask({ kind: "rename" as const, folder }) },
    { label: "Move", act: () => setTask({ kind: "move" as const, folder }) },
    "separator" as const,
    { label: "Delete", isDangerous: true, act: () => setDoomed(folder) },
  ];
  return (
    <nav aria-label="Folders" className="flex flex-col gap-0.5">
      <div className="flex items-center justify-between pl-2">
        <h2 className="text-xs font-semibold text-muted">Folders</h2>
        {canWrite && <IconButton label="New folder" isSmall icon={<FolderPlus className="size-4" aria-hidden />} onClick={() => setTask({ kind: "new", parentId: null })} />}
      </div>
      <ul className="flex flex-col gap-0.5">
        <Place name="All agents" icon={<LayoutGrid className="size-4" aria-hidden />} isChosen={chosenId === null} onChoose={() => onChoose(null)} />
        {tree(folders, items).map((folder) => (
          <Place
            key={folder.id}
            name={folder.name}
            depth={folder.depth}
            count={folder.count}
            icon={folder.id === chosenId ? <FolderOpen className="size-4" aria-hidden /> : <Folder className="size-4" aria-hidden />}
            isChosen={folder.id === chosenId}
            onChoose={() => onChoose(folder.id)}
            onDrop={canWrite ? (id) => drop(id, folder.id) : undefined}
          >
            {canWrite && (
              <Menu items={menuFor(folder)}>
                <button type="button" aria-label={`What to do with the folder ${folder.name}`} className="flex size-7 shrink-0 items-center justify-center rounded-md text-muted hover:bg-sunken">
                  <Ellipsis className="size-4" aria-hidden />
                </button>
              </Menu>
            )}
          </Place>
        ))}
        {folders.length > 0 && <Place name="In no folder" icon={<Inbox className="size-4" aria-hidden />} isChosen={chosenId === NO_FOLDER} onChoose={() => onChoose(NO_FOLDER)} onDrop={canWrite ? (id) => drop(id, null) : undefined} />}
      </ul>
      {task && <FolderDialog task={task} folders={folders} onClose={() => setTask(null)} onDone={onChange} />}
      <Confirm
        isOpen={doomed !== null}
        onClose={() => setDoomed(null)}
        title={`Delete the folder “${doomed?.name ?? ""}”?`}
        text="What is in it moves to where the folder was. No agent is deleted."
        action="Delete the folder"
        act={async () => {
          if (!doomed) return;
          await remove({ id: doomed.id });
          if (doomed.id === chosenId) onChoose(doomed.parent?.id ?? null);
          onChange();
        }}
      />
    </nav>
  );
}

function Place({ name, icon, depth = 0, count, isChosen, onChoose, onDrop, children }: { name: string; icon: React.ReactNode; depth?: number; count?: number; isChosen: boolean; onChoose: () => void; onDrop?: (agentId: string) => void; children?: React.ReactNode }) {
  const [isOver, setOver] = useState(false);
  const accepts = (event: DragEvent) => onDrop !== undefined && event.dataTransfer.types.includes(DRAG_TYPE);
  return (
    <li
      className={cx("flex items-center rounded-md", isChosen && "bg-accent-soft", isOver && "outline-2 outline-accent")}
      onDragOver={(event) => {
        if (!accepts(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false);
        if (!accepts(event)) return;
        event.preventDefault();
        onDrop?.(event.dataTransfer.getData(DRAG_TYPE));
      }}
    >
      <button type="button" aria-current={isChosen || undefined} onClick={onChoose} className={cx("flex min-w-0 flex-1 items-center gap-2 rounded-md px-2 py-1.5 text-left text-sm hover:bg-sunken", isChosen ? "text-accent" : "text-muted")} style={{ paddingLeft: `${0.5 + depth * 0.9}rem` }}>
        {icon}
        <span className="min-w-0 flex-1 truncate" title={name}>{name}</span>
        {count !== undefined && count > 0 && <span className="text-xs">{count}</span>}
      </button>
      {children}
    </li>
  );
}
