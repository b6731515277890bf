import { expect, test } from "vitest";
import { readClip, withoutSecrets } from "./clip";
import { inputPins } from "./pins";
import { agent, node } from "./testing";
import { whole } from "./whole";
import { AGENT_BLOCK } from "@/blocks/blocks";

const odd = { id: "a", block_id: "x", input_default: "text", note: { a: 1 }, metadata: { position: { x: "1", y: null }, customized_name: { a: 1 }, size: "big", kept: [1] } };

test("what cannot be drawn is gone, and the rest is kept", () => {
  expect(whole({ id: "g", name: "G", nodes: [odd, { id: "b", block_id: "x", metadata: "none" }] })).toEqual({
    id: "g", name: "G", links: [],
    nodes: [{ id: "a", block_id: "x", input_default: {}, note: null, metadata: { kept: [1] } }, { id: "b", block_id: "x", input_default: {}, metadata: {} }],
  });
  expect(readClip(JSON.stringify({ nodes: [odd] }))?.nodes[0]?.metadata).toEqual({ kept: [1] });
});

test("a document that is as it should be stays the same object, and another is made once", () => {
  const fine = agent([node("a")]);
  expect(whole(fine)).toBe(fine);
  const lacking = { id: "g", name: "G" };
  expect(whole(lacking)).toBe(whole(lacking));
});

test("the schema of an agent within is read whatever it is", () => {
  const given = { properties: { a: null, b: { title: {}, description: [] }, c: { title: "See" } }, required: 5 };
  expect(inputPins(node("n", AGENT_BLOCK, { input_schema: given as never }), agent([]), undefined).map((pin) => pin.title)).toEqual(["B", "See"]);
});

test("what a node gives the agent that it runs is copied without its secrets", () => {
  const credentials = { id: "c", provider: "github", type: "api_key" };
  const inputs = { key: "hidden", topic: "walls", github_credentials: credentials };
  const given = { input_schema: { properties: { key: { secret: true }, topic: {} } }, inputs, nodes_input_masks: { n: { credentials } }, key: "hidden" };
  expect(withoutSecrets(node("n", AGENT_BLOCK, given as never), new Map()).input_default).toEqual({ input_schema: given.input_schema, inputs: { topic: "walls" } });
});
