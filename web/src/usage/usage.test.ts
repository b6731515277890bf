import { describe, expect, it } from "vitest";
import { csvOf } from "./csv";
import { axisMax, barsOf, byModel, type Day, dollars, limitIn, totalOf } from "./usage";

const NOW = Date.parse("2026-11-26T12:00:00Z");
const model = (more: object = {}) => ({ provider: "openai", model: "m", calls: 1, inputTokens: 10, outputTokens: 5, costMicroUsd: 1_000, ...more });
const day = (at: string, models = [model()]): Day => ({ day: at, usage: { calls: models.length, inputTokens: 10, outputTokens: 5, costMicroUsd: 1_000, unpricedCalls: 0, byModel: models } });

describe("usage by day", () => {
  it("has a bar for every day, and today is the last", () => {
    const bars = barsOf([day("2026-11-24"), day("2026-11-26")], 4, "tokens", NOW);
    expect(bars).toEqual([
      { day: "2026-11-23", value: 0 },
      { day: "2026-11-24", value: 15 },
      { day: "2026-11-25", value: 0 },
      { day: "2026-11-26", value: 15 },
    ]);
  });
  it("adds up, and by model too, the dearest first", () => {
    const days = [day("2026-11-24"), day("2026-11-25", [model({ model: "dear", costMicroUsd: 9_000 }), model()])];
    expect(totalOf(days)).toMatchObject({ calls: 3, costMicroUsd: 2_000 });
    expect(byModel(days).map((one) => [one.model, one.calls, one.costMicroUsd])).toEqual([["dear", 1, 9_000], ["m", 2, 2_000]]);
  });
  it("does not call an unknown price nothing", () => {
    expect(byModel([day("2026-11-25", [model({ costMicroUsd: null })])])[0]?.costMicroUsd).toBeNull();
    expect(dollars(null)).toBe("Not known");
    expect(dollars(0)).toBe("$0");
    expect(dollars(1_500)).toBe("$0.0015");
    expect(dollars(12_345_678)).toBe("$12.35");
  });
});

describe("the axis", () => {
  it("ends at a round figure that nothing goes beyond", () => {
    expect(axisMax([0, 0])).toBe(1);
    expect(axisMax([3])).toBe(5);
    expect(axisMax([11])).toBe(20);
    expect(axisMax([0.003])).toBe(0.005);
    expect(axisMax([500])).toBe(500);
  });
});

describe("a limit that is typed", () => {
  it("is none where the field is empty, and refused where it is no number above nothing", () => {
    expect(limitIn(" ")).toBeNull();
    expect(limitIn("10")).toBe(10);
    expect(limitIn("-1")).toBeUndefined();
    expect(limitIn("ten")).toBeUndefined();
  });
});

describe("figures to take along", () => {
  it("are quoted where they must be, and no text becomes a formula", () => {
    expect(csvOf([["Agent", "Calls"], ['Says "hi", twice', 2], ["=HYPERLINK(1)", -1]])).toBe('Agent,Calls\r\n"Says ""hi"", twice",2\r\n\'=HYPERLINK(1),-1\r\n');
  });
});
