import { describe, expect, it } from "vitest";
import { useName, usePath, usesByKind, usesInShort } from "./uses";

const use = (more: object) => ({ kind: "AGENT" as const, id: "i", name: "Greeter", graphId: "g", graphName: "Greeter", nodesCount: 1, isPaused: false, ...more });

describe("what uses a credential", () => {
  it("is told by kind, agents first", () => {
    const uses = [use({ kind: "PRESET" }), use({}), use({ kind: "SCHEDULE" }), use({})];
    expect(usesInShort(uses)).toBe("2 agents, 1 schedule, 1 preset");
    expect(usesByKind(uses).map((group) => group.kind)).toEqual(["AGENT", "SCHEDULE", "PRESET"]);
    expect(usesInShort([])).toBe("");
  });
  it("is named with its agent, and another person's is not named at all", () => {
    expect(useName(use({ nodesCount: 3 }))).toBe("Greeter, in 3 nodes");
    expect(useName(use({ kind: "SCHEDULE", name: "Daily", isPaused: true }))).toBe("Daily, of Greeter, paused");
    expect(useName(use({ kind: "PRESET", id: null, name: null }))).toBe("Another person's, of Greeter");
  });
  it("is reached where it is looked after", () => {
    expect(usePath(use({ kind: "DRAFT" }))).toBe("/build/g");
    expect(usePath(use({ kind: "SCHEDULE", id: "s" }))).toBe("/library/g?tab=schedules&schedule=s");
    expect(usePath(use({ kind: "PRESET", id: null, name: null }))).toBeNull();
  });
});
