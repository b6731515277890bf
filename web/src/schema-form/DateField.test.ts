import { expect, test } from "vitest";
import { keptOf, shownOf } from "./DateField";

test("a moment is kept in UTC and shown in the reader's time zone", () => {
  const kept = keptOf("2026-03-01T12:30", "date-time");
  expect(kept).toMatch(/^2026-0[23]-\d{2}T\d{2}:30:00Z$/);
  expect(shownOf(kept as string, "date-time")).toBe("2026-03-01T12:30");
});

test("what the control cannot show is told by null, so that it is shown as text", () => {
  expect(shownOf("tomorrow", "date")).toBeNull();
  expect(shownOf("2026-03-01", "date")).toBe("2026-03-01");
  expect(shownOf("", "time")).toBe("");
  expect(shownOf("noon", "date-time")).toBeNull();
});
