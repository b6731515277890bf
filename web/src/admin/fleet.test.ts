import { describe, expect, it } from "vitest";
import { type Fleet, noticesOf, type Queue, queueState, slotsOf } from "./fleet";

const NOW = Date.parse("2026-11-26T12:00:00Z");
const poller = (more: object = {}) => ({ identity: "1@vm", buildId: null, polledAt: "2026-11-26T11:59:30Z", usedSlots: 3, freeSlots: 7, ...more });
const queue = (more: Partial<Queue> = {}): Queue => ({ name: "blocks-io", backlog: 0, backlogSeconds: 0, rateIn: 0, rateOut: 0, pollers: [poller()], ...more });
const fleet = (more: Partial<Fleet> = {}): Fleet => ({ queues: [queue()], processes: [], runs: [], outboxRuns: 0, findings: [], ...more });

describe("the fleet's notices", () => {
  it("are none where all is well", () => {
    expect(noticesOf(fleet(), NOW)).toEqual([]);
    expect(queueState(queue(), NOW)).toEqual({ word: "Well", tone: "ok" });
  });
  it("say of a queue without a worker that the runs are safe, and what to do", () => {
    const [notice] = noticesOf(fleet({ queues: [queue({ pollers: [], backlog: 4 })] }), NOW);
    expect(notice?.title).toBe("No worker polls the queue blocks-io");
    expect(notice?.text).toContain("4 tasks wait");
    expect(notice?.text).toContain("Your runs are safe and will start");
    expect(notice?.tone).toBe("danger");
  });
  it("do not count a poll of long ago as a worker", () => {
    const gone = queue({ pollers: [poller({ polledAt: "2026-11-26T11:50:00Z" })] });
    expect(queueState(gone, NOW).word).toBe("No worker");
  });
  it("say when a queue is behind, when a process is silent, and when Temporal is away", () => {
    expect(noticesOf(fleet({ queues: [queue({ backlog: 9, backlogSeconds: 90 })] }), NOW)[0]?.title).toContain("is behind");
    const silent = { roles: ["api"], host: "vm", pid: 7, version: "1", buildId: null, startedAt: "", seenAt: "", isSilent: true };
    expect(noticesOf(fleet({ processes: [silent] }), NOW)[0]?.title).toContain("is silent");
    expect(noticesOf(fleet({ queues: null }), NOW)[0]?.text).toContain("Your runs are safe");
  });
  it("know the slots of those that said how many they have", () => {
    expect(slotsOf(queue({ pollers: [poller(), poller({ usedSlots: null })] }))).toEqual({ used: 3, all: 10 });
    expect(slotsOf(queue({ pollers: [] }))).toBeNull();
  });
});
