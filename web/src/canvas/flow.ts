/**
 * A document as React Flow takes it. What did not change since the last time is the same object again, so that only what is new is drawn;
 * sizes and handles are given, so that nothing is measured.
 */
import { type Edge, type Node, Position } from "@xyflow/react";
import type { Blocks, BlockSpec } from "@/blocks/blocks";
import type { NodeProblem } from "@/build/store";
import type { GraphDocument, GraphLink, GraphNode, Position as Place } from "@/graph/document";
import { linksOf } from "@/graph/links";
import { colourOf, titleOf } from "@/graph/pins";
import { groupsOf } from "@/graph/groups";
import type { LinkMark, NodeMark } from "./marks";
import { HANDLE, noteSize, ROW, type Shape, shapeOf } from "./shape";

/** Below this zoom a pin could not be read: nodes show their titles only. */
export const FAR = 0.4;

export type BlockData = { node: GraphNode; block: BlockSpec | undefined; title: string; shape: Shape; mark: NodeMark | undefined; problems: readonly NodeProblem[] };
export type NoteData = { node: GraphNode };
export type GroupData = { id: string; title: string; count: number };
export type BlockFlow = Node<BlockData, "block">;
export type NoteFlow = Node<NoteData, "note">;
export type GroupFlow = Node<GroupData, "frame">;
export type FlowNode = BlockFlow | NoteFlow | GroupFlow;
export type LinkData = { link: GraphLink; colour: string; mark: LinkMark | undefined; isWrong: boolean; isAlone: boolean };
export type FlowEdge = Edge<LinkData, "link">;

export type FlowInput = {
  document: GraphDocument;
  blocks: Blocks;
  chosenNodes: ReadonlySet<string>;
  chosenLinks: ReadonlySet<string>;
  marks?: ReadonlyMap<string, NodeMark> | undefined;
  linkMarks?: ReadonlyMap<string, LinkMark> | undefined;
  problems?: ReadonlyMap<string, readonly NodeProblem[]> | undefined;
  wrongLinks?: ReadonlySet<string> | undefined;
  /** Where nodes are while they are dragged. */
  places?: ReadonlyMap<string, Place> | undefined;
  /** Dynamic pins that were begun and have no link yet, by node. */
  extraPins?: ReadonlyMap<string, readonly string[]> | undefined;
};

type Kept<Out> = { key: readonly unknown[]; out: Out };

const NO_PROBLEMS: readonly NodeProblem[] = [];
const NO_PINS: readonly string[] = [];

export class Flow {
  private nodes = new Map<string, Kept<FlowNode>>();
  private edges = new Map<string, Kept<FlowEdge>>();
  private shapes = new Map<string, Kept<Shape>>();

  /** The nodes to draw: groups first, which lie behind what is in them. */
  nodesOf(input: FlowInput): FlowNode[] {
    const { document } = input;
    const kept = new Map<string, Kept<FlowNode>>();
    const drawn = document.nodes.map((node) => this.keep(this.nodes, kept, node.id, this.keyOf(node, input), () => this.draw(node, input)));
    const byId = new Map(drawn.map((node) => [node.id, node]));
    const groups = groupsOf(document).flatMap((group) => {
      const bounds = boundsOf(group.members.flatMap((id) => byId.get(id) ?? []));
      if (!bounds) return [];
      const isChosen = group.members.every((id) => input.chosenNodes.has(id));
      const key = [bounds.x, bounds.y, bounds.width, bounds.height, group.title, isChosen, group.members.length];
      return [this.keep(this.nodes, kept, `group:${group.id}`, key, () => drawGroup(group, bounds, isChosen))];
    });
    this.nodes = kept;
    return [...groups, ...drawn];
  }

  edgesOf(input: FlowInput): FlowEdge[] {
    const { document, blocks } = input;
    const nodes = new Map(document.nodes.map((node) => [node.id, node]));
    const kept = new Map<string, Kept<FlowEdge>>();
    const edges = document.links.flatMap((link) => {
      const [source, sink] = [nodes.get(link.source_id), nodes.get(link.sink_id)];
      // A link to a node that is not there is told among the problems.
      if (!source || !sink) return [];
      const block = blocks.get(source.block_id);
      const isChosen = input.chosenLinks.has(link.id);
      const isAlone = isChosen && input.chosenLinks.size === 1 && input.chosenNodes.size === 0;
      const isWrong = input.wrongLinks?.has(link.id) ?? false;
      const mark = input.linkMarks?.get(link.id);
      const isStatic = link.is_static === true || block?.isStatic === true;
      const shape = this.shapes.get(source.id)?.out;
      const type = shape?.rows.find((row) => row.side === "output" && row.pin.name === link.source_name)?.pin.type ?? "any";
      const key = [link, type, isStatic, isChosen, isAlone, isWrong, mark, source.is_disabled, sink.is_disabled, titleOf(source, block), titleOf(sink, blocks.get(sink.block_id))];
      return [
        this.keep(this.edges, kept, link.id, key, (): FlowEdge => ({
          id: link.id,
          type: "link",
          source: source.id,
          sourceHandle: link.source_name,
          target: sink.id,
          targetHandle: link.sink_name,
          selected: isChosen,
          reconnectable: isChosen,
          ariaLabel: `Link from ${titleOf(source, block)}, ${link.source_name}, to ${titleOf(sink, blocks.get(sink.block_id))}, ${link.sink_name}`,
          className: [isStatic && "is-static", source.is_disabled || sink.is_disabled ? "is-off" : ""].filter(Boolean).join(" "),
          data: { link, colour: colourOf(type), mark, isWrong, isAlone },
        })),
      ];
    });
    this.edges = kept;
    return edges;
  }

  private keyOf(node: GraphNode, input: FlowInput): unknown[] {
    const index = linksOf(input.document);
    const place = input.places?.get(node.id);
    return [
      node,
      input.blocks.get(node.block_id),
      [...(index.sinks.get(node.id) ?? [])].join(" "),
      [...(index.sources.get(node.id) ?? [])].join(" "),
      input.chosenNodes.has(node.id),
      input.marks?.get(node.id),
      input.problems?.get(node.id),
      input.extraPins?.get(node.id),
      place?.x,
      place?.y,
    ];
  }

  private draw(node: GraphNode, input: FlowInput): FlowNode {
    const block = input.blocks.get(node.block_id);
    const position = input.places?.get(node.id) ?? node.metadata?.position ?? { x: 0, y: 0 };
    const selected = input.chosenNodes.has(node.id);
    if (isNote(node, block, input.document)) {
      const size = noteSize(node);
      return { id: node.id, type: "note", position, ...size, measured: size, handles: [], selected, zIndex: -1, ariaLabel: `Note: ${String(node.input_default?.text ?? "")}`, data: { node } };
    }
    const shape = this.shape(node, input, block);
    const size = { width: shape.width, height: shape.height };
    const title = titleOf(node, block);
    return {
      id: node.id,
      type: "block",
      position,
      ...size,
      measured: size,
      handles: handlesOf(shape),
      selected,
      ariaLabel: ariaLabel(title, node, input.problems?.get(node.id)),
      data: { node, block, title, shape, mark: input.marks?.get(node.id), problems: input.problems?.get(node.id) ?? NO_PROBLEMS },
    };
  }

  /** The shape does not depend on the place: while a node is dragged it stays the same object. */
  private shape(node: GraphNode, input: FlowInput, block: BlockSpec | undefined): Shape {
    const [, , sinks, sources, , , , extra] = this.keyOf(node, input);
    return this.keep(this.shapes, this.shapes, node.id, [node, block, sinks, sources, extra], () =>
      shapeOf(node, input.document, block, input.extraPins?.get(node.id) ?? NO_PINS),
    );
  }

  private keep<Out>(before: Map<string, Kept<Out>>, kept: Map<string, Kept<Out>>, id: string, key: readonly unknown[], make: () => Out): Out {
    const known = before.get(id);
    const one = known && known.key.every((part, at) => part === key[at]) ? known : { key, out: make() };
    kept.set(id, one);
    return one.out;
  }
}

/** A note is drawn as one unless something is linked to it, which its pins have to show. */
export function isNote(node: GraphNode, block: BlockSpec | undefined, document: GraphDocument): boolean {
  return block?.kind === "NOTE" && !linksOf(document).byNode.has(node.id);
}

function ariaLabel(title: string, node: GraphNode, problems: readonly NodeProblem[] | undefined): string {
  const told = problems?.length ? `, ${problems.length} ${problems.length === 1 ? "problem" : "problems"}` : "";
  return `${title}${node.is_disabled ? ", switched off" : ""}${told}`;
}

function handlesOf(shape: Shape): NonNullable<BlockFlow["handles"]> {
  return shape.rows
    .filter((row) => !(row.side === "input" && row.pin.isCredential))
    .map((row) => ({
      id: row.pin.name,
      type: row.side === "input" ? "target" : "source",
      position: row.side === "input" ? Position.Left : Position.Right,
      x: (row.side === "input" ? 0 : shape.width) - HANDLE / 2,
      y: row.y + (ROW - HANDLE) / 2,
      width: HANDLE,
      height: HANDLE,
    }));
}

type Bounds = Place & { width: number; height: number };
const AROUND = 18;
const TITLE = 30;

function boundsOf(nodes: FlowNode[]): Bounds | null {
  if (nodes.length === 0) return null;
  const left = Math.min(...nodes.map((node) => node.position.x));
  const top = Math.min(...nodes.map((node) => node.position.y));
  const right = Math.max(...nodes.map((node) => node.position.x + (node.width ?? 0)));
  const bottom = Math.max(...nodes.map((node) => node.position.y + (node.height ?? 0)));
  return { x: left - AROUND, y: top - AROUND - TITLE, width: right - left + 2 * AROUND, height: bottom - top + 2 * AROUND + TITLE };
}

function drawGroup(group: { id: string; title: string; members: string[] }, bounds: Bounds, selected: boolean): GroupFlow {
  const size = { width: bounds.width, height: bounds.height };
  return {
    id: `group:${group.id}`,
    type: "frame",
    position: { x: bounds.x, y: bounds.y },
    ...size,
    measured: size,
    handles: [],
    zIndex: -2,
    selected,
    ariaLabel: `Group: ${group.title}`,
    dragHandle: ".group-title",
    data: { id: group.id, title: group.title, count: group.members.length },
  };
}
