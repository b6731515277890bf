/** What React Flow says was done with the pointer, brought into the document: moves when they end, sizes of notes, and the selection. */
import type { EdgeChange, NodeChange } from "@xyflow/react";
import { useCallback, useRef, useState } from "react";
import type { FlowEdge, FlowNode } from "@/canvas/flow";
import type { Position } from "@/graph/document";
import { moveNodes, updateNode } from "@/graph/edits";
import { groupsOf } from "@/graph/groups";
import { useEditor } from "../store";

const NOWHERE: ReadonlyMap<string, Position> = new Map();
const GROUP = "group:";

export function useChanges(nodes: () => FlowNode[]) {
  const [places, setPlaces] = useState(NOWHERE);
  const dragged = useRef<Map<string, Position>>(new Map());
  // Where groups were when they were taken: their nodes move by the same way.
  const groupsBegan = useRef<Map<string, Position>>(new Map());

  const onNodesChange = useCallback((changes: NodeChange<FlowNode>[]) => {
    chooseNodes(changes);
    resize(changes);
    let isMoving = false;
    let isOver = false;
    const moved = changes.filter((one) => one.type === "position" && one.position);
    const own = moved.filter((one) => one.type === "position" && !one.id.startsWith(GROUP));
    for (const one of moved) {
      if (one.type !== "position" || !one.position) continue;
      if (one.id.startsWith(GROUP)) {
        if (own.length === 0) moveGroup(one.id, one.position, nodes(), groupsBegan.current, dragged.current);
      } else dragged.current.set(one.id, one.position);
      isMoving = true;
    }
    for (const one of changes) if (one.type === "position" && one.dragging === false) isOver = true;
    if (isOver && dragged.current.size > 0) {
      const ended = dragged.current;
      dragged.current = new Map();
      groupsBegan.current = new Map();
      useEditor.getState().change("Move", (now) => moveNodes(now, ended));
      setPlaces(NOWHERE);
    } else if (isMoving) setPlaces(new Map(dragged.current));
  }, [nodes]);

  const onEdgesChange = useCallback((changes: EdgeChange<FlowEdge>[]) => {
    const { selection, select } = useEditor.getState();
    const links = new Set(selection.links);
    for (const one of changes) if (one.type === "select") one.selected ? links.add(one.id) : links.delete(one.id);
    select(selection.nodes, links);
  }, []);

  return { places, onNodesChange, onEdgesChange };
}

function chooseNodes(changes: NodeChange<FlowNode>[]): void {
  const { selection, select, document } = useEditor.getState();
  const chosen = changes.filter((one) => one.type === "select");
  if (chosen.length === 0) return;
  const ids = new Set(selection.nodes);
  const groups = groupsOf(document);
  // Groups first: what is said of a node itself counts more.
  for (const one of [...chosen].sort((a, b) => Number(b.id.startsWith(GROUP)) - Number(a.id.startsWith(GROUP)))) {
    const members = one.id.startsWith(GROUP) ? (groups.find((group) => `${GROUP}${group.id}` === one.id)?.members ?? []) : [one.id];
    for (const id of members) one.selected ? ids.add(id) : ids.delete(id);
  }
  select(ids, selection.links);
}

function moveGroup(id: string, to: Position, drawn: FlowNode[], began: Map<string, Position>, dragged: Map<string, Position>): void {
  const { document } = useEditor.getState();
  const group = groupsOf(document).find((one) => `${GROUP}${one.id}` === id);
  const before = began.get(id) ?? drawn.find((node) => node.id === id)?.position;
  if (!group || !before) return;
  began.set(id, before);
  const members = new Set(group.members);
  for (const node of document.nodes) {
    if (!members.has(node.id)) continue;
    const place = node.metadata.position ?? { x: 0, y: 0 };
    dragged.set(node.id, { x: place.x + to.x - before.x, y: place.y + to.y - before.y });
  }
}

/** A note is drawn out: its size is in the document while it is. */
function resize(changes: NodeChange<FlowNode>[]): void {
  for (const one of changes) {
    if (one.type !== "dimensions" || !one.dimensions || one.resizing === undefined) continue;
    const size = { width: Math.round(one.dimensions.width), height: Math.round(one.dimensions.height) };
    useEditor.getState().change("Resize a note", (now) => updateNode(now, one.id, (node) => ({ ...node, metadata: { ...node.metadata, size } })), { merge: `resize:${one.id}` });
  }
}
