/** What this browser keeps of a person's work, and forgets when they sign out: changes that the API does not have yet, names of blocks. */
const OF_DRAFTS = "drystone.draft.";
const OF_PERSON = [OF_DRAFTS, "drystone.recent"];

const names = (): string[] => {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
};

/** How many agents have changes that only this browser has. */
export const unsavedAgents = (): number => new Set(names().filter((one) => one.startsWith(OF_DRAFTS)).map((one) => one.replace(/\.found$/, ""))).size;

export function forgetKept(): void {
  for (const one of names()) if (OF_PERSON.some((start) => one.startsWith(start))) localStorage.removeItem(one);
}
