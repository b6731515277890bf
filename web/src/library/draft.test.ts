import { expect, test } from "vitest";
import { hasChanges } from "./draft";

const at = (draft: string, version: string | null, revision = 3) => hasChanges({ draft: { revision, updatedAt: draft }, versions: { nodes: version ? [{ createdAt: version }] : [] } });

test("a draft that was published has no changes, though it has a revision", () => {
  expect(at("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z")).toBe(false);
  expect(at("2026-01-01T00:00:02Z", "2026-01-01T00:00:01Z")).toBe(true);
});

test("what was never published is a change; what nobody edited is none", () => {
  expect(at("2026-01-01T00:00:00Z", null)).toBe(true);
  expect(at("2026-01-01T00:00:02Z", "2026-01-01T00:00:01Z", 0)).toBe(false);
});
