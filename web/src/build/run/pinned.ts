/** Pinned outputs: what a node is to give instead of running, {pin: [values]}, as a file keeps it; pure. */
import type { Json } from "@/graph/document";

export type Pinned = Record<string, Json[]>;

/** Together, as the API has it: more would make the draft too large to be worked with. */
export const PINNED_VALUES_MAX = 1_000;

/** Gather what an execution gave; what it said on `error` is no output of its own. */
export function pinnedOf(outputs: readonly { pin: string; json: unknown }[]): Pinned {
  const found: Pinned = {};
  for (const { pin, json } of outputs) if (pin !== "error") (found[pin] ??= []).push(json as Json);
  return found;
}

export const textOf = (pinned: Pinned): string => JSON.stringify(pinned, null, 2);

/** Read what a person wrote; a sentence where it is not of that form. */
export function readPinned(text: string, pins: readonly string[]): { pinned: Pinned } | { problem: string } {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return { problem: "This is no JSON. A text has quotation marks around it." };
  }
  if (typeof read !== "object" || read === null || Array.isArray(read)) return { problem: 'Write an object: {"pin": [values]}.' };
  const entries = Object.entries(read);
  const unlisted = entries.find(([, values]) => !Array.isArray(values));
  if (unlisted) return { problem: `Each pin has a list of values; write “${unlisted[0]}” as a list.` };
  const unknown = pins.length > 0 ? entries.find(([pin]) => !pins.includes(pin)) : undefined;
  if (unknown) return { problem: `The node has no output “${unknown[0]}”. It has: ${pins.join(", ")}.` };
  const count = entries.reduce((sum, [, values]) => sum + (values as Json[]).length, 0);
  if (count > PINNED_VALUES_MAX) return { problem: `These are ${count} values; at most ${PINNED_VALUES_MAX} can be pinned.` };
  return { pinned: read as Pinned };
}
