/** Links that may be made: whether one fits, why not, and which pins of other blocks and nodes would fit a pin. Draws nothing. */
import type { Blocks, BlockSpec } from "@/blocks/blocks";
import type { GraphDocument, GraphNode, Schema } from "@/graph/document";
import { type Ends, isSameLink, newNode, nodeOf } from "@/graph/edits";
import { type Fit, fits } from "@/graph/fits";
import { baseName, inputPins, isAgent, isDynamic, outputPins, type Pin } from "@/graph/pins";
import type { PinPlace } from "./ui";

const REFUSED = (reason: string): Fit => ({ isOk: false, reason });

/** Whether a link between these ends may be made, with the reason, or what its values are converted to. */
export function fitOf(document: GraphDocument, blocks: Blocks, ends: Ends, except?: string): Fit {
  const [source, sink] = [nodeOf(document, ends.source_id), nodeOf(document, ends.sink_id)];
  if (!source || !sink) return REFUSED("The node is not there any more.");
  if (document.links.some((link) => link.id !== except && isSameLink(link, ends))) return REFUSED("These pins are linked already.");
  const from = schemaOf(source, document, blocks, "output", ends.source_name);
  const to = schemaOf(sink, document, blocks, "input", ends.sink_name);
  // A tool's pin takes what a model says, and a model is told the pin's type.
  return baseName(ends.source_name) === "tools" ? fits({}, to) : fits(from, to);
}

/** What is known of a pin's values; of a part that was begun on the canvas nothing is. */
export function schemaOf(node: GraphNode, document: GraphDocument, blocks: Blocks, side: "input" | "output", name: string): Schema {
  const pins = side === "input" ? inputPins(node, document, blocks.get(node.block_id)) : outputPins(node, document, blocks.get(node.block_id));
  return pins.find((pin) => pin.name === name)?.schema ?? {};
}

/** The ends of a link between a pin and another one on the opposite side. */
export function endsOf(from: PinPlace, nodeId: string, pin: string): Ends {
  return from.side === "output"
    ? { source_id: from.nodeId, source_name: from.pin, sink_id: nodeId, sink_name: pin }
    : { source_id: nodeId, source_name: pin, sink_id: from.nodeId, sink_name: from.pin };
}

export type Match = { pin: Pin; fit: Fit; rank: number };

const NOWHERE: GraphDocument = { id: "", name: "", nodes: [], links: [] };

/** The pins of a block, or of a node with these constants, that fit a pin with this schema; the best first. */
export function matches(node: GraphNode, block: BlockSpec | undefined, side: "input" | "output", schema: Schema, name: string): Match[] {
  const pins = side === "input" ? inputPins(node, NOWHERE, block) : outputPins(node, NOWHERE, block);
  return pins
    .filter((pin) => !pin.isHidden && !pin.isCredential && !(side === "output" && pin.name === "error"))
    .map((pin) => ({ pin, fit: side === "input" ? fits(schema, pin.schema) : fits(pin.schema, schema), rank: 0 }))
    .filter((match) => match.fit.isOk)
    .map((match) => ({ ...match, rank: rankOf(match.pin, match.fit, schema, name) }))
    .sort((one, other) => other.rank - one.rank);
}

function rankOf(pin: Pin, fit: Fit, schema: Schema, name: string): number {
  const isTyped = pin.type !== "any" && Object.keys(schema).some((key) => key === "type" || key === "anyOf" || key === "$ref");
  return (fit.reason ? 0 : isTyped ? 4 : 2) + (pin.isRequired ? 2 : 0) + (pin.isAdvanced ? -3 : 0) + (pin.name === name ? 3 : 0);
}

/** A node of a block that is not placed yet, to ask for its pins. */
export const trial = (block: BlockSpec): GraphNode => newNode(block.uuid, { x: 0, y: 0 });

/** The input pins of other nodes that a node's output may be linked to, or the outputs that may be linked to its input. */
export function targetsOf(document: GraphDocument, blocks: Blocks, from: PinPlace): { node: GraphNode; pin: Pin; fit: Fit }[] {
  const side = from.side === "output" ? "input" : "output";
  return document.nodes.flatMap((node) => {
    const block = blocks.get(node.block_id);
    if (block?.kind === "NOTE") return [];
    const pins = side === "input" ? inputPins(node, document, block) : outputPins(node, document, block);
    return pins
      .filter((pin) => !pin.isHidden && !pin.isCredential)
      .map((pin) => ({ node, pin, fit: fitOf(document, blocks, endsOf(from, node.id, pin.name)) }))
      .filter((one) => one.fit.isOk);
  });
}

/** Whether a pin's links are static: by its block, whatever a link says. */
export function isStaticSource(document: GraphDocument, blocks: Blocks, nodeId: string): boolean {
  const node = nodeOf(document, nodeId);
  return node !== undefined && blocks.get(node.block_id)?.isStatic === true;
}

export const isPart = (node: GraphNode, pin: string): boolean => !isAgent(node) && isDynamic(pin);
