import { describe, expect, it } from "vitest";
import { fold, type LiveEvent, NOTHING } from "./fold";
import type { LiveRunQuery } from "./live.generated";
import { viewOf } from "./view";

const AT = "2026-01-01T00:00:00Z";
const row = (execution: number, status: string, more: object = {}) => ({
  id: `x${execution}`, execution, nodeId: "a", title: "A", ordinal: execution, status, step: 0, startedAt: AT, endedAt: null, isReused: false, attempts: [], nextAttemptAt: null, ...more,
});
const rows = (executions: object[], status = "RUNNING", nodes: object[] = []) => ({ id: "r", status, nodes, nodeExecutions: { nodes: executions } }) as unknown as LiveRunQuery["run"];
const node = (more: object) => ({ nodeId: "a", title: "A", counts: [{ status: "COMPLETED", count: 1 }], executionCount: 1, attemptsMax: 1, latestId: "x1", failedId: null, nextAttemptAt: null, error: null, pins: [], ...more });
const moved = (execution: number, status: string): LiveEvent =>
  ({ __typename: "NodeMoved", cursor: "c", at: AT, execution, nodeExecutionId: `x${execution}`, nodeId: "a", status, ordinal: 1, step: 0, title: "A" }) as LiveEvent;
const view = (read: LiveRunQuery["run"] | null, events: LiveEvent[]) => viewOf(read, fold(NOTHING, events), true, [], () => undefined);

describe("viewOf", () => {
  it("lets what was heard go over what was read", () => {
    expect(view(rows([row(1, "RUNNING")]), [moved(1, "COMPLETED")]).nodes.get("a")?.state).toBe("COMPLETED");
  });

  it("shows the rows of a run that is over until its end was heard", () => {
    const done = rows([], "COMPLETED", [node({ counts: [{ status: "COMPLETED", count: 3 }], executionCount: 3 })]);
    const early = view(done, [moved(1, "RUNNING")]);
    expect(early.nodes.get("a")).toMatchObject({ state: "COMPLETED", executionCount: 3 });
  });

  it("counts values by the larger of what was read and what was heard", () => {
    expect(view(rows([], "RUNNING", [node({ pins: [{ pin: "out", count: 7 }] })]), []).pins.get("a\nout")?.count).toBe(7);
  });

  it("shows when the next attempt begins", () => {
    const failed = { number: 1, startedAt: AT, endedAt: AT, error: { code: "UNAVAILABLE", message: "503" } };
    const live = view(rows([row(1, "RUNNING", { attempts: [failed], nextAttemptAt: "2026-01-01T00:00:09Z" })]), [moved(1, "RUNNING")]);
    expect(live.nodes.get("a")).toMatchObject({ attempt: 2, retryAt: "2026-01-01T00:00:09Z", trouble: "503" });
  });

  it("says why a node waits for an operator", () => {
    const failed = { number: 1, startedAt: AT, endedAt: AT, error: { code: "BLOCK_FAILED", message: "No such item." } };
    expect(view(rows([row(1, "PAUSED", { attempts: [failed] })]), [moved(1, "PAUSED")]).nodes.get("a")).toMatchObject({ state: "PAUSED", trouble: "No such item." });
  });

  it("counts an execution once that was read and heard", () => {
    expect(view(rows([row(1, "RUNNING")], "RUNNING", [node({})]), [moved(1, "RUNNING"), moved(2, "RUNNING")]).nodes.get("a")?.executionCount).toBe(2);
  });

  it("shows of a node first what a person should see", () => {
    expect(view(null, [moved(1, "COMPLETED"), moved(2, "FAILED")]).nodes.get("a")?.state).toBe("FAILED");
    expect(view(null, [moved(1, "FAILED"), moved(2, "RUNNING")]).nodes.get("a")?.state).toBe("RUNNING");
    expect(view(null, [moved(1, "RUNNING"), moved(2, "REVIEW")]).nodes.get("a")?.state).toBe("REVIEW");
  });

  it("counts attempts: those that ended, and the one that runs", () => {
    const failed = { number: 1, startedAt: AT, endedAt: AT, error: { code: "UNAVAILABLE", message: "503" } };
    expect(view(rows([row(1, "RUNNING", { attempts: [failed] })]), [moved(1, "RUNNING")]).nodes.get("a")?.attempt).toBe(2);
    expect(view(rows([], "RUNNING", [node({ attemptsMax: 2 })]), []).nodes.get("a")?.attempt).toBe(2);
  });

  it("takes the run's own state from its row once that is over", () => {
    const live = view(rows([], "TERMINATED"), []);
    expect(live.status).toBe("TERMINATED");
    expect(live.isOver).toBe(true);
  });
});
