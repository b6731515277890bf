/** A node as its form has it: the schema of its inputs, their constants, what an edit changes, and which problem belongs to which field. */
import type { BlockSpec } from "@/blocks/blocks";
import type { GraphDocument, GraphNode, Json, JsonObject, Schema } from "@/graph/document";
import { setInput } from "@/graph/edits";
import { baseName, constantOf, inputPins, isAgent, isDynamic, type Pin } from "@/graph/pins";
import { pinTitle } from "@/graph/words";
import { type FieldProblem, problemsOf } from "@/schema-form/problems";
import { branchesOf, resolve } from "@/schema-form/schema";
import type { NodeProblem } from "../store";

/** The schema that the form shows: the block's, or that of the agent that the node runs; with titles as the canvas has them. */
export function schemaOfNode(node: GraphNode, document: GraphDocument, block: BlockSpec | undefined): Schema {
  const whole = (isAgent(node) ? (node.input_default.input_schema as Schema | undefined) : block?.inputSchema) ?? {};
  const pins = inputPins(node, document, block).filter((pin) => !pin.isDynamic && !pin.isUnknown);
  const properties = Object.fromEntries(pins.map((pin) => [pin.name, titled(pin, whole)]));
  if (block?.kind === "INPUT" && properties.value) properties.value = ofOwnChoices(properties.value, node);
  return { type: "object", properties, required: (whole.required ?? []).filter((name) => name in properties), ...(whole.$defs ? { $defs: whole.$defs } : {}) };
}

/** An input that offers choices, or columns of a table, has them in other fields of its node: its own value is chosen from those. */
function ofOwnChoices(value: Schema, node: GraphNode): Schema {
  const { options, column_headers: columns } = node.input_default;
  if (Array.isArray(options) && options.length > 0) return { ...value, anyOf: undefined, enum: options };
  if (!Array.isArray(columns) || columns.length === 0) return value;
  const properties = Object.fromEntries(columns.map((one) => [String(one), { type: "string", title: String(one) }]));
  return { ...value, anyOf: undefined, type: "array", items: { type: "object", properties, additionalProperties: true } };
}

function titled(pin: Pin, whole: Schema): Schema {
  const own = whole.properties?.[pin.name] ?? {};
  return { ...own, title: pinTitle(pin.name, own.title ?? (own.$ref ? undefined : pin.title)), ...(pin.isHidden ? { hidden: true } : {}) };
}

export function valueOfNode(node: GraphNode, schema: Schema): JsonObject {
  const found: JsonObject = {};
  for (const name of Object.keys(schema.properties ?? {})) {
    const value = constantOf(node, name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** The fields that an edit of the form changed; a form changes one at a time, a paste several. */
export function changedFields(before: JsonObject, after: JsonObject): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);
}

export function applied(document: GraphDocument, id: string, names: string[], after: JsonObject): GraphDocument {
  return names.reduce((now, name) => setInput(now, id, name, after[name]), document);
}

/** The parts of a pin that are pins of their own: linked, with a constant, or begun on the canvas. */
export function partsOf(pin: string, pins: readonly Pin[], begun: readonly string[]): string[] {
  const known = pins.filter((one) => one.isDynamic && baseName(one.name) === pin).map((one) => one.name);
  return [...known, ...begun.filter((name) => isDynamic(name) && baseName(name) === pin && !known.includes(name))];
}

/** Whether a pin may have parts of its own, and what they are called: a list has items, an object has keys. */
export function partKind(schema: Schema, root: Schema): "key" | "item" | null {
  const branches = branchesOf(resolve(schema, root), root);
  const types = branches.map((one) => (one.properties ? "object" : one.items ? "array" : one.type));
  if (types.includes("array") && !types.includes("object")) return "item";
  return types.includes("object") && !branches.some((one) => one.credentials_provider) ? "key" : null;
}

/** What of the constants is wrong: told here at once, and by the API, which knows more, a moment later. */
export function fieldProblems(node: GraphNode, schema: Schema, value: JsonObject, linked: ReadonlySet<string>, told: readonly NodeProblem[]): FieldProblem[] {
  const counted = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, lenient(one, schema.properties?.[name], schema)]));
  // What is missing is told by the API only: a node that was just added is not wrong yet.
  const own = problemsOf({ ...schema, required: [] }, counted).filter((one) => !linked.has(one.path[0] ?? ""));
  const here = new Set(own.map((one) => one.path[0]));
  const theirs = told.filter((one) => one.nodeId === node.id && one.pin && !one.linkId && !one.graphId && !here.has(one.pin) && !isDynamic(one.pin));
  return [...own, ...theirs.map((one) => ({ path: [one.pin as string], message: one.code === "MISSING_PIN" ? "This is needed: give it a value, or link it." : [one.message, one.remedy].filter(Boolean).join(" ") }))];
}

/** Files have numbers and switches as texts, and the engine reads them as what they say (`schema/coerce.py`). */
function lenient(value: Json, schema: Schema | undefined, root: Schema): Json {
  if (typeof value !== "string") return value;
  const [only, ...others] = branchesOf(resolve(schema, root), root);
  if (!only || others.length > 0) return value;
  if (value === "") return null;
  if ((only.type === "number" || only.type === "integer") && Number.isFinite(Number(value))) return Number(value);
  if (only.type === "boolean" && /^(true|false|1|0|yes|no)$/i.test(value)) return true;
  return only.type === "array" || only.type === "object" ? null : value;
}
