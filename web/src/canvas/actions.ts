/** What one can do on a canvas that may be changed; null on one that only shows. */
import { createContext, useContext } from "react";

export type Anchor = { x: number; y: number };

export type CanvasActions = {
  toggleAdvanced: (nodeId: string) => void;
  rename: (nodeId: string, title: string) => void;
  setNote: (nodeId: string, text: string) => void;
  resizeNote: (nodeId: string, size: { width: number; height: number }) => void;
  renameGroup: (groupId: string, title: string) => void;
  ungroup: (groupId: string) => void;
  /** Begin a pin for a key or an item of another pin; it is kept in the document once it is linked. */
  addPart: (nodeId: string, pin: string, key: string) => void;
  /** Offer blocks that fit a pin, beside it. */
  addFrom: (nodeId: string, side: "input" | "output", pin: string, at: Anchor) => void;
  insertOn: (linkId: string, at: Anchor) => void;
  removeLink: (linkId: string) => void;
  openAgent: (nodeId: string) => void;
  openMenu: (nodeId: string, at: Anchor) => void;
};

export const CanvasContext = createContext<CanvasActions | null>(null);

export const useActions = (): CanvasActions | null => useContext(CanvasContext);
