/** What of a draft is not saved yet, kept in this browser until the API has it: a crash, a reload or a lost network loses nothing. */
import type { GraphDocument, Json } from "@/graph/document";

export type LocalCopy = { document: GraphDocument; /** The draft's revision that it was made on. */ revision: number; at: string };

const nameOf = (agentId: string): string => `drystone.draft.${agentId}`;

export function readCopy(agentId: string): LocalCopy | null {
  try {
    const kept = JSON.parse(localStorage.getItem(nameOf(agentId)) ?? "null") as LocalCopy | null;
    return kept && Array.isArray(kept.document?.nodes) && Array.isArray(kept.document.links) ? kept : null;
  } catch {
    return null;
  }
}

/** Says whether it was kept: a full or forbidden storage takes nothing. */
export function writeCopy(agentId: string, copy: LocalCopy): boolean {
  try {
    localStorage.setItem(nameOf(agentId), JSON.stringify(copy));
    return true;
  } catch {
    return false;
  }
}

export function removeCopy(agentId: string): void {
  try {
    localStorage.removeItem(nameOf(agentId));
  } catch {
    // What could not be kept need not go.
  }
}

/** Where a copy waits for a person's decision: saving goes on beside it. */
const asideOf = (agentId: string): string => `${agentId}.found`;

export const readAside = (agentId: string): LocalCopy | null => readCopy(asideOf(agentId));
export const removeAside = (agentId: string): void => removeCopy(asideOf(agentId));

/** Put a copy aside until somebody has decided about it. */
export function putAside(agentId: string, copy: LocalCopy): void {
  if (writeCopy(asideOf(agentId), copy)) removeCopy(agentId);
}

/** Whether two values say the same: the order of keys and what is null or absent say nothing in the format. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other || (one ?? null) === (other ?? null)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    return Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((item, at) => isSame(item, other[at] as Json));
  }
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => isSame(left[key], right[key]));
}
