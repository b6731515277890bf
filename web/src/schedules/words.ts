/** What schedules do, in words. */
import type { ScheduleOverlap } from "@/data/schema.generated";
import { duration } from "@/data/times";

export const OVERLAPS: Record<ScheduleOverlap, string> = {
  SKIP: "Leave the new one out",
  BUFFER_ONE: "Let one wait, leave out the rest",
  BUFFER_ALL: "Let all wait for their turn",
  CANCEL_OTHER: "Cancel the one that runs, then start",
  TERMINATE_OTHER: "End the one that runs at once, then start",
  ALLOW_ALL: "Run them at the same time",
};

const CATCH_UPS: [number, string][] = [
  [10, "Nothing that is older than ten seconds"],
  [3_600, "What was missed in the last hour"],
  [86_400, "What was missed in the last day"],
  [604_800, "What was missed in the last week"],
  [2_678_400, "What was missed in the last month"],
  [31_622_400, "Whatever was missed, up to a year"],
];

export const catchUpOptions = (seconds: number): { value: string; label: string }[] => {
  const options = CATCH_UPS.map(([value, label]) => ({ value: String(value), label }));
  return CATCH_UPS.some(([value]) => value === seconds) ? options : [...options, { value: String(seconds), label: `What was missed in the last ${duration(seconds * 1_000)}` }];
};

/** What to do about the reason for which a schedule, or a trigger, could not start a run. */
const REMEDIES: Record<string, string> = {
  ACCESS_LOST: "Save it again: from then on it runs in your name.",
  MISSING_CREDENTIALS: "Open it, choose a credential that works, and save it.",
  NOT_FOUND: "The agent or its version is gone. Choose another version, or delete this.",
  INVALID_RUN_INPUT: "The active version takes other inputs. Open it, give them, and save it.",
  INVALID_GRAPH: "The active version cannot run here. Open the agent and look at its problems.",
};

export const remedyOf = (code: string): string => REMEDIES[code] ?? "Open it, look at its settings, and save it again.";

/** A moment on the clocks of a time zone; with its seconds where it has some. */
export function inZone(at: string, timezone: string): string {
  const date = new Date(at);
  const parts: Intl.DateTimeFormatOptions = { weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", ...(date.getUTCSeconds() > 0 ? { second: "2-digit" } : {}) };
  try {
    return new Intl.DateTimeFormat(undefined, { ...parts, timeZone: timezone }).format(date);
  } catch {
    // A zone that this browser does not know: the reader's own.
    return new Intl.DateTimeFormat(undefined, parts).format(date);
  }
}

export function zones(): string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return known.includes("UTC") ? known : ["UTC", ...known];
}

export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
