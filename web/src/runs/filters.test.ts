import { describe, expect, test } from "vitest";
import { BUILT_IN, isFiltered, isView, NO_FILTERS, readFilters, span, variablesOf, writeFilters } from "./filters";

const read = (query: string) => readFilters(new URLSearchParams(query));

describe("filters in an address", () => {
  test("what is written is read again", () => {
    const filters = { ...NO_FILTERS, agent: "G1", version: 3, states: ["FAILED" as const, "REVIEW" as const], trigger: "webhook", time: "24", node: "n1", by: "M1", hasProblem: true, withChildren: true, isOldestFirst: true };
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
