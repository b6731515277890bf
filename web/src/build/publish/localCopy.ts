/**
 * What of a draft is not saved yet, kept in this browser until the API has it: a crash, a reload or a lost network loses nothing.
 *
 * A copy belongs to a person in an organisation, and to one opening of an agent in one page: who signs in behind somebody else is
 * offered nothing of theirs, and two pages of one agent never write the same copy. So there may be several of an agent; each stays until
 * what it has is saved, or a person has decided about it. A page that is left says so in its copy: only then is it put back unasked.
 */
import { newId } from "@/graph/ids";
import { copyName, copiesOf } from "@/shell/kept";
import type { GraphDocument, Json } from "@/graph/document";

export type LocalCopy = {
  document: GraphDocument;
  /** The draft's revision that it was made on. */
  revision: number;
  at: string;
  /** Its page was left. Where this is not said, the page is open still, or ended unforeseen. */
  isLeft?: boolean;
};
export type KeptCopy = LocalCopy & { name: string };

/** Whose drafts these are; null: nobody's, and nothing is kept. */
let owner: { person: string; organisation: string } | null = null;
let opening = newId();

export function setOwner(person: string, organisation: string): void {
  owner = { person, organisation };
}

/** From now on copies are those of another opening. */
export function beginCopy(): void {
  opening = newId();
}

/** What this opening's copy is called; null where nothing is kept. */
export const ownName = (agentId: string): string | null => owner && copyName(owner.person, owner.organisation, agentId, opening);

/** All copies of an agent's draft that are the signed-in person's, the newest first. */
export function readCopies(agentId: string): KeptCopy[] {
  if (!owner) return [];
  const found = copiesOf(owner.person, owner.organisation, agentId).flatMap((name) => {
    const copy = read(name);
    return copy ? [{ ...copy, name }] : [];
  });
  return found.sort((one, other) => other.at.localeCompare(one.at));
}

function read(name: string): LocalCopy | null {
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? "null") as LocalCopy | null;
    return kept && Array.isArray(kept.document?.nodes) && Array.isArray(kept.document.links) ? kept : null;
  } catch {
    return null;
  }
}

/** Keep a copy in place of this opening's earlier one; says whether it was kept. A full or forbidden storage takes nothing. */
export function writeCopy(agentId: string, copy: LocalCopy): boolean {
  const name = ownName(agentId);
  try {
    if (name) localStorage.setItem(name, JSON.stringify(copy));
    return name !== null;
  } catch {
    return false;
  }
}

/** Forget a copy by its name. */
export function removeKept(name: string | null): void {
  try {
    if (name) localStorage.removeItem(name);
  } catch {
    // What could not be kept need not go.
  }
}

/** Forget this opening's copy. */
export const removeCopy = (agentId: string): void => removeKept(ownName(agentId));

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
