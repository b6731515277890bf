import { expect, test } from "vitest";
import { limitProblems } from "./limits";

const BEFORE = { executionsMax: "3", minutes: "", inFlightMax: "20" };
const problems = (change: Partial<typeof BEFORE>) => limitProblems({ ...BEFORE, ...change }, BEFORE, { executions: 3, minutes: 2.5 });

test("what is as it was, and what is higher, can be sent", () => {
  expect(problems({})).toEqual({});
  expect(problems({ executionsMax: "4", minutes: "2.6", inFlightMax: "1" })).toEqual({});
});

test("a limit that is met already is refused, and so is what is no such number", () => {
  expect(problems({ executionsMax: "3 " })).toEqual({});
  expect(problems({ executionsMax: "2", minutes: "2.5" })).toEqual({ executionsMax: "It has used 3 already.", minutes: "It has used as much already." });
  expect(problems({ executionsMax: "1e999", inFlightMax: "-4" })).toEqual({ executionsMax: "Give a number above 0.", inFlightMax: "Give a number above 0." });
  expect(problems({ executionsMax: "7.5" }).executionsMax).toBe("Give a whole number.");
  expect(problems({ inFlightMax: "" }).inFlightMax).toContain("cannot be taken away");
});
