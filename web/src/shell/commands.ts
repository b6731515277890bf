/** Commands that a screen adds to the palette while it is shown, such as the nodes of the agent that is being built. */
import { useEffect, useRef } from "react";
import { create } from "zustand";

export type Command = {
  id: string;
  /** What is read and searched. */
  label: string;
  /** Under which heading it stands. */
  group: string;
  hint?: string;
  shortcut?: string;
  act: () => void;
};

type Sources = { sources: ReadonlyMap<object, readonly Command[]>; isOpen: boolean };

export const usePalette = create<Sources>(() => ({ sources: new Map(), isOpen: false }));

export const openPalette = (isOpen = true): void => usePalette.setState({ isOpen });

/** Add commands as long as the caller is shown. Give the same list while nothing changes (`useMemo`). */
export function useCommands(commands: readonly Command[]): void {
  const key = useRef({});
  useEffect(() => {
    const mine = key.current;
    usePalette.setState(({ sources }) => ({ sources: new Map(sources).set(mine, commands) }));
    return () => {
      usePalette.setState(({ sources }) => {
        const rest = new Map(sources);
        rest.delete(mine);
        return { sources: rest };
      });
    };
  }, [commands]);
}

/** Those that fit what was typed: each word is somewhere in them; the ones that begin with it go first, in their own order. */
export function fitting<Item extends { label: string; group: string; hint?: string }>(commands: readonly Item[], typed: string): Item[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...commands];
  const scored = commands.flatMap((one, order) => {
    const label = one.label.toLowerCase();
    const all = `${label} ${one.group} ${one.hint ?? ""}`.toLowerCase();
    if (!words.every((word) => all.includes(word))) return [];
    const first = words[0] ?? "";
    const rank = label.startsWith(first) ? 0 : label.split(/\s+/).some((word) => word.startsWith(first)) ? 1 : 2;
    return [{ one, rank, order }];
  });
  return scored.sort((a, b) => a.rank - b.rank || a.order - b.order).map(({ one }) => one);
}

/** The id of a run that somebody pasted: as our addresses have it, or the plain one of logs and of Temporal; else null. */
export function runIdIn(typed: string): string | null {
  const text = typed.trim();
  const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i.exec(text)?.[0];
  if (uuid) return idOf(`Run:${uuid.toLowerCase()}`);
  const last = text.split("/").at(-1) ?? "";
  if (!/^[\w-]{20,}$/.test(last)) return null;
  try {
    return atob(last.replaceAll("-", "+").replaceAll("_", "/")).startsWith("Run:") ? last : null;
  } catch {
    return null;
  }
}

/** As `api/graphql/ids.py` writes ids: base64url without padding. */
function idOf(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
