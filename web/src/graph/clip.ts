/**
 * Nodes as text in the clipboard, to be pasted into another agent, tab or installation: without credentials and secrets, and with new ids
 * when they are pasted. The text is JSON, and a whole agent's file may be pasted as well.
 */
import { isObject } from "./document";
import { AGENT_BLOCK, type Blocks } from "@/blocks/blocks";
import type { GraphDocument, GraphLink, GraphNode, Json, JsonObject, Position, Schema } from "./document";
import { rounded } from "./edits";
import { groupIdOf, type Group } from "./groups";
import { newId } from "./ids";
import { wholeNode } from "./whole";

const KIND = "drystone.nodes";

export type Clip = { nodes: GraphNode[]; links: GraphLink[]; groups: Group[] };

/** The chosen nodes, and the links between them. */
export function clipOf(document: GraphDocument, ids: ReadonlySet<string>): Clip {
  const nodes = document.nodes.filter((node) => ids.has(node.id));
  const used = new Set(nodes.map(groupIdOf));
  const groups = (Array.isArray(document.groups) ? (document.groups as Group[]) : []).filter((group) => used.has(group.id));
  return { nodes, links: document.links.filter((link) => ids.has(link.source_id) && ids.has(link.sink_id)), groups };
}

export const textOfClip = (clip: Clip, blocks: Blocks): string =>
  JSON.stringify({ kind: KIND, version: 1, ...clip, nodes: clip.nodes.map((node) => withoutSecrets(node, blocks)) }, null, 2);

/** What of a text can be pasted; null where it is none of ours. */
export function readClip(text: string): Clip | null {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return null;
  }
  if (!read || typeof read !== "object") return null;
  const { nodes, links, groups } = read as Partial<Clip>;
  if (!Array.isArray(nodes) || nodes.length === 0 || !nodes.every(isNode)) return null;
  return {
    nodes: nodes.map(wholeNode),
    links: Array.isArray(links) ? links.filter(isLink) : [],
    groups: Array.isArray(groups) ? groups.filter((group) => typeof group?.id === "string" && typeof group?.title === "string") : [],
  };
}

const isNode = (node: unknown): node is GraphNode =>
  !!node && typeof node === "object" && typeof (node as GraphNode).id === "string" && typeof (node as GraphNode).block_id === "string";

const isLink = (link: unknown): link is GraphLink =>
  !!link && typeof link === "object" && (["source_id", "source_name", "sink_id", "sink_name"] as const).every((key) => typeof (link as GraphLink)[key] === "string");

/** Paste nodes with new ids, the first corner of them at `at`; gives the new nodes' ids. */
export function paste(document: GraphDocument, clip: Clip, blocks: Blocks, at: Position): { document: GraphDocument; ids: string[] } {
  const places = clip.nodes.map((node) => node.metadata.position ?? { x: 0, y: 0 });
  const corner = { x: Math.min(...places.map((one) => one.x)), y: Math.min(...places.map((one) => one.y)) };
  const nodeIds = new Map(clip.nodes.map((node) => [node.id, newId()]));
  const groupIds = new Map(clip.groups.map((group) => [group.id, newId()]));
  const nodes = clip.nodes.map((node) => {
    const { group: _, ...metadata } = node.metadata;
    const place = node.metadata.position ?? corner;
    const group = groupIds.get(groupIdOf(node) ?? "");
    const moved = rounded({ x: at.x + place.x - corner.x, y: at.y + place.y - corner.y });
    return { ...withoutSecrets(node, blocks), id: nodeIds.get(node.id) as string, metadata: { ...metadata, position: moved, ...(group ? { group } : {}) } };
  });
  const links = clip.links.flatMap((link) => {
    const [source, sink] = [nodeIds.get(link.source_id), nodeIds.get(link.sink_id)];
    return source && sink ? [{ ...link, id: newId(), source_id: source, sink_id: sink }] : [];
  });
  const groups = clip.groups.map((group) => ({ ...group, id: groupIds.get(group.id) as string }));
  const known = Array.isArray(document.groups) ? (document.groups as Group[]) : [];
  const pasted = { ...document, nodes: [...document.nodes, ...nodes], links: [...document.links, ...links] };
  return { document: groups.length > 0 ? { ...pasted, groups: [...known, ...groups] } : pasted, ids: nodes.map((node) => node.id) };
}

/** Copies of nodes beside them, in the same agent: there they keep their credentials. */
export function duplicate(document: GraphDocument, ids: ReadonlySet<string>, blocks: Blocks): { document: GraphDocument; ids: string[] } {
  const clip = clipOf(document, ids);
  if (clip.nodes.length === 0) return { document, ids: [] };
  const left = Math.min(...clip.nodes.map((node) => node.metadata.position?.x ?? 0));
  const top = Math.min(...clip.nodes.map((node) => node.metadata.position?.y ?? 0));
  const pasted = paste(document, { ...clip, groups: [] }, blocks, { x: left + 40, y: top + 40 });
  const whole = new Map(pasted.ids.map((id, at) => [id, clip.nodes[at]?.input_default]));
  const nodes = pasted.document.nodes.map((node) => (whole.has(node.id) ? { ...node, input_default: whole.get(node.id) ?? {} } : node));
  return { document: { ...pasted.document, nodes }, ids: pasted.ids };
}

/** Without what is a secret, or stands for one: credentials, secret constants, and the address of a webhook. */
export function withoutSecrets(node: GraphNode, blocks: Blocks): GraphNode {
  const { webhook_id: _, webhook: __, ...others } = node;
  const own = kept(node.input_default, blocks.get(node.block_id)?.inputSchema);
  if (node.block_id !== AGENT_BLOCK) return { ...(others as GraphNode), input_default: own };
  // What a node gives the agent that it runs stands one deeper; its masks are credentials and constants for that agent's nodes.
  const schema = isObject(own.input_schema) ? (own.input_schema as unknown as Schema) : undefined;
  const inner = Object.entries(own).flatMap(([name, value]): [string, Json][] => {
    if (name === "nodes_input_masks") return [];
    return [[name, (name === "inputs" || name === "data") && isObject(value) ? kept(value, schema) : value]];
  });
  return { ...(others as GraphNode), input_default: kept(Object.fromEntries(inner), schema) };
}

function kept(inputs: JsonObject, schema: Schema | undefined | null): JsonObject {
  const pins: JsonObject = isObject(schema?.properties) ? schema.properties : {};
  const isKept = ([name, value]: [string, Json]): boolean => {
    const pin = pins[name] as Schema | null | undefined;
    if (pin?.credentials_provider !== undefined || pin?.secret === true) return false;
    return !(isReference(value) && /(^|_)credentials$/.test(name));
  };
  return Object.fromEntries(Object.entries(inputs).filter(isKept));
}

const isReference = (value: unknown): boolean => !!value && typeof value === "object" && "id" in value && "provider" in value;
