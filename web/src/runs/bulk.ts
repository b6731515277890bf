/** What one can do to many runs at once, and to which of them it fits. Pure. */
import type { State } from "@/data/schema.generated";

export type BulkAction = "cancel" | "pause" | "resume" | "delete" | "again";
export type BulkRow = { id: string; status: State; agentName: string };
/** What became of the run `ofId`: `id` is the run to look at then. Where no answer came, nobody knows whether it was done. */
export type Outcome = { id: string; ofId: string; name: string; isDone: boolean; message: string; isUnanswered?: boolean };

type Spec = { label: string; done: string; fits: (status: State) => boolean; why: string; right: string; question: string };

const OPEN: readonly State[] = ["QUEUED", "RUNNING", "REVIEW", "PAUSED"];
const isOpen = (status: State) => OPEN.includes(status);

export const BULK: Record<BulkAction, Spec> = {
  cancel: { label: "Cancel", done: "Cancelled", fits: isOpen, why: "It is over already.", right: "runs:execute", question: "They end where they stand. What they gave until then stays, and they can be continued later." },
  pause: { label: "Pause", done: "Paused", fits: (status) => isOpen(status) && status !== "PAUSED", why: "It does not run.", right: "runs:execute", question: "What runs now ends; nothing new begins until they are resumed." },
  resume: { label: "Resume", done: "Resumed", fits: (status) => isOpen(status), why: "It is over.", right: "runs:execute", question: "They go on where they stand." },
  again: { label: "Run again", done: "Started again", fits: () => true, why: "", right: "runs:execute", question: "Each is started anew, with the inputs and the version that it had. That may cost what it cost before." },
  delete: { label: "Delete", done: "Deleted", fits: (status) => !isOpen(status), why: "It goes on still: cancel it first.", right: "runs:manage", question: "Their outputs, logs and files are gone for good, with those of the runs that they started." },
};

/** The rows that an action fits, and an outcome for each that it does not. */
export function sortedFor(action: BulkAction, rows: BulkRow[]): { fitting: BulkRow[]; refused: Outcome[] } {
  const spec = BULK[action];
  const fitting = rows.filter((row) => spec.fits(row.status));
  const refused = rows.filter((row) => !spec.fits(row.status)).map((row) => ({ id: row.id, ofId: row.id, name: row.agentName, isDone: false, message: spec.why }));
  return { fitting, refused };
}

/** Do something for each, a few at a time; gives what became of each, in their order. */
export async function eachOf<Item, Result>(items: Item[], act: (item: Item) => Promise<Result>, atOnce = 4): Promise<Result[]> {
  const found: Result[] = new Array(items.length);
  let next = 0;
  const take = async (): Promise<void> => {
    for (let place = next++; place < items.length; place = next++) found[place] = await act(items[place] as Item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, take));
  return found;
}
