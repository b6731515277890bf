import { describe, expect, it } from "vitest";
import { PINNED_VALUES_MAX, pinnedOf, readPinned, textOf } from "./pinned";

const problem = (text: string, pins: string[] = []) => {
  const read = readPinned(text, pins);
  return "problem" in read ? read.problem : null;
};

describe("pinned outputs", () => {
  it("are gathered by pin, in their order, without errors", () => {
    const outputs = [{ pin: "a", json: 1 }, { pin: "error", json: "no" }, { pin: "b", json: null }, { pin: "a", json: [2] }];
    expect(pinnedOf(outputs)).toEqual({ a: [1, [2]], b: [null] });
  });

  it("come back from their text", () => {
    const pinned = { a: [1, "x"], b: [] };
    expect(readPinned(textOf(pinned), ["a", "b"])).toEqual({ pinned });
  });

  it("say what is wrong with what was written", () => {
    expect(problem("{")).toContain("no JSON");
    expect(problem("[1]")).toContain("object");
    expect(problem('{"a": 1}')).toContain("list");
    expect(problem('{"c": [1]}', ["a", "b"])).toContain("a, b");
    expect(problem(JSON.stringify({ a: Array(PINNED_VALUES_MAX + 1).fill(0) }))).toContain("at most");
  });
});
