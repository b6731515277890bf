/**
 * A document as files may have it, made such that it can be drawn: what they leave out is there, and what people and other programs
 * wrote where a place, a size or a name belongs, and is none, is gone. The metadata of nodes is anything, for the API keeps it as it is.
 */
import { isObject } from "./document";
import type { GraphDocument, GraphNode, JsonObject, NodeMetadata } from "./document";

const made = new WeakMap<object, GraphDocument>();

/** The same document each time, and itself where nothing is amiss. */
export function whole(given: unknown): GraphDocument {
  const document = (isObject(given) ? given : {}) as GraphDocument;
  const known = made.get(document);
  if (known) return known;
  const givenNodes = Array.isArray(document.nodes) ? document.nodes : [];
  const nodes = givenNodes.map(wholeNode);
  const isFine = Array.isArray(document.links) && nodes.length === document.nodes?.length && nodes.every((node, at) => node === givenNodes[at]);
  const result = isFine ? document : { ...document, nodes, links: Array.isArray(document.links) ? document.links : [] };
  made.set(document, result);
  return result;
}

export function wholeNode(node: GraphNode): GraphNode {
  const metadata = wholeMetadata(node.metadata);
  const isNote = node.note === undefined || node.note === null || typeof node.note === "string";
  if (metadata === node.metadata && isObject(node.input_default) && isNote) return node;
  return { ...node, metadata, input_default: isObject(node.input_default) ? (node.input_default as JsonObject) : {}, ...(isNote ? {} : { note: null }) };
}

function wholeMetadata(given: unknown): NodeMetadata {
  if (!isObject(given)) return {};
  const { position, customized_name: name, size } = given;
  const isFine = (position === undefined || has(position, "x", "y")) && (name === undefined || typeof name === "string") && (size === undefined || has(size, "width", "height"));
  if (isFine) return given as NodeMetadata;
  const { position: _, customized_name: __, size: ___, ...others } = given;
  return {
    ...others,
    ...(has(position, "x", "y") ? { position: position as NodeMetadata["position"] } : {}),
    ...(typeof name === "string" ? { customized_name: name } : {}),
    ...(has(size, "width", "height") ? { size } : {}),
  };
}

const has = (value: unknown, ...names: string[]): boolean => isObject(value) && names.every((name) => Number.isFinite(value[name]));
