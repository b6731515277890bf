import { describe, expect, test } from "vitest";
import { BUILT_IN, COSTS, costs, isFiltered, isView, NO_FILTERS, readFilters, soughtIn, span, variablesOf, writeFilters } from "./filters";

const read = (query: string) => readFilters(new URLSearchParams(query));

describe("filters in an address", () => {
  test("what is written is read again", () => {
    const filters = { ...NO_FILTERS, agent: "G1", version: 3, states: ["FAILED" as const, "REVIEW" as const], trigger: "webhook", time: "24", node: "n1", by: "M1", cost: "0.5..2", search: "walls", hasProblem: true, withChildren: true, isOldestFirst: true };
    expect(readFilters(writeFilters(filters))).toEqual(filters);
  });

  test("nonsense filters nothing", () => {
    expect(read("state=NOPE,&version=x&order=up&problem=no")).toEqual(NO_FILTERS);
  });

  test("a version and a node are those of an agent, and go with it", () => {
    expect(read("version=2&node=n1")).toEqual(NO_FILTERS);
    expect(writeFilters({ ...NO_FILTERS, version: 2, node: "n" }).toString()).toBe("");
  });

  test("what else stands in the address stays", () => {
    expect(writeFilters({ ...NO_FILTERS, trigger: "manual" }, new URLSearchParams("live=off&state=FAILED")).toString()).toBe("live=off&trigger=manual");
  });

  test("an order alone is no filter", () => {
    expect(isFiltered(read("order=oldest"))).toBe(false);
    expect(isFiltered(read("state=FAILED"))).toBe(true);
  });
});

test("costs are dollars in the address and millionths for the API, both ends included", () => {
  expect(costs("0.5..2")).toEqual({ from: 0.5, to: 2 });
  expect(costs("..0")).toEqual({ from: null, to: 0 });
  for (const nonsense of ["..", "1", "2..1", "-1..", "a..b", "1..1e9", "..9999999999"]) expect(costs(nonsense)).toBeNull();
  expect(read("cost=2..1").cost).toBeNull();
  expect(variablesOf(read("cost=0.29.."), 0)).toMatchObject({ costMicroUsdMin: 290_000, costMicroUsdMax: null });
  for (const { value } of COSTS.slice(1)) expect(costs(value)).not.toBeNull();
});

test("what is looked for is a name, an id, or the address of a run", () => {
  expect(soughtIn(" dry walls ")).toBe("dry walls");
  expect(soughtIn("http://127.0.0.1:8080/runs/UnVuOjAx-_?tab=cost")).toBe("UnVuOjAx-_");
  expect(variablesOf(read(`q=${"x".repeat(300)}`), 0).search).toHaveLength(100);
});

test("hours back are counted from the minute", () => {
  const now = Date.parse("2026-01-02T10:00:30Z");
  expect(span("24", now)).toEqual({ createdAfter: "2026-01-01T10:00:00.000Z", createdBefore: null });
  expect(span("2026-01-01T00:00:00Z..", now)).toEqual({ createdAfter: "2026-01-01T00:00:00.000Z", createdBefore: null });
  expect(span("..rubbish", now)).toEqual({ createdAfter: null, createdBefore: null });
});

test("runs that other agents started are listed where they are asked for", () => {
  expect(variablesOf({ ...NO_FILTERS, trigger: "child" }, 0).includeChildren).toBe(true);
  expect(variablesOf(NO_FILTERS, 0)).toMatchObject({ includeChildren: false, status: null, hasProblem: null, order: "NEWEST_FIRST" });
});

test("a view is known again whatever the order of its words", () => {
  const failed = BUILT_IN.find((view) => view.name === "Failed");
  expect(failed && isView(failed, read("state=FAILED"))).toBe(true);
  expect(isView({ name: "x", query: "trigger=manual&state=FAILED" }, read("state=FAILED&trigger=manual"))).toBe(true);
});
