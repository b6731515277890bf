/** What is open on the canvas and belongs to nobody's document: the quick add, the search, pins that were begun, a menu. */
import { create } from "zustand";
import type { Position } from "@/graph/document";
import { baseName } from "@/graph/pins";
import type { Dragged } from "../palette/offers";

export type ScreenPoint = { x: number; y: number };
export type PinPlace = { nodeId: string; side: "input" | "output"; pin: string };

export type QuickAddRequest = {
  /** Where it opens on the screen. */
  at: ScreenPoint;
  /** Where the new node goes; absent: where there is room. */
  place?: Position;
  /** Offer only what fits this pin, and link it. */
  from?: PinPlace;
  /** Offer only what fits into this link. */
  onLink?: string;
};

type CanvasUi = {
  quickAdd: QuickAddRequest | null;
  /** The node whose pin is to be linked by the keyboard. */
  linkFrom: string | null;
  menu: { at: ScreenPoint; nodeId: string | null } | null;
  isSearchOpen: boolean;
  isHelpOpen: boolean;
  renaming: string | null;
  /** The nodes through which one looks into agents within this one. */
  inside: readonly string[];
  extraPins: ReadonlyMap<string, readonly string[]>;
  /** Adds a node to the canvas, for what lies beside it; the canvas puts it here while it is there. */
  add: ((what: Dragged) => void) | null;
  setAdd: (add: ((what: Dragged) => void) | null) => void;
  open: (what: Partial<Pick<CanvasUi, "quickAdd" | "linkFrom" | "menu" | "isSearchOpen" | "isHelpOpen" | "renaming" | "inside">>) => void;
  addPin: (nodeId: string, pin: string) => void;
  reset: () => void;
};

const CLOSED = { quickAdd: null, linkFrom: null, menu: null, isSearchOpen: false, isHelpOpen: false, renaming: null, inside: [] as string[] };

export const useCanvasUi = create<CanvasUi>((set) => ({
  ...CLOSED,
  extraPins: new Map(),
  add: null,
  setAdd: (add) => set({ add }),
  open: (what) => set(what),
  addPin: (nodeId, pin) =>
    set(({ extraPins }) => {
      const names = extraPins.get(nodeId) ?? [];
      return names.includes(pin) ? {} : { extraPins: new Map(extraPins).set(nodeId, [...names, pin]) };
    }),
  reset: () => set({ ...CLOSED, extraPins: new Map() }),
}));

/** The name of a new part of a list or an object: `values_#_city`, or the next free `list_$_2`. */
export function partName(pin: string, key: string, taken: readonly string[]): string {
  if (key) return `${pin}_#_${key}`;
  const used = taken.filter((name) => baseName(name) === pin).map((name) => Number(name.slice(pin.length + 3)));
  return `${pin}_$_${Math.max(-1, ...used.filter(Number.isInteger)) + 1}`;
}
