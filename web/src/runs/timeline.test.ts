import { describe, expect, test } from "vitest";
import { barsOf, countsAt, heldOf, lengthOf, NO_COLUMNS, type Page, placesOf, settledTo, stateOf, ticksOf, tookOf, upTo, withPage } from "./timeline";

const page = (rows: [number, string, Page["states"][number], number | null, number | null][], more: Partial<Page> = {}): Page => {
  const nodeIds = [...new Set(rows.map((row) => row[1]))];
  return {
    hasNextPage: false,
    endExecution: rows.at(-1)?.[0] ?? null,
    executions: rows.map((row) => row[0]),
    nodeIds,
    nodes: rows.map((row) => nodeIds.indexOf(row[1])),
    states: rows.map((row) => row[2]),
    started: rows.map((row) => row[3]),
    ended: rows.map((row) => row[4]),
    queued: rows.map(() => null),
    reused: [],
    repeated: [],
    ...more,
  };
};
const ZERO = Date.parse("2026-01-01T00:00:00Z");
const two = withPage(NO_COLUMNS, page([[1, "a", "COMPLETED", 10, 20], [2, "b", "RUNNING", 20, null], [4, "b", "FAILED", 25, 40]]), 0, ZERO);

describe("pages", () => {
  test("a page that is read again replaces what stood behind its beginning", () => {
    const after = settledTo(two);
    expect(after).toBe(1);
    const again = withPage(two, page([[2, "b", "COMPLETED", 20, 60], [4, "b", "FAILED", 25, 40], [5, "c", "COMPLETED", 60, 61]]), after, ZERO);
    expect(again.executions).toEqual([1, 2, 4, 5]);
    expect(again.nodeIds).toEqual(["a", "b", "b", "c"]);
    expect(again.states).toEqual(["COMPLETED", "COMPLETED", "FAILED", "COMPLETED"]);
    expect(settledTo(again)).toBe(5);
    expect(settledTo(NO_COLUMNS)).toBe(0);
  });

  test("numbers up to a limit are counted", () => {
    expect(upTo([1, 2, 4, 9], 4)).toBe(3);
    expect(upTo([], 4)).toBe(0);
  });
});

describe("the nodes at a moment", () => {
  test("what has begun and not ended runs, and what has not begun is not there", () => {
    expect(Object.fromEntries(countsAt(two, 5))).toEqual({});
    expect(Object.fromEntries(countsAt(two, 30))).toEqual({ a: { COMPLETED: 1 }, b: { RUNNING: 2 } });
    expect(Object.fromEntries(countsAt(two, 50))).toEqual({ a: { COMPLETED: 1 }, b: { RUNNING: 1, FAILED: 1 } });
  });

  test("what was held then is paused or in review, whatever became of it", () => {
    const at = (ms: number) => new Date(ZERO + ms).toISOString();
    const halts = [
      { nodeId: "b", nodeExecutionId: "x", since: at(28), clearedAt: at(35) },
      { nodeId: null, nodeExecutionId: null, since: at(0), clearedAt: null },
    ];
    const held = heldOf(halts, [{ nodeId: "b", createdAt: at(33), decidedAt: null }, { nodeId: "a", createdAt: at(12), decidedAt: at(18) }], ZERO);
    const then = (ms: number) => Object.fromEntries(countsAt(two, ms, held));
    expect(then(15)).toEqual({ a: { REVIEW: 1 } });
    expect(then(30)).toEqual({ a: { COMPLETED: 1 }, b: { RUNNING: 1, PAUSED: 1 } });
    expect(then(34)).toEqual({ a: { COMPLETED: 1 }, b: { PAUSED: 1, REVIEW: 1 } });
    expect(then(36)).toEqual({ a: { COMPLETED: 1 }, b: { RUNNING: 1, REVIEW: 1 } });
    expect(then(50).b).toEqual({ REVIEW: 1, FAILED: 1 });
  });

  test("what was taken over from another run was there from the beginning", () => {
    const reused = withPage(NO_COLUMNS, page([[1, "a", "COMPLETED", null, null]], { reused: [0] }), 0, ZERO);
    expect(Object.fromEntries(countsAt(reused, 0))).toEqual({ a: { COMPLETED: 1 } });
    expect(barsOf(reused, 0, 100)).toEqual([]);
  });

  test("of several states a node shows what a person should see first", () => {
    expect(stateOf({ COMPLETED: 5, FAILED: 1 })).toBe("FAILED");
    expect(stateOf({ COMPLETED: 5, REVIEW: 1, RUNNING: 2 })).toBe("REVIEW");
    expect(stateOf({})).toBeNull();
  });
});

describe("bars", () => {
  test("attempts and the waits between them are drawn one behind the other", () => {
    const at = (ms: number) => new Date(ZERO + ms).toISOString();
    const columns = withPage(
      NO_COLUMNS,
      page([[1, "a", "COMPLETED", 0, 100]], { repeated: [{ place: 0, startedAt: [at(0), at(50), at(90)], endedAt: [at(10), at(60), at(100)], hasFailed: [true, false, false], queued: [0, null, 0], wait: [40, null, null] }] }),
      0,
      ZERO,
    );
    expect(barsOf(columns, 0, 0)).toEqual([
      { kind: "failed", from: 0, to: 10 },
      { kind: "retry", from: 10, to: 50 },
      { kind: "run", from: 50, to: 60 },
      { kind: "parked", from: 60, to: 90 },
      { kind: "run", from: 90, to: 100 },
    ]);
  });

  test("what an attempt waited for a worker stands before it, and is not counted as what it took", () => {
    const once = withPage(NO_COLUMNS, page([[1, "a", "COMPLETED", 50, 60], [2, "a", "COMPLETED", 5, 60]], { queued: [30, 30] }), 0, ZERO);
    expect(barsOf(once, 0, 0)).toEqual([{ kind: "queued", from: 20, to: 50 }, { kind: "run", from: 50, to: 60 }]);
    expect(tookOf(barsOf(once, 0, 0))).toBe(10);
    expect(barsOf(once, 1, 0)[0]).toEqual({ kind: "queued", from: 0, to: 5 });
    const at = (ms: number) => new Date(ZERO + ms).toISOString();
    const repeated = [{ place: 0, startedAt: [at(10), at(50)], endedAt: [at(20), at(60)], hasFailed: [true, false], queued: [5, 12], wait: [18, null] }];
    const twice = withPage(NO_COLUMNS, page([[1, "a", "COMPLETED", 10, 60]], { repeated }), 0, ZERO);
    expect(barsOf(twice, 0, 0)).toEqual([
      { kind: "queued", from: 5, to: 10 },
      { kind: "failed", from: 10, to: 20 },
      { kind: "retry", from: 20, to: 38 },
      { kind: "queued", from: 38, to: 50 },
      { kind: "run", from: 50, to: 60 },
    ]);
    expect(tookOf([])).toBeNull();
  });

  test("what waits to be tried again waits until its time, and runs from then on", () => {
    const at = (ms: number) => new Date(ZERO + ms).toISOString();
    const repeated = [{ place: 0, startedAt: [at(0)], endedAt: [at(10)], hasFailed: [true], queued: [0], wait: [40] }];
    const columns = withPage(NO_COLUMNS, page([[1, "a", "RUNNING", 0, null]], { repeated }), 0, ZERO);
    expect(barsOf(columns, 0, 30).slice(1)).toEqual([{ kind: "retry", from: 10, to: 30 }]);
    expect(barsOf(columns, 0, 70).slice(1)).toEqual([{ kind: "retry", from: 10, to: 50 }, { kind: "run", from: 50, to: 70 }]);
  });

  test("one that runs is drawn until now", () => {
    expect(barsOf(two, 1, 77)).toEqual([{ kind: "run", from: 20, to: 77 }]);
    expect(lengthOf(two, 77)).toBe(77);
    expect(lengthOf(two, null)).toBe(40);
  });
});

test("rows are chosen by node and by failure", () => {
  expect(placesOf(two, { nodeId: "b", isFailedOnly: false })).toEqual([1, 2]);
  expect(placesOf(two, { nodeId: null, isFailedOnly: true })).toEqual([2]);
});

test("an axis has a few round moments", () => {
  expect(ticksOf(0, 1_000)).toEqual([0, 200, 400, 600, 800, 1_000]);
  expect(ticksOf(0, 3 * 86_400_000).length).toBeLessThan(9);
});
