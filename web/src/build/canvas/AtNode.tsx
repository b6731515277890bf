/** The menu at a node or at the empty canvas, and the field for a node's name. */
import { Bot, ClipboardPaste, Copy, CopyPlus, FlaskConical, Group, LayoutGrid, Link2, PencilLine, Play, Plus, Power, RotateCcw, SlidersHorizontal, StickyNote, Trash2, Ungroup } from "lucide-react";
import { type FormEvent, useState } from "react";
import { AGENT_BLOCK, type Blocks } from "@/blocks/blocks";
import { isNote } from "@/canvas/flow";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/fields";
import { itemsIf, Menu, type MenuItem } from "@/ui/Menu";
import { copied } from "@/ui/copy";
import { notify } from "@/ui/toasts";
import { nodeOf, setTitle } from "@/graph/edits";
import { groupIdOf } from "@/graph/groups";
import { titleOf } from "@/graph/pins";
import { blockTitle } from "@/graph/words";
import { useNodeRuns } from "../run/nodeRuns";
import { useEditor } from "../store";
import type { Commands } from "./commands";
import { isMac, shownKeys } from "./keyboard";
import { useCanvasUi } from "./ui";

const ICON = "size-4";

export function AtNode({ commands, blocks }: { commands: Commands; blocks: Blocks }) {
  return (
    <>
      <PointMenu commands={commands} blocks={blocks} />
      <Rename commands={commands} blocks={blocks} />
    </>
  );
}

function PointMenu({ commands, blocks }: { commands: Commands; blocks: Blocks }) {
  const menu = useCanvasUi((state) => state.menu);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const items = menu?.nodeId ? nodeItems(menu.nodeId, commands, blocks, isReadOnly) : isReadOnly ? [] : paneItems(commands, menu?.at ?? { x: 0, y: 0 });
  const close = () => {
    if (menu?.nodeId) commands.focusNode(menu.nodeId);
    useCanvasUi.getState().open({ menu: null });
  };
  if (!menu || items.length === 0) return null;
  return (
    <Menu key={`${menu.at.x}:${menu.at.y}`} items={items} align="start" isOpen onOpenChange={(isOpen) => !isOpen && close()}>
      <button type="button" tabIndex={-1} aria-label="Menu" className="pointer-events-none fixed size-px opacity-0" style={{ left: menu.at.x, top: menu.at.y }} />
    </Menu>
  );
}

function paneItems(commands: Commands, at: { x: number; y: number }): MenuItem[] {
  const place = commands.toFlow(at);
  return [
    { label: "Add a block here", icon: <Plus className={ICON} />, shortcut: "Tab", act: () => commands.quickAdd({ at, place }) },
    { label: "Add a note here", icon: <StickyNote className={ICON} />, shortcut: "N", act: () => commands.addNote(place) },
    { label: "Paste", icon: <ClipboardPaste className={ICON} />, shortcut: shownKeys("Mod+V"), act: () => void pasteHere(commands, place) },
    { label: "Choose everything", shortcut: shownKeys("Mod+A"), act: commands.selectAll },
    { label: "Tidy up", icon: <LayoutGrid className={ICON} />, shortcut: "T", act: () => void commands.tidy() },
  ];
}

/** The browser asks whether this page may read the clipboard; the keys do not need that. */
async function pasteHere(commands: Commands, place: { x: number; y: number }): Promise<void> {
  const keys = isMac ? "⌘ V" : "Ctrl V";
  try {
    const text = await navigator.clipboard.readText();
    if (!commands.pasteText(text, place)) notify({ kind: "info", title: "There are no nodes in the clipboard", text: "Copy some nodes, or the JSON of an agent, first." });
  } catch {
    notify({ kind: "info", title: "The browser did not let this page read the clipboard", text: `Press ${keys} on the canvas instead.` });
  }
}

function nodeItems(id: string, commands: Commands, blocks: Blocks, isReadOnly: boolean): MenuItem[] {
  const { document, selection } = useEditor.getState();
  const node = nodeOf(document, id);
  if (!node) return [];
  const open: MenuItem[] = node.block_id === AGENT_BLOCK ? [{ label: "Look into this agent", icon: <Bot className={ICON} />, shortcut: "Enter", act: () => commands.openNode(id) }] : [];
  const runs = isNote(node, blocks.get(node.block_id), document) || selection.nodes.size > 1 ? [] : runItems(id, node.is_disabled === true);
  if (isReadOnly) return [...open, ...runs];
  const ui = useCanvasUi.getState();
  const one: MenuItem[] = [
    { label: "Edit", icon: <SlidersHorizontal className={ICON} />, act: () => useEditor.getState().focus({ nodeId: id, pin: null }) },
    { label: "Rename", icon: <PencilLine className={ICON} />, shortcut: "F2", act: () => ui.open({ renaming: id }) },
    { label: "Link", icon: <Link2 className={ICON} />, shortcut: "L", isDisabled: isNote(node, blocks.get(node.block_id), document), act: () => ui.open({ linkFrom: id }) },
    { label: node.metadata.shows_advanced ? "Hide advanced inputs" : "Show advanced inputs", act: () => commands.toggleAdvanced(id) },
  ];
  return [
    ...open,
    ...(selection.nodes.size > 1 ? [] : one),
    { label: node.is_disabled ? "Switch on" : "Switch off", icon: <Power className={ICON} />, shortcut: "D", hint: node.is_disabled ? undefined : "A run leaves it out.", act: commands.toggleDisabled },
    "separator",
    ...runs,
    "separator",
    { label: "Copy", icon: <Copy className={ICON} />, shortcut: shownKeys("Mod+C"), act: () => void copyChosen(commands) },
    { label: "Duplicate", icon: <CopyPlus className={ICON} />, shortcut: shownKeys("Mod+D"), act: commands.duplicate },
    groupIdOf(node) === null
      ? { label: "Group", icon: <Group className={ICON} />, shortcut: "G", act: () => commands.group() }
      : { label: "Take out of its group", icon: <Ungroup className={ICON} />, shortcut: shownKeys("Shift+G"), act: commands.ungroup },
    "separator",
    { label: "Delete", icon: <Trash2 className={ICON} />, isDangerous: true, shortcut: "Del", act: commands.remove },
  ];
}

function runItems(id: string, isDisabled: boolean): MenuItem[] {
  const { only, until, from } = useNodeRuns.getState();
  return [
    ...itemsIf(only !== null, { label: "Run this node", icon: <FlaskConical className={ICON} />, hint: "By itself, with inputs that you give.", act: () => only?.(id) }),
    ...itemsIf(until !== null, { label: "Run until here", icon: <Play className={ICON} />, hint: "It, and what leads to it.", isDisabled, act: () => until?.(id) }),
    ...itemsIf(from?.can(id) ?? false, { label: "Run from here", icon: <RotateCcw className={ICON} />, hint: "The run that is shown goes on from it.", act: () => from?.act(id) }),
  ];
}

async function copyChosen(commands: Commands): Promise<void> {
  if (!(await copied(commands.copyText() ?? ""))) {
    notify({ kind: "info", title: "The browser did not let this page write the clipboard", text: `Press ${shownKeys("Mod+C")} on the canvas instead.` });
  }
}

function Rename({ commands, blocks }: { commands: Commands; blocks: Blocks }) {
  const id = useCanvasUi((state) => state.renaming);
  const close = () => {
    useCanvasUi.getState().open({ renaming: null });
    if (id) commands.focusNode(id);
  };
  return (
    <Dialog isOpen={id !== null} onClose={close} title="Rename the node" size="small">
      {id && <RenameForm key={id} id={id} blocks={blocks} close={close} />}
    </Dialog>
  );
}

function RenameForm({ id, blocks, close }: { id: string; blocks: Blocks; close: () => void }) {
  const node = nodeOf(useEditor.getState().document, id);
  const block = node && blocks.get(node.block_id);
  const [name, setName] = useState(node ? (node.metadata.customized_name ?? titleOf(node, block)) : "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The block's own name is no name of the node's own.
    const isOwn = !block || name.trim() !== blockTitle(block);
    useEditor.getState().change("Rename", (now) => setTitle(now, id, isOwn ? name : ""));
    close();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <TextField autoFocus label="Name" maxLength={120} value={name} onChange={(event) => setName(event.target.value)} onFocus={(event) => event.target.select()} help={block ? `Empty: ${blockTitle(block)}` : undefined} />
      <div className="flex justify-end gap-2">
        <Button onClick={close}>Cancel</Button>
        <Button type="submit" look="primary">Rename</Button>
      </div>
    </form>
  );
}
