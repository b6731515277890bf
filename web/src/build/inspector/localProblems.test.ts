import { expect, test } from "vitest";
import type { BlockSpec } from "@/blocks/blocks";
import type { GraphNode, JsonObject } from "@/graph/document";
import { localProblems } from "./localProblems";
import { costWords } from "./costs";
import { without } from "./PinnedOutput";
import { wrongOf } from "./BoundedNumber";

const CREDENTIAL = { credentials_provider: ["github"], credentials_types: ["api_key"], type: "object" };
const block = (uuid: string, kind: BlockSpec["kind"], properties = {}, required: string[] = []): [string, BlockSpec] => [uuid, { id: uuid, uuid, name: uuid, description: "", categories: [], kind, inputSchema: { properties, required }, outputSchema: {}, isStatic: false, isInstalled: true, disabledReason: null, isSensitive: false, costs: [] }];
const BLOCKS = new Map([block("git", "STANDARD", { credentials: CREDENTIAL }, ["credentials"]), block("llm", "STANDARD", { credentials: { ...CREDENTIAL, credentials_demo: true } }, ["credentials"]), block("in", "INPUT")]);
const node = (id: string, blockId: string, inputs: JsonObject = {}, more = {}): GraphNode => ({ id, block_id: blockId, input_default: inputs, metadata: {}, ...more });
const found = (...nodes: GraphNode[]) => localProblems({ id: "g", name: "G", nodes, links: [] }, BLOCKS).map((one) => `${one.nodeId} ${one.code}`);

test("a node without its credential is told, unless the demo answers or it may be left out", () => {
  expect(found(node("a", "git"), node("b", "llm"), node("c", "git", { credentials: { id: "x", provider: "github", type: "api_key" } }), node("d", "git", {}, { is_disabled: true }), node("e", "git", {}, { metadata: { credentials_optional: true } }))).toEqual(["a NO_CREDENTIAL"]);
});

test("the second input of a name is told", () => {
  expect(found(node("a", "in", { name: "x" }), node("b", "in", { name: "x" }), node("c", "in", { name: "y" }))).toEqual(["b SAME_NAME"]);
});

test("costs in words", () => {
  expect(costWords([])).toBeNull();
  expect(costWords([{ amount: 1, type: "RUN", filter: {}, divisor: 1 }])).toBe("1 credit a run");
  expect(costWords([{ amount: 1, type: "RUN", filter: {}, divisor: 1 }, { amount: 5, type: "RUN", filter: {}, divisor: 1 }])).toBe("1 to 5 credits a run");
});

test("the last pinned value takes the pin with it", () => {
  expect(without({ a: [1, 2], b: [3] }, "a", 0)).toEqual({ a: [2], b: [3] });
  expect(without({ b: [3] }, "b", 0)).toBeNull();
});

test("what is not within its limits is told, and nothing may stand for the default", () => {
  const limits = { minimum: 1, maximum: 20, isInteger: true };
  expect([wrongOf("", limits), wrongOf("3", limits)]).toEqual([null, null]);
  expect(wrongOf("2.5", limits)).toBe("This must be a whole number from 1 to 20.");
  expect(wrongOf("x", { minimum: 0, maximum: 5 })).toBe("This must be a number from 0 to 5.");
});
