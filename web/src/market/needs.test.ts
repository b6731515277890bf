import { expect, test } from "vitest";
import type { BlockSpec } from "@/blocks/blocks";
import type { GraphDocument, GraphNode } from "@/graph/document";
import { costWords, needsOf } from "./needs";

const block = (uuid: string, more: Partial<BlockSpec>): BlockSpec =>
  ({ id: uuid, uuid, name: `${uuid}Block`, description: "", categories: [], kind: "STANDARD", inputSchema: {}, outputSchema: {}, isStatic: false, isInstalled: true, disabledReason: null, isSensitive: false, costs: [], ...more }) as BlockSpec;
const node = (id: string, block_id: string, more: Partial<GraphNode> = {}): GraphNode => ({ id, block_id, input_default: {}, metadata: {}, ...more });
const MODEL = block("Model", {
  inputSchema: {
    properties: {
      model: { type: "string", default: "gpt" },
      credentials: { credentials_provider: ["openai", "groq"], credentials_types: ["api_key"], credentials_demo: true, discriminator: "model", discriminator_mapping: { gpt: "openai", llama: "groq" } },
    },
    required: ["credentials"],
  },
});
const MAIL = block("Mail", { isSensitive: true, inputSchema: { properties: { credentials: { credentials_provider: ["smtp"], credentials_types: ["user_password"] } }, required: ["credentials"] }, costs: [{ amount: 2, type: "RUN", filter: {}, divisor: 1 }] });
const blocks = new Map([MODEL, MAIL, block("Gone", { isInstalled: false })].map((one) => [one.uuid, one]));
const providers = [
  { name: "openai", costs: [{ amount: 5, type: "RUN", filter: {}, divisor: 1 }] },
  { name: "groq", costs: [] },
];
const titleOf = (name: string) => ({ openai: "OpenAI", groq: "Groq" })[name] ?? name;
const agent = (nodes: GraphNode[], sub_graphs: GraphDocument[] = []): GraphDocument => ({ id: "a", name: "A", nodes, links: [], sub_graphs });

test("the model says which provider's credential is needed, and what it costs", () => {
  const needs = needsOf(agent([node("1", "Model"), node("2", "Model", { input_default: { model: "llama" } })]), blocks, providers, titleOf);
  expect(needs.credentials.map((one) => [one.providers, one.isRequired, one.hasDemo])).toEqual([[["OpenAI"], true, true], [["Groq"], true, true]]);
  expect(needs.costs).toEqual([{ words: "5 credits a run", nodes: ["Model"] }]);
});

test("what agents within it need counts, too, and what is not installed is named", () => {
  const inner = { ...agent([node("3", "Mail", { metadata: { customized_name: "Tell them" } })]), id: "b" };
  const needs = needsOf(agent([node("1", "Gone")], [inner]), blocks, providers, titleOf);
  expect(needs).toMatchObject({ missing: ["GoneBlock"], sensitive: ["Tell them"], agents: 1, costs: [{ words: "2 credits a run", nodes: ["Tell them"] }] });
  expect(needs.credentials[0]).toMatchObject({ types: ["user_password"], nodes: ["Tell them"] });
});

test("a price that holds for other inputs does not count", () => {
  const dear = block("Dear", { costs: [{ amount: 9, type: "RUN", filter: { model: "large" }, divisor: 1 }] });
  const of = (model: string) => needsOf(agent([node("1", "Dear", { input_default: { model } })]), new Map([["Dear", dear]]), [], titleOf).costs;
  expect(of("small")).toEqual([]);
  expect(of("large")).toHaveLength(1);
  expect(costWords({ amount: 1, type: "TOKENS", filter: {}, divisor: 1_000 })).toMatch(/^1 credit for 1.000 tokens$/);
});
