import { expect, test } from "vitest";
import { timesWithin } from "./backfill";

test("times behind the range, and times that are still to come, are not made up for", () => {
  const times = ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z", "2026-01-01T03:00:00Z"];
  expect(timesWithin(times, "2026-01-01T02:30:00Z", Date.parse("2026-02-01T00:00:00Z"))).toHaveLength(2);
  expect(timesWithin(times, "2026-01-02T00:00:00Z", Date.parse("2026-01-01T01:30:00Z"))).toHaveLength(1);
});
