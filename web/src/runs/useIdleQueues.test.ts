import { expect, test } from "vitest";
import type { LiveNode } from "@/run/liveRun";
import { isQuiet } from "./useIdleQueues";

const run = (more: object = {}) => ({ status: "RUNNING", waitingReason: null, halts: [], waits: [], ...more }) as unknown as Parameters<typeof isQuiet>[0];
const nodes = (...counts: LiveNode["counts"][]) => new Map(counts.map((one, at) => [String(at), { counts: one } as LiveNode]));

test("a run that waits to begin is quiet, unless it is known what for", () => {
  expect(isQuiet(run({ status: "QUEUED" }), nodes())).toBe(true);
  expect(isQuiet(run({ status: "QUEUED", waitingReason: "Two of it run already." }), nodes())).toBe(false);
});

test("a run is quiet where no node runs and nothing is waited for", () => {
  expect(isQuiet(run(), nodes({ COMPLETED: 3 }, { FAILED: 1 }))).toBe(true);
  expect(isQuiet(run(), nodes({ COMPLETED: 3 }, { RUNNING: 1 }))).toBe(false);
  expect(isQuiet(run({ waits: [{}] }), nodes())).toBe(false);
  expect(isQuiet(run({ status: "COMPLETED" }), nodes())).toBe(false);
});
