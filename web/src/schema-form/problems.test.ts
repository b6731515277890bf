import { describe, expect, test } from "vitest";
import type { JsonObject, Schema } from "@/graph/document";
import { below, ownOf, problemsOf } from "./problems";

const said = (schema: Schema, value: JsonObject) => problemsOf(schema, value).map((one) => `${one.path.join(".")}: ${one.message}`);
const of = (schema: Schema): Schema => ({ type: "object", properties: { a: schema } });

describe("problemsOf", () => {
  test("a missing field is told at its place, unless it has a default", () => {
    const schema: Schema = { type: "object", properties: { a: { type: "string" }, b: { type: "string", default: "x" } }, required: ["a", "b"] };
    expect(said(schema, {})).toEqual(["a: This is needed."]);
    expect(said(schema, { a: null })).toEqual(["a: This is needed."]);
  });
  test("limits are told in words", () => {
    expect(said(of({ type: "integer", minimum: 1 }), { a: 0 })).toEqual(["a: This must be at least 1."]);
    expect(said(of({ type: "integer" }), { a: 1.5 })).toEqual(["a: This must be a whole number."]);
    expect(said(of({ type: "string", minLength: 1 }), { a: "" })).toEqual(["a: This must not be empty."]);
    expect(said(of({ enum: ["x"] }), { a: "y" })).toEqual(["a: This is none of the choices."]);
    expect(said(of({ type: "array", maxItems: 1 }), { a: [1, 2] })).toEqual(["a: This may have at most 1 entries."]);
  });
  test("what is within is told within", () => {
    expect(said(of({ type: "array", items: { type: "object", properties: { n: { type: "number" } }, required: ["n"] } }), { a: [{ n: 1 }, { n: "x" }, {}] })).toEqual(["a.1.n: This must be a number.", "a.2.n: This is needed."]);
  });
  test("of a union, only the type that the value is of is told", () => {
    const schema = of({ anyOf: [{ type: "integer", maximum: 5 }, { type: "boolean" }, { type: "null" }] });
    expect(said(schema, { a: 9 })).toEqual(["a: This must be at most 5."]);
    expect(said(schema, { a: null })).toEqual([]);
  });
  test("a pattern is left to the API: it may be a stranger's", () => {
    expect(said(of({ type: "string", pattern: "^(a+)+$" }), { a: `${"a".repeat(50)}!` })).toEqual([]);
  });
  test("a credential is chosen by its own control", () => {
    expect(said({ type: "object", properties: { c: { credentials_provider: ["x"], type: "object" } }, required: ["c"] }, { c: null })).toEqual([]);
  });
  test("references are followed", () => {
    expect(said({ $defs: { N: { type: "number" } }, properties: { a: { $ref: "#/$defs/N" } } }, { a: "x" })).toEqual(["a: This must be a number."]);
  });
});

test("problems are handed down by their paths", () => {
  const problems = [{ path: ["a", "0"], message: "Deep." }, { path: ["a"], message: "Here." }, { path: ["b"], message: "There." }];
  expect(below(problems, "a")).toEqual([{ path: ["0"], message: "Deep." }, { path: [], message: "Here." }]);
  expect(ownOf(below(problems, "a"))).toBe("Here.");
});
