/** The buttons at the canvas's edge: what the keyboard does, for the pointer. */
import { Keyboard, LayoutGrid, Plus, Redo2, Search, StickyNote, Undo2 } from "lucide-react";
import { IconButton } from "@/ui/Button";
import { useEditor } from "../store";
import type { Commands } from "./commands";
import { shownKeys } from "./keyboard";
import { useCanvasUi } from "./ui";

const SIZE = "size-4";

export function Toolbar({ commands }: { commands: Commands }) {
  const undoLabel = useEditor((state) => state.past.at(-1)?.label);
  const redoLabel = useEditor((state) => state.future.at(-1)?.label);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const isEmpty = useEditor((state) => state.document.nodes.length === 0);
  const open = useCanvasUi((state) => state.open);
  return (
    <div role="toolbar" aria-label="Canvas" className="absolute top-2 left-2 z-10 flex items-center gap-0.5 rounded-lg border border-line bg-raised p-0.5 shadow-sm">
      {!isReadOnly && (
        <>
          <IconButton label="Add a block" shortcut="Tab" icon={<Plus className={SIZE} aria-hidden />} onClick={() => commands.quickAdd()} />
          <IconButton label="Add a note" shortcut="N" icon={<StickyNote className={SIZE} aria-hidden />} onClick={() => commands.addNote()} />
          <IconButton label={undoLabel ? `Undo: ${undoLabel}` : "Undo"} shortcut={shownKeys("Mod+Z")} disabled={!undoLabel} icon={<Undo2 className={SIZE} aria-hidden />} onClick={commands.undo} />
          <IconButton label={redoLabel ? `Redo: ${redoLabel}` : "Redo"} shortcut={shownKeys("Mod+Shift+Z")} disabled={!redoLabel} icon={<Redo2 className={SIZE} aria-hidden />} onClick={commands.redo} />
          <IconButton label="Tidy up" shortcut="T" disabled={isEmpty} icon={<LayoutGrid className={SIZE} aria-hidden />} onClick={() => void commands.tidy()} />
        </>
      )}
      <IconButton label="Search in this agent" shortcut={shownKeys("Mod+F")} disabled={isEmpty} icon={<Search className={SIZE} aria-hidden />} onClick={() => open({ isSearchOpen: true })} />
      <IconButton label="Shortcuts" shortcut="?" icon={<Keyboard className={SIZE} aria-hidden />} onClick={() => open({ isHelpOpen: true })} />
    </div>
  );
}
