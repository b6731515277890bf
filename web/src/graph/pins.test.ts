import { describe, expect, test } from "vitest";
import { AGENT_BLOCK } from "@/blocks/blocks";
import { baseName, constantOf, inputPins, isDynamic, outputPins, titleOf } from "./pins";
import { agent, block, link, node } from "./testing";
import { blockWords, pinTitle } from "./words";

const dictionary = block("Make", { values: { type: "object", additionalProperties: true }, size: { type: "integer", advanced: true }, key: { type: "object", credentials_provider: ["x"] } }, { error: { type: "string" }, made: { type: "object" } }, { required: ["values"] });

describe("pins of a node", () => {
  test("are those of its block, with the error last among the outputs", () => {
    const pins = inputPins(node("a", "Make"), agent([]), dictionary);
    expect(pins.map((pin) => [pin.name, pin.isRequired, pin.isAdvanced, pin.isCredential])).toEqual([["values", true, false, false], ["size", false, true, false], ["key", false, false, true]]);
    expect(outputPins(node("a", "Make"), agent([]), dictionary).map((pin) => pin.name)).toEqual(["made", "error"]);
  });

  test("a part that a link names stands behind its whole", () => {
    const pins = inputPins(node("a", "Make"), agent([], [link("b.out", "a.values_#_city")]), dictionary);
    expect(pins.map((pin) => [pin.name, pin.title, pin.isLinked, pin.isDynamic]).slice(0, 2)).toEqual([["values", "Values", false, false], ["values_#_city", "city", true, true]]);
  });

  test("a pin that no block has is shown, and marked", () => {
    expect(inputPins(node("a", "Make"), agent([], [link("b.out", "a.gone")]), dictionary).at(-1)).toMatchObject({ name: "gone", isUnknown: true });
    // Of a block that nobody knows nothing can be said against its pins.
    expect(inputPins(node("a", "?"), agent([], [link("b.out", "a.x")]), undefined)).toMatchObject([{ name: "x", isUnknown: false, isLinked: true }]);
  });

  test("of a node that runs an agent they are the agent's", () => {
    const runs = node("a", AGENT_BLOCK, { graph_id: "g", agent_name: "Poet", input_schema: { properties: { Topic: { type: "string" } }, required: ["Topic"] }, output_schema: { properties: { Poem: {} } }, inputs: { Topic: "walls" } });
    expect(inputPins(runs, agent([]), undefined).map((pin) => [pin.name, pin.isRequired])).toEqual([["Topic", true]]);
    expect(outputPins(runs, agent([]), undefined).map((pin) => pin.name)).toEqual(["Poem"]);
    expect(constantOf(runs, "Topic")).toBe("walls");
    expect(titleOf(runs, undefined)).toBe("Poet");
  });
});

describe("names", () => {
  test("a path is split as the engine splits it", () => {
    expect(baseName("list_$_0_#_a")).toBe("list");
    expect(baseName("tools_^_node_~_pin")).toBe("tools");
    expect(isDynamic("_#_a")).toBe(false);
    expect(isDynamic("values_#_")).toBe(false);
  });

  test("read as words", () => {
    expect(pinTitle("input_url", "Input Url")).toBe("Input URL");
    expect(pinTitle("a", "The first one")).toBe("The first one");
    expect(blockWords("AITextGeneratorBlock")).toBe("AI Text Generator");
    expect(blockWords("GithubIssuesTriggerBlock")).toBe("GitHub Issues Trigger");
  });
});
