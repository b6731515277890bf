import { expect, test } from "vitest";
import type { GraphDocument, Schema } from "@/graph/document";
import { type Needs, secretInputs, valueProblems, valuesOf } from "./useNeeds";

const schema: Schema = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" }, token: { type: "string", secret: true } },
  required: ["city", "token"],
};
const needs: Needs = { agentId: "a", schema, document: { id: "a", name: "A", nodes: [], links: [] } as GraphDocument, requirements: [], hasExternalTrigger: false };

test("a secret is asked for nowhere, and is no problem where it is absent", () => {
  expect(secretInputs(schema)).toEqual(["token"]);
  expect(valueProblems(needs, { inputs: { city: "Bath" }, chosen: {} })).toEqual([]);
});

test("what is required must be there, but not where the rest comes later", () => {
  expect(valueProblems(needs, { inputs: {}, chosen: {} }).map((one) => one.path)).toEqual([["city"]]);
  expect(valueProblems(needs, { inputs: {}, chosen: {} }, { isPartial: true })).toEqual([]);
  expect(valueProblems(needs, { inputs: {}, chosen: {} }, { without: ["city"] })).toEqual([]);
});

test("the stars that stand for a secret are no value", () => {
  expect(valuesOf({ inputs: { city: "Bath", token: "***" }, credentials: [{ key: "k", credentialId: "c" }] })).toEqual({ inputs: { city: "Bath" }, chosen: { k: "c" } });
});
