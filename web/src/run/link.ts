/**
 * A link that opens a run's form with its values. The values stand behind `#`, which a browser sends to no server and keeps in no
 * log; a preset is named by its id. No secret is ever in it.
 */
import type { JsonObject } from "@/graph/document";

export type Asked = { presetId: string | null; inputs: JsonObject | null };

/** Longer ones break in mail programs and chats. */
export const LINK_CHARS_MAX = 8_000;

/** Give the link, or null where its values are too long for one. */
export function linkOf(origin: string, agentId: string, { presetId, inputs }: Asked): string | null {
  const query = new URLSearchParams({ start: "1", ...(presetId ? { preset: presetId } : {}) });
  const hash = inputs && Object.keys(inputs).length > 0 ? `#inputs=${encodeURIComponent(JSON.stringify(inputs))}` : "";
  const link = `${origin}/build/${encodeURIComponent(agentId)}?${query}${hash}`;
  return link.length <= LINK_CHARS_MAX ? link : null;
}

/** Give what an address asks for; null where it opens no form. What cannot be read is left out: anybody can write a link. */
export function askedIn(search: URLSearchParams, hash: string): Asked | null {
  if (search.get("start") !== "1") return null;
  return { presetId: search.get("preset"), inputs: inputsIn(hash) };
}

function inputsIn(hash: string): JsonObject | null {
  const given = new URLSearchParams(hash.replace(/^#/, "")).get("inputs");
  if (given === null) return null;
  try {
    const read: unknown = JSON.parse(given);
    return typeof read === "object" && read !== null && !Array.isArray(read) ? (read as JsonObject) : null;
  } catch {
    return null;
  }
}
