/** What one can do in the editor, each under one name: the keyboard, the menus and the tool bar call the same. */
import type { ReactFlowInstance } from "@xyflow/react";
import { AGENT_BLOCK, type Blocks } from "@/blocks/blocks";
import { NOTE_SIZE, noteSize, shapeOf } from "@/canvas/shape";
import { isNote } from "@/canvas/flow";
import { clipOf, duplicate, paste, readClip, textOfClip } from "@/graph/clip";
import type { GraphDocument, GraphNode, Position } from "@/graph/document";
import { addLink, addNode, insertOnLink, moveNodes, newLink, newNode, nodeOf, removeLinks, removeNodes, toggleDisabled, updateNode } from "@/graph/edits";
import { groupNodes, ungroupNodes } from "@/graph/groups";
import { layOut, type Size } from "@/graph/layout";
import { notify } from "@/ui/toasts";
import type { Dragged } from "../palette/offers";
import { useEditor } from "../store";
import { endsOf, fitOf, isStaticSource, matches, schemaOf } from "./links";
import { type QuickAddRequest, useCanvasUi } from "./ui";

/** Pixels between a node that is shown and the edge of the canvas. */
const MARGIN = 24;
/** What is left free around a node that is added, and how often a place is looked for. */
const GAP = 24;
const TRIES = 100;

export type Commands = ReturnType<typeof makeCommands>;

export function makeCommands(flow: ReactFlowInstance, blocks: Blocks, element: () => HTMLElement | null) {
  const editor = () => useEditor.getState();
  const chosen = () => editor().selection.nodes;

  const sizeOf = (node: GraphNode, document: GraphDocument): Size => {
    const block = blocks.get(node.block_id);
    if (isNote(node, block, document)) return noteSize(node);
    const { width, height } = shapeOf(node, document, block, useCanvasUi.getState().extraPins.get(node.id));
    return { width, height };
  };

  /** The middle of what is seen, in the canvas's own measure. */
  const middle = (): Position => {
    const box = element()?.getBoundingClientRect() ?? new DOMRect(0, 0, 800, 600);
    return flow.screenToFlowPosition({ x: box.left + box.width / 2, y: box.top + box.height / 2 });
  };

  /** The place nearest below `at` where a node of this size covers no other. */
  const free = (at: Position, size: Size): Position => {
    const { document } = editor();
    const boxes = document.nodes.map((node) => ({ ...(node.metadata.position ?? { x: 0, y: 0 }), ...sizeOf(node, document) }));
    let { y } = at;
    for (let tries = 0; tries < TRIES; tries++) {
      const covered = boxes.filter((one) => at.x < one.x + one.width + GAP && one.x < at.x + size.width + GAP && y < one.y + one.height + GAP && one.y < y + size.height + GAP);
      if (covered.length === 0) break;
      y = Math.max(...covered.map((one) => one.y + one.height)) + GAP;
    }
    return { x: at.x, y };
  };

  /** Show a node: the view moves only where it cannot be seen. */
  const show = (id: string, { isCentred = false } = {}): void => {
    const node = nodeOf(editor().document, id);
    const box = element()?.getBoundingClientRect();
    if (!node || !box) return;
    const place = node.metadata.position ?? { x: 0, y: 0 };
    const size = sizeOf(node, editor().document);
    const { x, y } = flow.flowToScreenPosition(place);
    const zoom = flow.getZoom();
    if (isCentred) return void flow.setCenter(place.x + size.width / 2, place.y + size.height / 2, { zoom: Math.max(zoom, 0.8), duration: 0 });
    const way = (from: number, length: number, low: number, high: number) => (from < low + MARGIN ? low + MARGIN - from : Math.min(0, high - MARGIN - from - length));
    const [dx, dy] = [way(x, size.width * zoom, box.left, box.right), way(y, size.height * zoom, box.top, box.bottom)];
    if (dx === 0 && dy === 0) return;
    const view = flow.getViewport();
    void flow.setViewport({ x: view.x + dx, y: view.y + dy, zoom });
  };

  /** Put the keyboard on a node, or on the canvas, once it is drawn; not while a dialog or a menu has it. */
  const focusNode = (id: string | undefined): void => {
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (window.document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]')) return;
        const node = id === undefined ? null : element()?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
        (node ?? element())?.focus({ preventScroll: true });
      }),
    );
  };
  /** Back to what is chosen. */
  const refocus = (): void => focusNode([...chosen()].at(-1));

  const add = (offer: Dragged, request: Omit<QuickAddRequest, "at"> = {}): string => {
    const { document } = editor();
    const node = newNode(offer.blockId, { x: 0, y: 0 }, offer.inputs);
    const placed = place(node, document, request);
    const edit = (now: GraphDocument): GraphDocument => linked(addNode(now, placed), placed, request) ?? addNode(now, placed);
    const inserted = request.onLink ? inserting(document, placed, request.onLink) : null;
    editor().change("Add a node", inserted ? () => inserted : edit, { select: [placed.id] });
    show(placed.id);
    focusNode(placed.id);
    return placed.id;
  };

  const place = (node: GraphNode, document: GraphDocument, { place: at, from, onLink }: Omit<QuickAddRequest, "at">): GraphNode => {
    const to = (position: Position): GraphNode => ({ ...node, metadata: { ...node.metadata, position: { x: Math.round(position.x), y: Math.round(position.y) } } });
    const size = sizeOf(node, document);
    if (at && from) return to({ x: from.side === "output" ? at.x : at.x - size.width, y: at.y - 60 });
    if (at) return to(at);
    const link = document.links.find((one) => one.id === onLink);
    const near = nodeOf(document, from?.nodeId ?? (link ? link.source_id : [...chosen()].at(-1)));
    if (!near) {
      const centre = middle();
      return to(free({ x: centre.x - size.width / 2, y: centre.y - size.height / 2 }, size));
    }
    const other = link && nodeOf(document, link.sink_id);
    if (other) {
      const [one, two] = [near.metadata.position ?? { x: 0, y: 0 }, other.metadata.position ?? { x: 0, y: 0 }];
      return to(free({ x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 }, size));
    }
    const side = from?.side ?? "output";
    const { x, y } = near.metadata.position ?? { x: 0, y: 0 };
    return to(free({ x: side === "output" ? x + sizeOf(near, document).width + 90 : x - size.width - 90, y }, size));
  };

  /** The document with the new node linked to the pin that it was added from, by the pin that fits best. */
  const linked = (document: GraphDocument, node: GraphNode, { from }: Omit<QuickAddRequest, "at">): GraphDocument | null => {
    const origin = from && nodeOf(document, from.nodeId);
    if (!from || !origin) return null;
    const schema = schemaOf(origin, document, blocks, from.side, from.pin);
    const [best] = matches(node, blocks.get(node.block_id), from.side === "output" ? "input" : "output", schema, from.pin);
    if (!best) return null;
    const ends = endsOf(from, node.id, best.pin.name);
    return addLink(document, newLink(ends, isStaticSource(document, blocks, ends.source_id)));
  };

  const inserting = (document: GraphDocument, node: GraphNode, linkId: string): GraphDocument | null => {
    const link = document.links.find((one) => one.id === linkId);
    const [source, sink] = [nodeOf(document, link?.source_id), nodeOf(document, link?.sink_id)];
    if (!link || !source || !sink) return null;
    const block = blocks.get(node.block_id);
    const [input] = matches(node, block, "input", schemaOf(source, document, blocks, "output", link.source_name), link.source_name);
    const [output] = matches(node, block, "output", schemaOf(sink, document, blocks, "input", link.sink_name), link.sink_name);
    return input && output ? insertOnLink(document, linkId, node, input.pin.name, output.pin.name, block?.isStatic === true) : null;
  };

  const link = (source: { id: string; pin: string }, sink: { id: string; pin: string }): boolean => {
    const { document, change } = editor();
    const ends = { source_id: source.id, source_name: source.pin, sink_id: sink.id, sink_name: sink.pin };
    const fit = fitOf(document, blocks, ends);
    if (!fit.isOk) {
      notify({ kind: "error", title: "This link was not made", text: fit.reason });
      return false;
    }
    change("Link", (now) => addLink(now, newLink(ends, isStaticSource(now, blocks, source.id))));
    return true;
  };

  const remove = (): void => {
    const { selection, change } = editor();
    if (selection.nodes.size + selection.links.size === 0) return;
    change(selection.nodes.size > 0 ? "Delete nodes" : "Remove links", (now) => removeNodes(removeLinks(now, selection.links), selection.nodes), { select: [] });
    element()?.focus({ preventScroll: true });
  };

  const copyText = (): string | null => (chosen().size > 0 ? textOfClip(clipOf(editor().document, chosen()), blocks) : null);

  /** Paste nodes around a point, or at it where somebody pointed there; all of them are seen afterwards. */
  const pasteText = (text: string, at?: Position): boolean => {
    const clip = readClip(text);
    if (!clip) return false;
    const { change, document } = editor();
    const around = extent(clip.nodes, document);
    const centre = middle();
    const pasted = paste(document, clip, blocks, at ?? free({ x: centre.x - around.width / 2, y: centre.y - around.height / 2 }, around));
    change("Paste", () => pasted.document, { select: pasted.ids });
    const ids = new Set(pasted.ids);
    showAll(extent(pasted.document.nodes.filter((node) => ids.has(node.id)), pasted.document));
    element()?.focus({ preventScroll: true });
    return true;
  };

  const extent = (nodes: GraphNode[], document: GraphDocument) => {
    const boxes = nodes.map((node) => ({ ...(node.metadata.position ?? { x: 0, y: 0 }), ...sizeOf(node, document) }));
    const [x, y] = [Math.min(...boxes.map((one) => one.x)), Math.min(...boxes.map((one) => one.y))];
    return { x, y, width: Math.max(...boxes.map((one) => one.x + one.width)) - x, height: Math.max(...boxes.map((one) => one.y + one.height)) - y };
  };

  const showAll = (bounds: { x: number; y: number; width: number; height: number }): void => {
    const box = element()?.getBoundingClientRect();
    if (!box) return;
    const [from, to] = [flow.flowToScreenPosition(bounds), flow.flowToScreenPosition({ x: bounds.x + bounds.width, y: bounds.y + bounds.height })];
    if (from.x < box.left || from.y < box.top || to.x > box.right || to.y > box.bottom) void flow.fitBounds(bounds, { padding: 0.1 });
  };

  const tidy = async (): Promise<void> => {
    const { document, opening } = editor();
    const ids = chosen().size > 1 ? chosen() : undefined;
    const sizes = new Map(document.nodes.filter((node) => !isNote(node, blocks.get(node.block_id), document)).map((node) => [node.id, sizeOf(node, document)]));
    const places = await layOut(document, sizes, ids);
    if (editor().opening !== opening) return;
    editor().change("Tidy up", (now) => moveNodes(now, places));
    if (!ids) fit();
  };

  const fit = (): void => void requestAnimationFrame(() => void flow.fitView({ padding: 0.12, maxZoom: 1 }));

  return {
    add,
    link,
    remove,
    copyText,
    pasteText,
    tidy,
    fit,
    show,
    focusNode,
    refocus,
    middle,
    toFlow: flow.screenToFlowPosition,
    toggleAdvanced: (id: string) =>
      editor().change("Show or hide advanced inputs", (now) =>
        updateNode(now, id, (node) => {
          const { shows_advanced: isShown, ...metadata } = node.metadata;
          return { ...node, metadata: isShown ? metadata : { ...metadata, shows_advanced: true } };
        }),
      ),
    focusCanvas: () => element()?.focus({ preventScroll: true }),
    undo: () => editor().undo(),
    redo: () => editor().redo(),
    selectAll: () => editor().select(editor().document.nodes.map((node) => node.id), editor().document.links.map((one) => one.id)),
    duplicate: () => {
      const copied = duplicate(editor().document, chosen(), blocks);
      if (copied.ids.length > 0) editor().change("Duplicate", () => copied.document, { select: copied.ids });
    },
    toggleDisabled: () => chosen().size > 0 && editor().change("Switch nodes on or off", (now) => toggleDisabled(now, chosen())),
    group: () => chosen().size > 0 && editor().change("Group", (now) => groupNodes(now, chosen())),
    ungroup: () => editor().change("Take a group apart", (now) => ungroupNodes(now, chosen())),
    move: (by: Position) => {
      const places = new Map(editor().document.nodes.filter((node) => chosen().has(node.id)).map((node) => [node.id, { x: (node.metadata.position?.x ?? 0) + by.x, y: (node.metadata.position?.y ?? 0) + by.y }]));
      editor().change("Move", (now) => moveNodes(now, places), { merge: `move:${[...places.keys()].join()}` });
    },
    addNote: (at?: Position) => {
      const note = [...blocks.values()].find((block) => block.kind === "NOTE");
      if (!note) return;
      const id = add({ blockId: note.uuid, inputs: { text: "" } }, { place: at ?? free(middle(), NOTE_SIZE) });
      requestAnimationFrame(() => requestAnimationFrame(() => element()?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"] textarea`)?.focus()));
    },
    /** Choose the nearest node in a direction: so the keyboard walks. */
    walk: (direction: Position) => {
      const id = nearest(editor().document, [...chosen()].at(-1), direction);
      if (!id) return;
      editor().select([id]);
      show(id);
      focusNode(id);
    },
    quickAdd: (request: Partial<QuickAddRequest> = {}) => {
      if (editor().isReadOnly) return;
      const box = element()?.getBoundingClientRect() ?? new DOMRect(0, 0, 800, 600);
      const at = request.at ?? { x: box.left + box.width / 2 - 190, y: box.top + Math.min(120, box.height / 5) };
      useCanvasUi.getState().open({ quickAdd: { ...request, at }, menu: null });
    },
    /** Look into the agent that a node runs; of any other node, go to its fields. */
    openNode: (id: string) => {
      const isAgentNode = nodeOf(editor().document, id)?.block_id === AGENT_BLOCK;
      if (isAgentNode) useCanvasUi.getState().open({ inside: [id], menu: null });
      else editor().focus({ nodeId: id, pin: null });
    },
  };
}

/** The node that lies nearest in a direction; without a node to begin from, the first one. */
export function nearest(document: GraphDocument, from: string | undefined, direction: Position): string | null {
  const place = (node: GraphNode) => node.metadata.position ?? { x: 0, y: 0 };
  const origin = nodeOf(document, from);
  if (!origin) return [...document.nodes].sort((one, other) => place(one).x - place(other).x || place(one).y - place(other).y)[0]?.id ?? null;
  let best: { id: string; cost: number } | null = null;
  for (const node of document.nodes) {
    const dx = place(node).x - place(origin).x;
    const dy = place(node).y - place(origin).y;
    const along = dx * direction.x + dy * direction.y;
    if (node.id === origin.id || along <= 0) continue;
    // What lies aside counts twice: straight ahead is meant first.
    const cost = along + 2 * Math.abs(dx * direction.y + dy * direction.x);
    if (!best || cost < best.cost) best = { id: node.id, cost };
  }
  return best?.id ?? null;
}
