/**
 * What one does to a document: pure functions that give another one. What is not touched stays the same object, and where nothing
 * changes the document itself comes back: so undo keeps no copies, and the canvas draws only what is new.
 */
import { AGENT_BLOCK } from "@/blocks/blocks";
import type { GraphDocument, GraphLink, GraphNode, Json, JsonObject, Position } from "./document";
import { newId } from "./ids";

export type Ends = Pick<GraphLink, "source_id" | "source_name" | "sink_id" | "sink_name">;

export function newNode(blockId: string, position: Position, inputDefault: JsonObject = {}): GraphNode {
  return { id: newId(), block_id: blockId, input_default: inputDefault, metadata: { position: rounded(position) } };
}

export const rounded = ({ x, y }: Position): Position => ({ x: Math.round(x), y: Math.round(y) });

export function nodeOf(document: GraphDocument, id: string | null | undefined): GraphNode | undefined {
  return document.nodes.find((node) => node.id === id);
}

export function addNode(document: GraphDocument, node: GraphNode): GraphDocument {
  return { ...document, nodes: [...document.nodes, node] };
}

/** Change one node; `edit` gives the same node where nothing is to change. */
export function updateNode(document: GraphDocument, id: string, edit: (node: GraphNode) => GraphNode): GraphDocument {
  return updateNodes(document, new Set([id]), edit);
}

export function updateNodes(document: GraphDocument, ids: ReadonlySet<string>, edit: (node: GraphNode) => GraphNode): GraphDocument {
  let isChanged = false;
  const nodes = document.nodes.map((node) => {
    const next = ids.has(node.id) ? edit(node) : node;
    isChanged ||= next !== node;
    return next;
  });
  return isChanged ? { ...document, nodes } : document;
}

export function moveNodes(document: GraphDocument, places: ReadonlyMap<string, Position>): GraphDocument {
  return updateNodes(document, new Set(places.keys()), (node) => {
    const place = rounded(places.get(node.id) ?? { x: 0, y: 0 });
    const now = node.metadata.position;
    return now && now.x === place.x && now.y === place.y ? node : { ...node, metadata: { ...node.metadata, position: place } };
  });
}

export function setTitle(document: GraphDocument, id: string, title: string): GraphDocument {
  return updateNode(document, id, (node) => {
    const { customized_name: before, ...others } = node.metadata;
    const name = title.trim();
    if ((before ?? "") === name) return node;
    return { ...node, metadata: name ? { ...others, customized_name: name } : others };
  });
}

/** Give a pin a constant; `undefined` takes it away, so that the pin's default stands. */
export function setInput(document: GraphDocument, id: string, pin: string, value: Json | undefined): GraphDocument {
  return updateNode(document, id, (node) => {
    // The inputs of the agent that a node runs are kept together, apart from what says which agent it is.
    if (node.block_id === AGENT_BLOCK && isInputOfAgent(node, pin)) {
      const inputs = put(objectOf(node.input_default.inputs), pin, value);
      return { ...node, input_default: put(node.input_default, "inputs", inputs) };
    }
    return { ...node, input_default: put(node.input_default, pin, value) };
  });
}

function isInputOfAgent(node: GraphNode, pin: string): boolean {
  const properties = objectOf(objectOf(node.input_default.input_schema).properties);
  return pin in properties;
}

const objectOf = (value: Json | undefined): JsonObject => (value && typeof value === "object" && !Array.isArray(value) ? value : {});

function put(inputs: JsonObject, name: string, value: Json | undefined): JsonObject {
  if (value !== undefined) return { ...inputs, [name]: value };
  const { [name]: _, ...others } = inputs;
  return others;
}

/** Switch nodes off, or on again where all of them are off. The engine leaves out what is off. */
export function toggleDisabled(document: GraphDocument, ids: ReadonlySet<string>): GraphDocument {
  const areOff = document.nodes.filter((node) => ids.has(node.id)).every((node) => node.is_disabled === true);
  return updateNodes(document, ids, (node) => {
    const { is_disabled: _, ...others } = node;
    return areOff ? (others as GraphNode) : { ...node, is_disabled: true };
  });
}

export function newLink(ends: Ends, isStatic: boolean): GraphLink {
  const { source_id, source_name, sink_id, sink_name } = ends;
  return { id: newId(), source_id, source_name, sink_id, sink_name, is_static: isStatic };
}

export const isSameLink = (one: Ends, other: Ends): boolean =>
  one.source_id === other.source_id && one.source_name === other.source_name && one.sink_id === other.sink_id && one.sink_name === other.sink_name;

/** Add a link; one that is there already is not added twice. */
export function addLink(document: GraphDocument, link: GraphLink): GraphDocument {
  return document.links.some((one) => isSameLink(one, link)) ? document : { ...document, links: [...document.links, link] };
}

/** Lead a link to other ends; where such a link is there already, the two become one. */
export function reconnect(document: GraphDocument, id: string, ends: Ends, isStatic: boolean): GraphDocument {
  const before = document.links.find((link) => link.id === id);
  if (!before || isSameLink(before, ends)) return document;
  if (document.links.some((link) => link.id !== id && isSameLink(link, ends))) return removeLinks(document, new Set([id]));
  return { ...document, links: document.links.map((link) => (link.id === id ? { ...link, ...ends, is_static: isStatic } : link)) };
}

export function removeLinks(document: GraphDocument, ids: ReadonlySet<string>): GraphDocument {
  const links = document.links.filter((link) => !ids.has(link.id));
  return links.length === document.links.length ? document : { ...document, links };
}

/** Remove nodes, and the links that led from or to them. */
export function removeNodes(document: GraphDocument, ids: ReadonlySet<string>): GraphDocument {
  const nodes = document.nodes.filter((node) => !ids.has(node.id));
  if (nodes.length === document.nodes.length) return document;
  const links = document.links.filter((link) => !ids.has(link.source_id) && !ids.has(link.sink_id));
  return { ...document, nodes, links: links.length === document.links.length ? document.links : links };
}

/** Put a node into the middle of a link: the link now ends at its input, and another leads on from its output. */
export function insertOnLink(document: GraphDocument, id: string, node: GraphNode, input: string, output: string, isStatic: boolean): GraphDocument {
  const link = document.links.find((one) => one.id === id);
  if (!link) return addNode(document, node);
  const led = reconnect(addNode(document, node), id, { ...link, sink_id: node.id, sink_name: input }, link.is_static === true);
  return addLink(led, newLink({ source_id: node.id, source_name: output, sink_id: link.sink_id, sink_name: link.sink_name }, isStatic));
}
