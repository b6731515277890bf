import { describe, expect, test } from "vitest";
import { AGENT_BLOCK, type BlockSpec } from "@/blocks/blocks";
import type { GraphDocument, GraphNode, JsonObject, Schema } from "@/graph/document";
import { inputPins } from "@/graph/pins";
import { applied, changedFields, fieldProblems, partKind, partsOf, schemaOfNode, valueOfNode } from "./nodeForm";

const block = (properties: Record<string, Schema>, required: string[] = []): BlockSpec => ({ id: "B", uuid: "b", name: "OneBlock", description: "", categories: [], kind: "STANDARD", inputSchema: { type: "object", properties, required }, outputSchema: {}, isStatic: false, isInstalled: true, disabledReason: null, isSensitive: false, costs: [] });
const node = (inputs: JsonObject, id = "n", blockId = "b"): GraphNode => ({ id, block_id: blockId, input_default: inputs, metadata: {} });
const graph = (...nodes: GraphNode[]): GraphDocument => ({ id: "g", name: "G", nodes, links: [] });

test("a block's inputs are the form, with the canvas's titles", () => {
  const spec = block({ round_result: { type: "boolean", title: "Round Result" }, a: { type: "string", title: "How many" } }, ["a"]);
  const one = node({ a: "x", other: 1 });
  const schema = schemaOfNode(one, graph(one), spec);
  expect(Object.entries(schema.properties ?? {}).map(([name, { title }]) => [name, title])).toEqual([["round_result", "Round result"], ["a", "How many"]]);
  expect(valueOfNode(one, schema)).toEqual({ a: "x" });
});

test("of a node that runs an agent, the agent's inputs are the form", () => {
  const one = node({ graph_id: "x", input_schema: { properties: { city: { type: "string" } }, required: ["city"] }, inputs: { city: "Bonn" } }, "n", AGENT_BLOCK);
  const schema = schemaOfNode(one, graph(one), undefined);
  expect(valueOfNode(one, schema)).toEqual({ city: "Bonn" });
  const next = applied(graph(one), "n", ["city"], { city: "Köln" });
  expect(next.nodes[0]?.input_default.inputs).toEqual({ city: "Köln" });
});

test("an input's value is chosen from the node's own options and columns", () => {
  const spec = { ...block({ value: { anyOf: [{ type: "string" }, { type: "null" }] }, options: { type: "array" } }), kind: "INPUT" as const };
  const one = node({ options: ["red", "green"] });
  expect(schemaOfNode(one, graph(one), spec).properties?.value?.enum).toEqual(["red", "green"]);
  const two = node({ column_headers: ["name", "age"] });
  expect(Object.keys(schemaOfNode(two, graph(two), spec).properties?.value?.items?.properties ?? {})).toEqual(["name", "age"]);
});

test("only what an edit changed is written", () => {
  expect(changedFields({ a: 1, b: 2 }, { a: 1, b: 3, c: 4 })).toEqual(["b", "c"]);
  expect(changedFields({ a: 1 }, {})).toEqual(["a"]);
});

test("parts are those that are linked, have a constant, or were begun", () => {
  const one = node({ "values_#_a": 1 });
  const pins = inputPins(one, graph(one), block({ values: { type: "object", additionalProperties: true } }));
  expect(partsOf("values", pins, ["values_#_b", "values_#_a", "others_#_c"])).toEqual(["values_#_a", "values_#_b"]);
});

test("lists have items, objects have keys, all else has no parts", () => {
  const kinds = [{ type: "array" }, { type: "object" }, { type: "string" }, { anyOf: [{ type: "object" }, { type: "null" }] }, { type: "object", credentials_provider: ["x"] }, {}];
  expect(kinds.map((one) => partKind(one, {}))).toEqual(["item", "key", null, "key", null, null]);
});

describe("problems of fields", () => {
  const schema: Schema = { properties: { n: { type: "integer" }, s: { type: "string" } }, required: ["s"] };
  const problem = (pin: string, code = "WRONG_TYPE") => ({ nodeId: "n", pin, code, message: "Wrong.", remedy: "Change it.", severity: "ERROR" as const });
  test("a number that a file has as a text is one", () => {
    expect(fieldProblems(node({}), schema, { n: "12" }, new Set(), [])).toEqual([]);
    expect(fieldProblems(node({}), schema, { n: "12x" }, new Set(), [])).toEqual([{ path: ["n"], message: "This must be a whole number." }]);
  });
  test("a linked pin's constant does not count", () => {
    expect(fieldProblems(node({}), schema, { n: "x" }, new Set(["n"]), [])).toEqual([]);
  });
  test("the API's are at their fields, and not said twice", () => {
    expect(fieldProblems(node({}), schema, {}, new Set(), [problem("s", "MISSING_PIN")])[0]?.message).toMatch(/give it a value, or link it/);
    expect(fieldProblems(node({}), schema, { n: "x" }, new Set(), [problem("n")])).toHaveLength(1);
    expect(fieldProblems(node({}), schema, {}, new Set(), [{ ...problem("s"), nodeId: "other" }])).toEqual([]);
  });
});
