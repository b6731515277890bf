import { expect, test } from "vitest";
import { NO_LIMITS, readLimits, writeLimits } from "./limits";

test("an empty field is no limit, and minutes are seconds in the API", () => {
  expect(readLimits({ ...NO_LIMITS, wallMinutes: "1.5", runningMax: "2" }).limits).toEqual({ executionsMax: null, wallSecondsMax: 90, inFlightMax: null, runningMax: 2 });
  expect(writeLimits({ executionsMax: 10, wallSecondsMax: 90, inFlightMax: null, runningMax: null })).toEqual({ executionsMax: "10", wallMinutes: "1.5", inFlightMax: "", runningMax: "" });
});

test("what is no number is told at its field, and nothing is sent", () => {
  const { limits, errors } = readLimits({ executionsMax: "many", wallMinutes: "-1", inFlightMax: "0", runningMax: "1" });
  expect(limits).toBeNull();
  expect(Object.keys(errors).sort()).toEqual(["executionsMax", "inFlightMax", "wallMinutes"]);
});
