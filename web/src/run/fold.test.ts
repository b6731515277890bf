import { describe, expect, it } from "vitest";
import { fold, type LiveEvent, LINES_MAX, NOTHING, pinKey, VALUES_KEPT } from "./fold";

const AT = "2026-01-01T00:00:00Z";
let count = 0;
const common = (execution: number, nodeId = "a") => ({ cursor: `c${++count}`, at: AT, execution, nodeExecutionId: `x${execution}`, nodeId });

const moved = (execution: number, status: string, step = 0, nodeId = "a"): LiveEvent =>
  ({ __typename: "NodeMoved", ...common(execution, nodeId), status, ordinal: execution, step, title: "Node" }) as LiveEvent;
const emitted = (execution: number, sequence: number, pin = "out", nodeId = "a"): LiveEvent =>
  ({ __typename: "Emitted", ...common(execution, nodeId), sequence, pin, value: { preview: String(sequence), size: 1, type: "number", isInline: true, valueUrl: null, json: sequence, file: null } }) as LiveEvent;
const streamed = (execution: number, text: string, attempt = 1): LiveEvent =>
  ({ __typename: "TextStreamed", ...common(execution), attempt, pin: "response", text }) as LiveEvent;
const written = (line: string): LiveEvent => ({ __typename: "LogWritten", ...common(1), attempt: 1, level: "info", line }) as LiveEvent;
const run = (status: string): LiveEvent => ({ __typename: "RunMoved", cursor: `c${++count}`, at: AT, status, error: null, cancelReason: null }) as LiveEvent;

describe("fold", () => {
  it("counts an emission once, however often it is told", () => {
    const events = [moved(1, "RUNNING"), emitted(1, 0), emitted(1, 1), moved(1, "COMPLETED")];
    const once = fold(NOTHING, events);
    const twice = fold(once, events);
    expect(once.pins.get(pinKey("a", "out"))?.count).toBe(2);
    expect(twice.pins.get(pinKey("a", "out"))?.count).toBe(2);
    expect(twice.executions.get(1)?.state).toBe("COMPLETED");
  });

  it("gives the same for events one by one and together", () => {
    const events = [moved(1, "RUNNING"), streamed(1, "ab"), emitted(1, 0), moved(1, "COMPLETED"), written("x"), run("COMPLETED")];
    const together = fold(NOTHING, events);
    const single = events.reduce((state, event) => fold(state, [event]), NOTHING);
    expect(single).toEqual(together);
  });

  it("keeps an execution that is over as it ended", () => {
    const state = fold(NOTHING, [moved(1, "FAILED"), moved(1, "RUNNING")]);
    expect(state.executions.get(1)?.state).toBe("FAILED");
  });

  it("lets a step that is behind change nothing", () => {
    const state = fold(NOTHING, [moved(1, "REVIEW", 2), moved(1, "RUNNING", 1)]);
    expect(state.executions.get(1)?.state).toBe("REVIEW");
  });

  it("grows text by attempt, and drops it when the value is there", () => {
    const first = fold(NOTHING, [moved(1, "RUNNING"), streamed(1, "Hel"), streamed(1, "lo")]);
    expect(first.texts.get("a")?.text).toBe("Hello");
    const second = fold(first, [streamed(1, "Hi", 2), streamed(1, "late", 1)]);
    expect(second.texts.get("a")).toMatchObject({ text: "Hi", attempt: 2 });
    expect(second.executions.get(1)?.attempt).toBe(2);
    expect(fold(second, [moved(1, "COMPLETED")]).texts.size).toBe(0);
  });

  it("drops the text of an attempt whose worker died, and of one that waits for an operator", () => {
    const first = fold(NOTHING, [moved(1, "RUNNING"), streamed(1, "Hel")]);
    expect(fold(first, [moved(1, "RUNNING"), streamed(1, "Hello")]).texts.get("a")?.text).toBe("Hello");
    expect(fold(first, [moved(1, "PAUSED")]).texts.size).toBe(0);
  });

  it("keeps what streamed before its execution was told to have begun", () => {
    expect(fold(NOTHING, [streamed(1, "Hel"), moved(1, "RUNNING"), streamed(1, "lo")]).texts.get("a")?.text).toBe("Hello");
  });

  it("keeps so many lines and values, the newest", () => {
    const many = Array.from({ length: LINES_MAX + 5 }, (_, index) => written(`${index}`));
    const values = Array.from({ length: VALUES_KEPT + 5 }, (_, index) => emitted(1, index));
    const state = fold(NOTHING, [...many, ...values]);
    expect(state.lines).toHaveLength(LINES_MAX);
    expect(state.lines[0]?.line).toBe("5");
    expect(state.pins.get(pinKey("a", "out"))?.count).toBe(VALUES_KEPT + 5);
    expect(state.pins.get(pinKey("a", "out"))?.last).toHaveLength(VALUES_KEPT);
  });

  it("knows an execution by what it emits, where its state was not told yet", () => {
    expect(fold(NOTHING, [emitted(7, 0)]).executions.get(7)).toMatchObject({ state: "RUNNING", next: 1, nodeId: "a" });
  });

  it("says when something is to be read again", () => {
    const first = fold(NOTHING, [moved(1, "RUNNING")]);
    expect(fold(first, [emitted(1, 0)]).news).toBe(first.news);
    expect(fold(first, [moved(1, "RUNNING")]).news).toBeGreaterThan(first.news);
    expect(fold(first, [run("PAUSED")]).news).toBeGreaterThan(first.news);
  });

  it("does not let a run that is over begin again", () => {
    expect(fold(NOTHING, [run("COMPLETED"), run("RUNNING")]).status).toBe("COMPLETED");
  });

  it("leaves what it was given as it is", () => {
    const before = fold(NOTHING, [moved(1, "RUNNING")]);
    fold(before, [moved(1, "COMPLETED"), emitted(2, 0)]);
    expect(before.executions.get(1)?.state).toBe("RUNNING");
    expect(before.executions.size).toBe(1);
  });
});
