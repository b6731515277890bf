import { describe, expect, test } from "vitest";
import { adviceFor, continuationWords, money, noticesOf, type Told } from "./words";

const NOW = Date.parse("2026-01-01T00:01:00Z");
const run = (more: Partial<Told>): Told => ({ status: "RUNNING", createdAt: "2026-01-01T00:00:00Z", halts: [], waits: [], ...more });

describe("why a run does not go on", () => {
  test("one that runs says nothing", () => {
    expect(noticesOf(run({}), NOW, null)).toEqual([]);
  });

  test("one that was just accepted says nothing yet", () => {
    expect(noticesOf(run({ status: "QUEUED", createdAt: "2026-01-01T00:00:58Z" }), NOW, ["blocks-io"])).toEqual([]);
  });

  test("one that no worker takes says which queue is not served, and that it is safe", () => {
    const [notice] = noticesOf(run({ status: "QUEUED" }), NOW, ["graph-engine"]);
    expect(notice?.title).toBe("No worker polls the queue graph-engine");
    expect(notice?.text).toContain("Your run is safe and will start");
    expect(noticesOf(run({ status: "QUEUED" }), NOW, null)[0]?.text).toContain("Your run is safe and will start");
  });

  test("one that waits for others says what the API says", () => {
    expect(noticesOf(run({ status: "QUEUED", waitingReason: "Two of two run." }), NOW, ["x"])).toMatchObject([{ text: "Two of two run." }]);
  });

  test("each halt names what ends it", () => {
    const halt = { key: "budget", code: "BUDGET_EXCEEDED", message: "100 of 100 executions are used." };
    const of = (more: object) => noticesOf(run({ status: "PAUSED", halts: [{ ...halt, ...more } as Told["halts"][number]] }), NOW, null)[0];
    expect(of({ kind: "BUDGET" })?.action).toBe("limits");
    expect(of({ kind: "OPERATOR", key: "operator/1", setBy: { name: "Ann" } })).toMatchObject({ action: "resume", title: "Paused by Ann" });
    expect(of({ kind: "OPERATOR", key: "parent" })?.action).toBeUndefined();
    expect(of({ kind: "MISSING_CREDENTIAL", title: "Mail" })).toMatchObject({ action: "credentials", title: "Mail: a credential is missing" });
  });

  test("a workflow that stands still says that nothing is lost, and what Temporal reports", () => {
    const [notice] = noticesOf(run({ problem: { code: "WORKFLOW_TASK_FAILS", message: "Its tasks fail.", cause: "boom" } }), NOW, null);
    expect(notice?.tone).toBe("danger");
    expect(notice?.text).toContain("Nothing is lost");
    expect(notice?.text).toContain("boom");
  });
});

test("small amounts are not rounded away", () => {
  expect([0, 1_234, 15_000, 2_500_000].map(money)).toEqual(["$0", "$0.0012", "$0.01", "$2.50"]);
});

test("every failure has advice", () => {
  for (const code of ["INVALID_INPUT", "TIMEOUT", "UNAVAILABLE", "EGRESS_REFUSED", "ANYTHING"]) expect(adviceFor(code)).not.toBe("");
});

test("how a run continues another is said in words", () => {
  const title = (id: string) => id.toUpperCase();
  expect(continuationWords({ mode: "NODES", node_ids: ["a"], node_inputs: { a: { n: 1 } } }, title)).toBe("From A, with other inputs of nodes.");
  expect(continuationWords({ mode: "START", inputs: { x: 1 } }, title)).toBe("From the start, with other inputs of the run.");
  expect(continuationWords({ mode: "FAILED" }, title)).toBe("From what had not ended well.");
});
