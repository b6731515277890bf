import { describe, expect, test } from "vitest";
import type { Schema } from "@/graph/document";
import { branchesOf, branchFor, controlOf, emptyOf, placeholderOf, resolve, suggestionsOf, titleOfField } from "./schema";

const ROOT: Schema = {
  $defs: {
    Style: { type: "string", enum: ["short", "long"], title: "Style", description: "How." },
    Loop: { $ref: "#/$defs/Loop" },
    Text: { type: "object", properties: { kind: { const: "text" }, text: { type: "string" } }, required: ["kind", "text"] },
    Talk: { type: "object", properties: { kind: { const: "talk" }, turns: { type: "array", items: { type: "string" } } }, required: ["kind", "turns"] },
  },
};
const control = (schema: Schema, name = "") => controlOf(resolve(schema, ROOT), ROOT, name);

describe("resolve", () => {
  test("what the place says goes before what is referred to", () => {
    expect(resolve({ $ref: "#/$defs/Style", description: "Which." }, ROOT)).toEqual({ type: "string", enum: ["short", "long"], title: "Style", description: "Which." });
  });
  test("a reference to itself ends", () => {
    expect(resolve({ $ref: "#/$defs/Loop" }, ROOT).$ref).toBe("#/$defs/Loop");
  });
  test("a reference to nothing, or elsewhere, is any value", () => {
    expect(resolve({ $ref: "#/$defs/Nothing" }, ROOT)).toEqual({});
    expect(resolve({ $ref: "https://example.com/schema" }, ROOT)).toEqual({});
  });
  test("the parts of allOf are put together", () => {
    const whole = resolve({ allOf: [{ properties: { a: {} }, required: ["a"] }, { properties: { b: {} } }] }, ROOT);
    expect(Object.keys(whole.properties ?? {})).toEqual(["a", "b"]);
    expect(whole.required).toEqual(["a"]);
  });
});

describe("controlOf", () => {
  test.each<[string, Schema, string]>([
    ["long-text", { type: "string" }, ""],
    ["text", { type: "string" }, "agent_name"],
    ["text", { type: "string", format: "short-text" }, ""],
    ["text", { anyOf: [{ type: "string", format: "short-text" }, { type: "null" }] }, ""],
    ["long-text", { type: "string", format: "long-text" }, "name"],
    ["secret", { type: "string", secret: true }, ""],
    ["secret", { anyOf: [{ type: "string" }, { type: "null" }], secret: true }, ""],
    ["date-time", { anyOf: [{ type: "string", format: "date-time" }, { type: "null" }] }, ""],
    ["file", { type: "string", format: "file" }, ""],
    ["number", { type: "integer" }, ""],
    ["number", { type: ["number", "null"] }, ""],
    ["boolean", { type: "boolean" }, ""],
    ["choice", { $ref: "#/$defs/Style" }, ""],
    ["choice", { enum: [1, 2] }, ""],
    ["constant", { const: 1 }, ""],
    ["list", { type: "array", items: { type: "string" } }, ""],
    ["table", { type: "array", items: { type: "object", additionalProperties: true } }, ""],
    ["table", { type: "array", items: { type: "object", properties: { a: { type: "string" }, b: { type: "integer" } } } }, ""],
    ["list", { type: "array", items: { type: "object", properties: { a: { type: "array" } } } }, ""],
    ["object", { type: "object", properties: { a: {} } }, ""],
    ["map", { type: "object" }, ""],
    ["map", { additionalProperties: { type: "string" } }, ""],
    ["union", { anyOf: [{ type: "string" }, { type: "integer" }] }, ""],
    ["union", { type: ["string", "integer"] }, ""],
    ["union", {}, ""],
    ["credential", { type: "object", credentials_provider: ["github"] }, ""],
  ])("%s for %j", (expected, schema, name) => {
    expect(control(schema, name)).toBe(expected);
  });
});

describe("branchFor", () => {
  const find = (value: Parameters<typeof branchFor>[0], schema: Schema) => branchFor(value, branchesOf(resolve(schema, ROOT), ROOT), ROOT);
  test("a constant tells objects apart", () => {
    const schema: Schema = { oneOf: [{ $ref: "#/$defs/Text" }, { $ref: "#/$defs/Talk" }] };
    expect(find({ kind: "talk" }, schema)).toBe(1);
    expect(find({ kind: "text" }, schema)).toBe(0);
  });
  test("any value is told by what it is", () => {
    expect([find("a", {}), find(1.5, {}), find(false, {}), find({ a: 1 }, {}), find([1], {}), find(null, {})]).toEqual([0, 1, 2, 3, 3, 0]);
  });
  test("whole numbers before texts", () => {
    const schema: Schema = { anyOf: [{ type: "integer" }, { type: "string" }] };
    expect([find(1, schema), find("x", schema), find(undefined, schema)]).toEqual([0, 1, 0]);
  });
});

test("what is added begins with its constants and defaults", () => {
  expect(emptyOf({ $ref: "#/$defs/Talk" }, ROOT)).toEqual({ kind: "talk" });
  expect(emptyOf({ type: "string" }, ROOT)).toBe("");
  expect(emptyOf({ type: "integer", default: 3 }, ROOT)).toBe(3);
  expect(emptyOf({ type: "array" }, ROOT)).toEqual([]);
});

test("names become titles where a schema has none", () => {
  expect(titleOfField("escape_html", {})).toBe("Escape html");
  expect(titleOfField("escape_html", { title: "Escape HTML" })).toBe("Escape HTML");
});

test("a default stands in the empty field, cut where it is long", () => {
  expect(placeholderOf({ default: 3 })).toBe("3");
  expect(placeholderOf({ default: null })).toBeUndefined();
  expect(placeholderOf({ default: "x".repeat(200) })?.length).toBe(80);
});

test("the field that decides on a credential's provider is filled from what is known", () => {
  const schema: Schema = { properties: { credentials: { discriminator: "model", discriminator_mapping: { "gpt-5": "openai" } }, other: { discriminator: { propertyName: "kind" } } } };
  expect(suggestionsOf(schema)).toEqual({ model: ["gpt-5"] });
});
