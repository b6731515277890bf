/** What this browser keeps of a person's work, and forgets when they sign out: changes that the API does not have yet, names of blocks. */
const OF_DRAFTS = "drystone.draft.";
const OF_BLOCKS = "drystone.recent";

const names = (): string[] => {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
};

const startOf = (...parts: string[]): string => `${OF_DRAFTS}${parts.map((one) => `${encodeURIComponent(one)}/`).join("")}`;

/** Under which name a copy of a draft is kept: whose it is, of which agent, and which opening of it. */
export const copyName = (person: string, organisation: string, agentId: string, opening: string): string => startOf(person, organisation, agentId) + opening;

/** The names of all copies of an agent's draft that a person has here. */
export const copiesOf = (person: string, organisation: string, agentId: string): string[] => names().filter((one) => one.startsWith(startOf(person, organisation, agentId)));

/** How many agents have changes of this person that only this browser has. */
export function unsavedAgents(person: string): number {
  const own = names().filter((one) => one.startsWith(startOf(person)));
  return new Set(own.map((one) => one.slice(0, one.lastIndexOf("/")))).size;
}

/** Forget what a person worked on; what another one has not saved yet stays theirs. A copy that says of nobody whose it is goes, too. */
export function forgetKept(person: string): void {
  const isNobodys = (one: string) => one.startsWith(OF_DRAFTS) && !one.includes("/");
  for (const one of names()) if (one.startsWith(OF_BLOCKS) || one.startsWith(startOf(person)) || isNobodys(one)) localStorage.removeItem(one);
}
