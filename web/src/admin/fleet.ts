/** The fleet's health in words: what a person does about it, the worst first. Pure. */
import type { State } from "@/data/schema.generated";
import { duration } from "@/data/times";
import type { Tone } from "@/ui/Status";
import type { AdminFleetQuery } from "./admin.generated";

export type Fleet = AdminFleetQuery["fleet"];
export type Queue = NonNullable<Fleet["queues"]>[number];
export type Notice = { key: string; tone: Tone; title: string; text: string };

/** Older than this, a poll says nothing about now: a worker's long poll comes back within a minute. */
const POLL_IS_FRESH_MS = 150_000;
const WAIT_IS_LONG_SECONDS = 60;

export const QUEUE_WORDS: Record<string, string> = {
  "graph-engine": "Runs: decides what comes next in each",
  platform: "The platform's own work, such as starting and tidying up",
  "blocks-io": "Blocks that wait for others: models, services, the web",
  "blocks-cpu": "Blocks that compute",
  "blocks-sandbox": "Code of people, each in a sandbox",
  "blocks-long": "Blocks that take long",
};

export function livePollers(queue: Pick<Queue, "pollers">, now: number): Queue["pollers"] {
  return queue.pollers.filter((one) => now - new Date(one.polledAt).getTime() < POLL_IS_FRESH_MS);
}

export function slotsOf(queue: Pick<Queue, "pollers">): { used: number; all: number } | null {
  const known = queue.pollers.filter((one) => one.usedSlots != null && one.freeSlots != null);
  if (known.length === 0) return null;
  const used = known.reduce((sum, one) => sum + (one.usedSlots ?? 0), 0);
  return { used, all: used + known.reduce((sum, one) => sum + (one.freeSlots ?? 0), 0) };
}

export function queueState(queue: Queue, now: number): { word: string; tone: Tone } {
  if (livePollers(queue, now).length === 0) return queue.backlog > 0 ? { word: "Nobody works on it", tone: "danger" } : { word: "No worker", tone: "warn" };
  if (queue.backlogSeconds >= WAIT_IS_LONG_SECONDS) return { word: "Behind", tone: "warn" };
  return { word: "Well", tone: "ok" };
}

/** What stands above all figures, where something is wrong. */
export function noticesOf(fleet: Fleet, now: number): Notice[] {
  const notices: Notice[] = [];
  if (!fleet.queues) {
    notices.push({ key: "temporal", tone: "danger", title: "Temporal does not answer", text: "Your runs are safe: what was accepted is kept in the database, and goes on when Temporal is back. Look at its process and its database." });
  }
  for (const queue of fleet.queues ?? []) {
    if (livePollers(queue, now).length > 0) {
      if (queue.backlogSeconds < WAIT_IS_LONG_SECONDS) continue;
      notices.push({ key: queue.name, tone: "warn", title: `The queue ${queue.name} is behind`, text: `Its oldest task waits for ${duration(queue.backlogSeconds * 1_000)}. Start another worker that serves it, or give those that do more slots.` });
      continue;
    }
    const waits = queue.backlog > 0 ? `${queue.backlog} ${queue.backlog === 1 ? "task waits" : "tasks wait"}, and nothing is lost. ` : "";
    notices.push({ key: queue.name, tone: queue.backlog > 0 ? "danger" : "warn", title: `No worker polls the queue ${queue.name}`, text: `${waits}Your runs are safe and will start when one does. Start a worker that serves this queue.` });
  }
  for (const one of fleet.processes ?? []) {
    if (one.isSilent) notices.push({ key: `${one.host} ${one.pid}`, tone: "warn", title: `Process ${one.pid} on ${one.host} is silent`, text: "It is dead, or does not reach PostgreSQL. What it worked on is given to others." });
  }
  return notices;
}

export const FINDING_TONES: Record<Fleet["findings"][number]["severity"], Tone> = { ERROR: "danger", WARNING: "warn", INFO: "info" };
export const FINDING_WORDS: Record<Fleet["findings"][number]["severity"], string> = { ERROR: "Mend it", WARNING: "Look at it", INFO: "Good to know" };

const STATES: readonly string[] = ["INCOMPLETE", "QUEUED", "RUNNING", "REVIEW", "PAUSED", "COMPLETED", "FAILED", "TERMINATED"];

export const asState = (status: string): State | null => (STATES.includes(status) ? (status as State) : null);
