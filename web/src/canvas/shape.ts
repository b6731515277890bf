/**
 * The shape of a node on the canvas: its size, and where each pin is. It follows from the document alone, so that a node need not be drawn
 * to be measured: a large graph opens at once, links know their ends, and the layout knows every size.
 */
import type { BlockSpec } from "@/blocks/blocks";
import type { GraphDocument, GraphNode } from "@/graph/document";
import { inputPins, outputPins, type Pin } from "@/graph/pins";

export const WIDTH = 264;
export const HEADER = 46;
export const ROW = 25;
export const FOOT = 26;
const PADDING = 5;
/** The size of a handle; the same number stands in `canvas.css`. */
export const HANDLE = 12;
export const NOTE_SIZE = { width: 260, height: 130 };

export type Row = { side: "input" | "output"; pin: Pin; y: number };
export type Shape = {
  width: number;
  height: number;
  rows: Row[];
  /** Advanced pins that are not shown. */
  hiddenCount: number;
  /** Whether there is anything to show or hide. */
  canExpand: boolean;
  isExpanded: boolean;
};

/** `extra` are names of dynamic pins that were begun on the canvas and have no link yet. */
export function shapeOf(node: GraphNode, document: GraphDocument, block: BlockSpec | undefined, extra: readonly string[] = []): Shape {
  const isExpanded = node.metadata?.shows_advanced === true;
  const inputs = withExtra(inputPins(node, document, block), extra);
  const advanced = inputs.filter((pin) => pin.isAdvanced && !pin.isLinked && !pin.isHidden);
  const shown = inputs.filter((pin) => !pin.isHidden && (isExpanded || !pin.isAdvanced || pin.isLinked));
  const outputs = outputPins(node, document, block).filter((pin) => !pin.isHidden);
  let y = HEADER + PADDING;
  const rows: Row[] = [];
  for (const [side, pins] of [["input", shown], ["output", outputs]] as const) {
    for (const pin of pins) {
      rows.push({ side, pin, y });
      y += ROW;
    }
  }
  const canExpand = advanced.length > 0;
  return { width: WIDTH, height: y + PADDING + (canExpand ? FOOT : 0), rows, hiddenCount: isExpanded ? 0 : advanced.length, canExpand, isExpanded };
}

function withExtra(pins: Pin[], extra: readonly string[]): Pin[] {
  if (extra.length === 0) return pins;
  const there = new Set(pins.map((pin) => pin.name));
  return pins.flatMap((pin) => [
    pin,
    ...extra
      .filter((name) => !there.has(name) && name.startsWith(`${pin.name}_`) && /^_[$#@]_/.test(name.slice(pin.name.length)))
      .map((name): Pin => ({ ...pin, name, title: name.slice(pin.name.length + 3), schema: {}, type: "any", isRequired: false, isAdvanced: false, isDynamic: true, isLinked: false })),
  ]);
}

export function noteSize(node: GraphNode): { width: number; height: number } {
  const size = node.metadata?.size as { width?: number; height?: number } | undefined;
  return { width: size?.width ?? NOTE_SIZE.width, height: size?.height ?? NOTE_SIZE.height };
}
