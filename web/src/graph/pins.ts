/** The pins of a node: those of its block, of the agent that it runs, and those that links and constants name besides. */
import { isObject } from "./document";
import { AGENT_BLOCK, type BlockSpec } from "@/blocks/blocks";
import type { GraphDocument, GraphNode, Json, Schema } from "./document";
import { linksOf } from "./links";
import { type PinType, resolve, typeOf } from "./types";
import { blockTitle, pinTitle } from "./words";

export { type Fit, fits } from "./fits";
export { colourOf, type PinType, resolve, typeOf, typesOf } from "./types";

export type Pin = {
  /** As links name it; of a dynamic pin with its path: `values_#_city`. */
  name: string;
  title: string;
  /** Whole in itself: with the `$defs` that it refers to. */
  schema: Schema;
  type: PinType;
  isRequired: boolean;
  isAdvanced: boolean;
  isSecret: boolean;
  isHidden: boolean;
  isLinked: boolean;
  /** It takes a credential, which a person chooses; no link leads to it. */
  isCredential: boolean;
  /** A part of another pin's value, by a path in its name. */
  isDynamic: boolean;
  /** No block is known to have it: only a link or a constant names it. */
  isUnknown?: boolean;
};

type Bare = Omit<Pin, "isLinked">;
type Side = "input" | "output";

/** The pins of `AGENT_BLOCK` that say which agent it is; they are no inputs of it, and are set by choosing the agent. */
const OF_AGENT = new Set(["user_id", "graph_id", "graph_version", "agent_name", "inputs", "data", "input_schema", "output_schema", "nodes_input_masks"]);
const PATH = /_([$#@])_/;

/** The name by which a block knows a pin: `values_#_a` is a part of `values`. */
export function baseName(name: string): string {
  if (name.startsWith("tools_^_")) return "tools";
  return isDynamic(name) ? (name.split(PATH)[0] ?? name) : name;
}

/** Whether a name has a path. A broken one is an ordinary name, as for the engine (`schema/pins.py`). */
export function isDynamic(name: string): boolean {
  const parts = name.split(PATH);
  return parts.length > 1 && parts.every((part) => part !== "");
}

/** The last step of a path in words: `values_#_city` is "city", `list_$_0` is "item 1". */
export function stepTitle(name: string): string {
  const parts = name.split(PATH);
  const last = parts.at(-1) ?? name;
  return parts.at(-2) === "$" ? `item ${Number(last) + 1}` : last;
}

export function inputPins(node: GraphNode, document: GraphDocument, block: BlockSpec | undefined): Pin[] {
  const linked = linksOf(document).sinks.get(node.id) ?? NONE;
  const bare = isAgent(node) ? agentPins(node, "input") : blockPins(block, "input");
  const named = Object.keys(isAgent(node) ? {} : (node.input_default ?? {})).filter((name) => isDynamic(name));
  return withNamed(bare, new Set([...linked, ...named]), linked, !!block && !isAgent(node));
}

export function outputPins(node: GraphNode, document: GraphDocument, block: BlockSpec | undefined): Pin[] {
  const linked = linksOf(document).sources.get(node.id) ?? NONE;
  const bare = isAgent(node) ? agentPins(node, "output") : blockPins(block, "output");
  return withNamed(bare, linked, linked, !!block && !isAgent(node));
}

const NONE: ReadonlySet<string> = new Set();

export const isAgent = (node: GraphNode): boolean => node.block_id === AGENT_BLOCK;

/** The pins that are there anyway, and behind each base those that are named by a path. */
function withNamed(bare: Bare[], named: ReadonlySet<string>, linked: ReadonlySet<string>, isKnown: boolean): Pin[] {
  const known = new Set(bare.map((pin) => pin.name));
  const others = [...named].filter((name) => !known.has(name)).sort();
  const pins: Pin[] = [];
  const put = (pin: Bare) => pins.push({ ...pin, isLinked: linked.has(pin.name) });
  for (const pin of bare) {
    put(pin);
    for (const name of others) if (baseName(name) === pin.name) put(partOf(pin, name));
  }
  for (const name of others) if (!known.has(baseName(name))) put(unknownPin(name, isKnown));
  return pins;
}

function partOf(pin: Bare, name: string): Bare {
  let schema: Schema = pin.schema;
  const steps = name.split(PATH).slice(1);
  for (let at = 0; at < steps.length; at += 2) schema = stepInto(schema, steps[at] ?? "", steps[at + 1] ?? "", pin.schema.$defs);
  // Tools' pins stand for whole calls: their names are no words for people.
  const title = name.startsWith("tools_^_") ? pin.title : steps.length > 0 ? stepTitle(name) : pin.title;
  return { ...pin, name, title, schema, type: typeOf(schema), isRequired: false, isAdvanced: false, isDynamic: true };
}

function stepInto(whole: Schema, kind: string, key: string, defs: Schema["$defs"]): Schema {
  const schema = resolve(whole, defs);
  const inner = kind === "$" ? schema.items : (schema.properties?.[key] ?? schema.additionalProperties);
  return inner && typeof inner === "object" ? { ...resolve(inner, defs), ...(defs ? { $defs: defs } : {}) } : {};
}

function unknownPin(name: string, isUnknown: boolean): Bare {
  return { name, title: name.startsWith("tools_^_") ? "Tools" : pinTitle(name, undefined), schema: {}, type: "any", isRequired: false, isAdvanced: false, isSecret: false, isHidden: false, isCredential: false, isDynamic: isDynamic(name), isUnknown };
}

const known = { input: new WeakMap<BlockSpec, Bare[]>(), output: new WeakMap<BlockSpec, Bare[]>() };

function blockPins(block: BlockSpec | undefined, side: Side): Bare[] {
  if (!block) return [];
  const kept = known[side].get(block);
  if (kept) return kept;
  const pins = pinsOf(side === "input" ? block.inputSchema : block.outputSchema);
  // Every block may fail; the pin of that comes last.
  if (side === "output") pins.sort((one, other) => Number(one.name === "error") - Number(other.name === "error"));
  known[side].set(block, pins);
  return pins;
}

function pinsOf(schema: Schema | null | undefined): Bare[] {
  const required = new Set(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {}).map(([name, own]) => {
    const whole = resolve(own, schema?.$defs);
    return {
      name,
      title: pinTitle(name, own.title ?? undefined),
      schema: schema?.$defs ? { ...whole, $defs: schema.$defs } : whole,
      type: typeOf(whole, schema?.$defs),
      isRequired: required.has(name),
      isAdvanced: own.advanced === true && !required.has(name),
      isSecret: own.secret === true,
      isHidden: own.hidden === true,
      isCredential: own.credentials_provider !== undefined,
      isDynamic: false,
    };
  });
}

function agentPins(node: GraphNode, side: Side): Bare[] {
  const schema = node.input_default?.[side === "input" ? "input_schema" : "output_schema"];
  const pins = pinsOf(readable(schema));
  return side === "input" ? pins.filter((pin) => !OF_AGENT.has(pin.name)) : pins;
}

/** An agent's file says what its agents take, and may say anything there: what is no schema, or no text, is left out. */
function readable(given: unknown): Schema {
  const { properties, required, ...schema } = (isObject(given) ? given : {}) as Schema;
  const own = Object.entries(isObject(properties) ? properties : {}).flatMap(([name, one]): [string, Schema][] => {
    if (!isObject(one)) return [];
    const { title, description, ...others } = one as Schema;
    return [[name, { ...others, ...(typeof title === "string" ? { title } : {}), ...(typeof description === "string" ? { description } : {}) }]];
  });
  return { ...schema, properties: Object.fromEntries(own), required: Array.isArray(required) ? required : [] };
}


/** What a node is called: its own name, that of the agent that it runs, or its block's. */
export function titleOf(node: GraphNode, block: BlockSpec | undefined): string {
  const own = node.metadata?.customized_name;
  if (own) return own;
  const agent = isAgent(node) ? node.input_default?.agent_name : undefined;
  if (typeof agent === "string" && agent) return agent;
  return block ? blockTitle(block) : "Unknown block";
}

/** The constant of an input pin, wherever its node keeps it; undefined where it has none. */
export function constantOf(node: GraphNode, pin: string): Json | undefined {
  const own = node.input_default ?? {};
  if (!isAgent(node) || OF_AGENT.has(pin)) return own[pin];
  const inputs = own.inputs ?? own.data;
  const given = inputs && typeof inputs === "object" && !Array.isArray(inputs) ? inputs[pin] : undefined;
  return given ?? own[pin];
}
