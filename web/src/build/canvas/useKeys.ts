/** Keys and the clipboard of the canvas: only while it has the focus, and never while somebody types into a field. */
import { type KeyboardEvent, type RefObject, useCallback, useEffect } from "react";
import { useEditor } from "../store";
import type { Commands } from "./commands";
import { isTyping, shortcutOf } from "./keyboard";

export function useKeys(commands: Commands, element: RefObject<HTMLElement | null>) {
  useEffect(() => {
    /** Whether the canvas is meant: it has the focus, or nothing has and it is the screen. */
    const isMeant = () => {
      const focused = document.activeElement;
      if (isTyping(focused) || window.getSelection()?.toString()) return false;
      return focused === null || focused === document.body || element.current?.contains(focused) === true;
    };
    const copy = (event: ClipboardEvent) => {
      const text = isMeant() ? commands.copyText() : null;
      if (text === null) return;
      event.preventDefault();
      event.clipboardData?.setData("text/plain", text);
      if (event.type === "cut") commands.remove();
    };
    const paste = (event: ClipboardEvent) => {
      if (!isMeant() || useEditor.getState().isReadOnly) return;
      if (commands.pasteText(event.clipboardData?.getData("text/plain") ?? "")) event.preventDefault();
    };
    // Undo and the like are meant for the agent also where nothing has the focus, such as after a node was deleted.
    const atLarge = (event: globalThis.KeyboardEvent) => {
      if (event.target === document.body) run(event, commands);
    };
    document.addEventListener("copy", copy);
    document.addEventListener("cut", copy);
    document.addEventListener("paste", paste);
    document.addEventListener("keydown", atLarge);
    return () => {
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", copy);
      document.removeEventListener("paste", paste);
      document.removeEventListener("keydown", atLarge);
    };
  }, [commands, element]);

  return useCallback(
    (event: KeyboardEvent) => {
      // Dialogs and menus are portals: React brings their keys here as well.
      if (!element.current?.contains(event.target as Element)) return;
      if (isTyping(event.target)) return;
      const isButton = (event.target as Element).closest("button") !== null;
      if (isButton && (event.key === "Enter" || event.key === " " || event.key === "Tab")) return;
      if ((event.key === "Enter" || event.key === " ") && !isChosen(event.target as Element)) return;
      run(event, commands);
    },
    [commands, element],
  );
}

/** Whether what has the focus is chosen already; else React Flow chooses it on Enter. */
function isChosen(target: Element): boolean {
  if (target.closest(".react-flow__edge")) return false;
  const id = target.closest<HTMLElement>(".react-flow__node")?.dataset.id;
  return id === undefined || useEditor.getState().selection.nodes.has(id);
}

type Key = Pick<globalThis.KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey" | "preventDefault" | "stopPropagation">;

function run(event: Key, commands: Commands): void {
  const shortcut = shortcutOf(event);
  if (!shortcut?.act) return;
  event.preventDefault();
  event.stopPropagation();
  shortcut.act(commands);
}
