/** The keys of the canvas: one table, which the overlay of shortcuts shows too. Keys in a field are the field's own. */
import type { Commands } from "./commands";
import { useCanvasUi } from "./ui";
import { useEditor } from "../store";

export type Shortcut = { keys: string; text: string; group: string; act?: (commands: Commands) => void };

/** `Mod` is Ctrl, and Cmd on a Mac. */
export const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

const STEP = 10;
const FAR_STEP = 50;
const ui = () => useCanvasUi.getState();
const chosenOne = (): string | null => {
  const { nodes } = useEditor.getState().selection;
  return nodes.size === 1 ? ([...nodes][0] ?? null) : null;
};
const on = (act: (id: string) => void) => () => {
  const id = chosenOne();
  if (id) act(id);
};

export const SHORTCUTS: Shortcut[] = [
  { keys: "Tab", group: "Add", text: "Add a block", act: (commands) => commands.quickAdd() },
  { keys: "N", group: "Add", text: "Add a note", act: (commands) => commands.addNote() },
  { keys: "L", group: "Add", text: "Link the chosen node", act: on((id) => ui().open({ linkFrom: id })) },
  { keys: "Mod+D", group: "Add", text: "Duplicate", act: (commands) => commands.duplicate() },
  { keys: "Mod+C", group: "Add", text: "Copy" },
  { keys: "Mod+X", group: "Add", text: "Cut" },
  { keys: "Mod+V", group: "Add", text: "Paste" },
  { keys: "Enter", group: "Change", text: "Edit the chosen node, or open its agent", act: (commands) => on((id) => commands.openNode(id))() },
  { keys: "F2", group: "Change", text: "Rename the chosen node", act: on((id) => ui().open({ renaming: id })) },
  { keys: "D", group: "Change", text: "Switch nodes off or on", act: (commands) => commands.toggleDisabled() },
  { keys: "G", group: "Change", text: "Group the chosen nodes", act: (commands) => commands.group() },
  { keys: "Shift+G", group: "Change", text: "Take the group apart", act: (commands) => commands.ungroup() },
  { keys: "Delete", group: "Change", text: "Delete what is chosen", act: (commands) => commands.remove() },
  { keys: "Backspace", group: "Change", text: "Delete what is chosen", act: (commands) => commands.remove() },
  { keys: "Mod+Z", group: "Change", text: "Undo", act: (commands) => commands.undo() },
  { keys: "Mod+Shift+Z", group: "Change", text: "Redo", act: (commands) => commands.redo() },
  { keys: "Mod+Y", group: "Change", text: "Redo", act: (commands) => commands.redo() },
  { keys: "Mod+A", group: "Choose", text: "Choose everything", act: (commands) => commands.selectAll() },
  { keys: "Escape", group: "Choose", text: "Choose nothing", act: () => useEditor.getState().select([]) },
  { keys: "M", group: "Choose", text: "What to do with the chosen node", act: on((id) => openMenu(id)) },
  ...walks(),
  ...moves(),
  { keys: "Mod+F", group: "See", text: "Search in this agent", act: () => ui().open({ isSearchOpen: true }) },
  { keys: "T", group: "See", text: "Tidy up", act: (commands) => void commands.tidy() },
  { keys: "0", group: "See", text: "See the whole agent", act: (commands) => commands.fit() },
  { keys: "?", group: "See", text: "These shortcuts", act: () => ui().open({ isHelpOpen: true }) },
  { keys: "F6", group: "See", text: "Go to the next part of the screen" },
];

function openMenu(id: string): void {
  const box = window.document.querySelector(`.react-flow__node[data-id="${CSS.escape(id)}"]`)?.getBoundingClientRect();
  if (box) ui().open({ menu: { at: { x: box.left + 24, y: box.top + 24 }, nodeId: id } });
}

function walks(): Shortcut[] {
  return [
    { keys: "Alt+ArrowRight", group: "Choose", text: "Choose the next node to the right", act: (commands) => commands.walk({ x: 1, y: 0 }) },
    { keys: "Alt+ArrowLeft", group: "Choose", text: "Choose the next node to the left", act: (commands) => commands.walk({ x: -1, y: 0 }) },
    { keys: "Alt+ArrowDown", group: "Choose", text: "Choose the next node below", act: (commands) => commands.walk({ x: 0, y: 1 }) },
    { keys: "Alt+ArrowUp", group: "Choose", text: "Choose the next node above", act: (commands) => commands.walk({ x: 0, y: -1 }) },
  ];
}

function moves(): Shortcut[] {
  const directions = { ArrowRight: { x: 1, y: 0 }, ArrowLeft: { x: -1, y: 0 }, ArrowDown: { x: 0, y: 1 }, ArrowUp: { x: 0, y: -1 } };
  return Object.entries(directions).flatMap(([key, { x, y }]) => [
    { keys: key, group: "Change", text: "Move the chosen nodes", act: (commands: Commands) => commands.move({ x: x * STEP, y: y * STEP }) },
    { keys: `Shift+${key}`, group: "Change", text: "Move them further", act: (commands: Commands) => commands.move({ x: x * FAR_STEP, y: y * FAR_STEP }) },
  ]);
}

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** What was pressed, as the table has it: "Mod+Shift+Z". A sign that needs Shift (`?`) is itself. */
export function keysOf(event: Pressed): string {
  const isLetter = /^[a-z]$/i.test(event.key);
  const isSign = event.key.length === 1 && !isLetter && event.key !== " ";
  const parts = [(event.ctrlKey || event.metaKey) && "Mod", event.altKey && "Alt", event.shiftKey && !isSign && "Shift", isLetter ? event.key.toUpperCase() : event.key];
  return parts.filter(Boolean).join("+");
}

const BY_KEYS = new Map(SHORTCUTS.filter((one) => one.act).map((one) => [one.keys, one]));

export const shortcutOf = (event: Pressed): Shortcut | undefined => BY_KEYS.get(keysOf(event));

/** Whether keys go to a field: what is typed there is text. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

const SIGNS: Record<string, string> = { ArrowRight: "→", ArrowLeft: "←", ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };

/** The keys as they stand on the keyboard. */
export const shownKeys = (keys: string): string => keys.split("+").map((key) => (key === "Mod" ? (isMac ? "⌘" : "Ctrl") : (SIGNS[key] ?? key))).join(" ");
