/**
 * Saving a draft by itself: a moment after each change, one request at a time, each on the revision that the last one gave.
 *
 * Until the API has a change, a copy of it is in this browser (`localCopy.ts`). Three things can go wrong. The network is away, or the
 * API: it tries again, ever more slowly, and at once when the network is back. Somebody else has saved meanwhile: it stops, and a person
 * decides (`ConflictDialog`). The API refuses the document: it waits for the next change. Whoever leaves the editor has what was not
 * sent yet sent behind them. It draws nothing.
 */
import { create } from "zustand";
import type { Told } from "@/data/errors";
import type { GraphDocument } from "@/graph/document";
import { type EditorState, type NodeProblem, useEditor } from "../store";
import { beginCopy, isSame, type KeptCopy, ownName, readCopies, removeCopy, removeKept, writeCopy } from "./localCopy";

export type Draft = { agentId: string; revision: number; document: GraphDocument };
export type Answer =
  | { kind: "saved"; revision: number; problems: readonly NodeProblem[] }
  | { kind: "conflict" }
  /** Tried again by itself. */
  | { kind: "away"; told: Told[] }
  | { kind: "refused"; told: Told[] };
export type Send = (draft: Draft) => Promise<Answer>;

type Saving = {
  /** Why it is not saved, where that is for another reason than a conflict. */
  trouble: { told: Told[]; isTriedAgain: boolean } | null;
  /** What other pages left unsaved, made on another revision than the one that is open, or open still: a person decides. */
  found: readonly KeptCopy[];
  /** An earlier page's changes were put back by themselves. */
  isRestored: boolean;
  /** Whether this browser took the copy of what is not saved: its storage may be full, or forbidden. */
  isKept: boolean;
};

export const useSaving = create<Saving>(() => ({ trouble: null, found: [], isRestored: false, isKept: true }));

/** What the step is called that puts an earlier page's changes back. */
export const PUT_BACK = "Put back what was not saved";

const WAIT_MS = 700;
const COPY_MS = 250;
const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 30_000;

const isDirty = (state: EditorState): boolean => state.agentId !== null && !state.isReadOnly && state.document !== state.savedDocument;

/** Changes that are being sent behind somebody who left, by agent: what the API has then. */
const leaving = new Map<string, Promise<Draft | null>>();

/** The opening whose copy was looked at: once is enough, also where saving is begun anew. */
let looked = 0;

let flush: () => Promise<boolean> = () => Promise.resolve(!isDirty(useEditor.getState()));

/** Save now what is not saved yet; says whether all is saved. For what needs the draft as it is shown: a run, a pin, a publication. */
export const saveNow = (): Promise<boolean> => flush();

/** Save from now on whatever is opened in the editor; gives what ends it. */
export function startSaving(send: Send): () => void {
  const machine = new Machine(send);
  const stop = useEditor.subscribe((now, before) => machine.seen(now, before));
  const hide = () => machine.keepCopy(true);
  // Only where leaving would lose something: what is kept comes back by itself.
  const warn = (event: BeforeUnloadEvent) => {
    machine.keepCopy();
    if (isDirty(useEditor.getState()) && !useSaving.getState().isKept) event.preventDefault();
  };
  const back = () => void machine.save();
  addEventListener("pagehide", hide);
  addEventListener("beforeunload", warn);
  addEventListener("online", back);
  flush = () => machine.flush();
  machine.opened();
  return () => {
    stop();
    removeEventListener("pagehide", hide);
    removeEventListener("beforeunload", warn);
    removeEventListener("online", back);
    machine.stop();
  };
}

const copyOf = ({ document, revision }: EditorState, isLeft: boolean) => ({ document, revision, at: new Date().toISOString(), isLeft });

class Machine {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private copyTimer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<Answer> | null = null;
  /** What is being sent behind somebody who left this very agent: nothing else is sent before it is over. */
  private late: Promise<Draft | null> | null = null;
  private tries = 0;
  private refused: GraphDocument | null = null;

  constructor(private readonly send: Send) {}

  seen(now: EditorState, before: EditorState): void {
    if (now.opening !== before.opening || now.agentId !== before.agentId) {
      if (before.agentId && isDirty(before)) this.leave(before);
      if (now.agentId && now.opening !== before.opening) this.opened();
      return;
    }
    if (now.document === before.document || !now.agentId || now.isReadOnly) return;
    if (!isDirty(now)) {
      if (now.saveState !== "conflict" && !this.running) useEditor.getState().setSaveState("saved");
      return removeCopy(now.agentId);
    }
    clearTimeout(this.copyTimer);
    this.copyTimer = setTimeout(() => this.keepCopy(), COPY_MS);
    this.schedule(WAIT_MS);
  }

  /** Look for what an earlier page left: put it back where nothing else happened meanwhile, else ask. */
  opened(): void {
    const { agentId, opening, document, revision, isReadOnly, change } = useEditor.getState();
    clearTimeout(this.timer);
    [this.tries, this.refused] = [0, null];
    if (!agentId || isReadOnly) return;
    this.late = leaving.get(agentId) ?? null;
    if (this.late) return void this.late.then((draft) => this.catchUp(draft));
    if (looked === opening) return;
    looked = opening;
    beginCopy();
    const copies = readCopies(agentId);
    for (const one of copies.filter((copy) => isSame(copy.document, document))) removeKept(one.name);
    const others = copies.filter((copy) => !isSame(copy.document, document));
    const back = others.find((copy) => copy.isLeft && copy.revision === revision);
    useSaving.setState({ trouble: null, found: others.filter((copy) => copy !== back), isRestored: back !== undefined });
    if (!back) return;
    change(PUT_BACK, () => back.document);
    // From here on it is this opening's.
    this.keepCopy();
    removeKept(back.name);
  }

  keepCopy(isLeft = false): void {
    const state = useEditor.getState();
    if (!state.agentId || !isDirty(state)) return;
    const isKept = writeCopy(state.agentId, copyOf(state, isLeft));
    if (isKept !== useSaving.getState().isKept) useSaving.setState({ isKept });
  }

  async save(): Promise<void> {
    clearTimeout(this.timer);
    const { agentId, opening, document, revision, saveState, setSaveState } = useEditor.getState();
    if (this.running || this.late || !agentId || !isDirty(useEditor.getState()) || saveState === "conflict" || document === this.refused) return;
    setSaveState("saving");
    this.running = this.send({ agentId, revision, document });
    const answer = await this.running;
    this.running = null;
    const now = useEditor.getState();
    if (now.agentId === agentId && now.opening === opening) this.answered(answer, document);
  }

  async flush(): Promise<boolean> {
    for (let turn = 0; turn < 5 && isDirty(useEditor.getState()); turn++) {
      if (this.running) await this.running;
      else if (this.late) await this.late;
      else await this.save();
      // What waits for the same answer goes first.
      await Promise.resolve();
      const { saveState } = useEditor.getState();
      if (saveState === "conflict" || saveState === "failed") return false;
    }
    return !isDirty(useEditor.getState());
  }

  stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.copyTimer);
    const state = useEditor.getState();
    if (isDirty(state)) this.leave(state);
  }

  private answered(answer: Answer, document: GraphDocument): void {
    const { agentId, saved, setProblems, setSaveState } = useEditor.getState();
    if (answer.kind === "saved") {
      this.tries = 0;
      saved({ revision: answer.revision, document });
      setProblems(answer.problems);
      useSaving.setState({ trouble: null });
      if (isDirty(useEditor.getState())) {
        // The copy names the revision that it is made on: it is one further now.
        this.keepCopy();
        this.schedule(WAIT_MS);
      } else removeCopy(agentId ?? "");
      return;
    }
    this.keepCopy();
    if (answer.kind === "conflict") return setSaveState("conflict");
    setSaveState("failed");
    useSaving.setState({ trouble: { told: answer.told, isTriedAgain: answer.kind === "away" } });
    if (answer.kind === "away") this.schedule(Math.min(RETRY_FIRST_MS * 2 ** this.tries++, RETRY_MAX_MS));
    else this.refused = document;
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), ms);
  }

  /** Send what was not sent yet, behind somebody who left. Its copy stays until the API has it; of a conflict, until somebody decides. */
  private leave(left: EditorState): void {
    const agentId = left.agentId as string;
    clearTimeout(this.copyTimer);
    const name = ownName(agentId);
    writeCopy(agentId, copyOf(left, true));
    if (left.saveState === "conflict") return;
    const sent = (async () => {
      const before = this.running ? await this.running : null;
      const revision = before?.kind === "saved" ? before.revision : left.revision;
      const answer = await this.send({ agentId, revision, document: left.document });
      if (answer.kind !== "saved") return null;
      removeKept(name);
      return { agentId, revision: answer.revision, document: left.document };
    })();
    leaving.set(agentId, sent);
    void sent.finally(() => leaving.get(agentId) === sent && leaving.delete(agentId));
  }

  /** Somebody came back before what they left was saved: show what the API has now. */
  private catchUp(draft: Draft | null): void {
    const state = useEditor.getState();
    this.late = null;
    if (!draft || state.agentId !== draft.agentId) return this.opened();
    if (draft.revision <= state.revision) return;
    if (state.document === state.savedDocument) return state.open({ ...draft, isReadOnly: state.isReadOnly });
    // The page that left is this one: only what saves was begun anew.
    if (state.document === draft.document || state.past.some((step) => step.document === draft.document)) state.saved(draft);
    this.schedule(WAIT_MS);
  }
}
