import { expect, test } from "vitest";
import type { GraphDocument } from "@/graph/document";
import { linkMarks, marksAt, marksNow } from "./marks";
import type { RunNodePartsFragment } from "./run.generated";

const node = (nodeId: string, more: Partial<RunNodePartsFragment> = {}): RunNodePartsFragment => ({
  nodeId, title: nodeId, blockName: "B", counts: [{ status: "COMPLETED", count: 2 }], executionCount: 2, attemptsMax: 1, firstStartedAt: null, lastEndedAt: null, latestId: "x", failedId: null, error: null, nextAttemptAt: null, pins: [], ...more,
});

test("a node that waits to be tried again shows which attempt is next, and when", () => {
  const waiting = node("a", { counts: [{ status: "RUNNING", count: 1 }], attemptsMax: 2, nextAttemptAt: "2026-01-01T00:00:00Z" });
  expect(marksNow([waiting], new Map([["a", { text: { execution: 1, attempt: 3, pin: "out", text: "gro" }, trouble: "503", attempt: 3 }]])).get("a")).toMatchObject({ state: "RUNNING", attempt: 3, retryAt: "2026-01-01T00:00:00Z", error: "503", text: "gro", isGrowing: true });
  expect(marksNow([node("a")], new Map()).get("a")).toMatchObject({ state: "COMPLETED", count: 2, attempt: undefined });
});

test("a failure is shown at a moment only where it had happened", () => {
  const errors = new Map([["a", "broken"]]);
  expect(marksAt(new Map([["a", { RUNNING: 1 }]]), errors).get("a")?.error).toBeNull();
  expect(marksAt(new Map([["a", { FAILED: 1 }]]), errors).get("a")).toMatchObject({ state: "FAILED", error: "broken", count: 1 });
});

test("a link carries what its pin gave, a part of a value counts as the value", () => {
  const link = (id: string, source_name: string) => ({ id, source_id: "a", source_name, sink_id: "b", sink_name: "in" });
  const document: GraphDocument = { id: "g", name: "g", nodes: [], links: [link("l1", "out"), link("l2", "data_#_city"), link("l3", "none")] };
  const marks = linkMarks(document, [node("a", { pins: [{ pin: "out", count: 3 }, { pin: "data", count: 5 }] })]);
  expect([...marks].map(([id, mark]) => [id, mark.count])).toEqual([["l1", 3], ["l2", 5]]);
});
