import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { GraphDocument } from "@/graph/document";
import { useEditor } from "../store";
import { readCopy, writeCopy } from "./localCopy";
import { type Answer, type Draft, saveNow, startSaving, useSaving } from "./saving";

const DOCUMENT: GraphDocument = { id: "g", name: "A", nodes: [], links: [] };
const rename = (name: string) => useEditor.getState().change("Rename", (document) => ({ ...document, name }));
const SAVED = (revision: number): Answer => ({ kind: "saved", revision, problems: [] });

let sent: Draft[];
let answers: (Answer | Promise<Answer>)[];
let stop: () => void;

function begin(revision = 3) {
  stop = startSaving((draft) => {
    sent.push(draft);
    return Promise.resolve(answers.shift() ?? SAVED(draft.revision + 1));
  });
  useEditor.getState().open({ agentId: "a", document: DOCUMENT, revision });
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sent = [];
  answers = [];
  useEditor.getState().close();
});
afterEach(() => {
  useEditor.getState().close();
  stop();
  vi.useRealTimers();
});

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const state = () => useEditor.getState().saveState;

describe("saving", () => {
  test("changes that follow one another are sent once, on the revision that is known", async () => {
    begin();
    rename("B");
    await later(300);
    rename("C");
    expect(state()).toBe("unsaved");
    await later(1_000);
    expect(sent.map((one) => [one.revision, one.document.name])).toEqual([[3, "C"]]);
    expect([state(), useEditor.getState().revision]).toEqual(["saved", 4]);
  });

  test("what changes while a request is under way is sent after it, on the next revision", async () => {
    begin();
    let answer: (answer: Answer) => void = () => undefined;
    answers = [new Promise((resolve) => (answer = resolve))];
    rename("B");
    await later(800);
    rename("C");
    await later(5_000);
    expect(sent).toHaveLength(1);
    answer(SAVED(4));
    await later(1_000);
    expect(sent.map((one) => [one.revision, one.document.name])).toEqual([[3, "B"], [4, "C"]]);
    expect(state()).toBe("saved");
  });

  test("undo outlives saving", async () => {
    begin();
    rename("B");
    await later(1_000);
    useEditor.getState().undo();
    await later(1_000);
    expect(sent.map((one) => one.document.name)).toEqual(["B", "A"]);
    expect(state()).toBe("saved");
  });

  test("going back to what is saved sends nothing", async () => {
    begin();
    rename("B");
    useEditor.getState().undo();
    await later(2_000);
    expect([sent.length, state(), readCopy("a")]).toEqual([0, "saved", null]);
  });

  test("while the API is away a copy is kept, and it is tried again until it is saved", async () => {
    begin();
    const away: Answer = { kind: "away", told: [] };
    answers = [away, away];
    rename("B");
    await later(1_000);
    expect([state(), readCopy("a")?.document.name]).toEqual(["failed", "B"]);
    await later(2_100);
    await later(4_100);
    expect([sent.length, state(), readCopy("a")]).toEqual([3, "saved", null]);
  });

  test("a network that is back is used at once", async () => {
    begin();
    answers = [{ kind: "away", told: [] }];
    rename("B");
    await later(1_000);
    dispatchEvent(new Event("online"));
    await later(0);
    expect(state()).toBe("saved");
  });

  test("a conflict stops saving until somebody decides", async () => {
    begin();
    answers = [{ kind: "conflict" }];
    rename("B");
    await later(1_000);
    rename("C");
    await later(60_000);
    expect([sent.length, state()]).toEqual([1, "conflict"]);
    expect(readCopy("a")?.document.name).toBe("C");
  });

  test("a document that is refused waits for the next change", async () => {
    begin();
    answers = [{ kind: "refused", told: [{ code: "VALUE_TOO_LARGE", message: "Too large." }] }];
    rename("B");
    await later(60_000);
    expect([sent.length, state(), useSaving.getState().trouble?.isTriedAgain]).toEqual([1, "failed", false]);
    rename("C");
    await later(1_000);
    expect([sent.length, state()]).toEqual([2, "saved"]);
  });

  test("who leaves has the rest sent behind them", async () => {
    begin();
    rename("B");
    useEditor.getState().close();
    await later(0);
    expect([sent.length, sent[0]?.document.name, readCopy("a")]).toEqual([1, "B", null]);
  });

  test("what an earlier page left is put back where nothing happened since, and can be undone", async () => {
    writeCopy("a", { document: { ...DOCUMENT, name: "Left" }, revision: 3, at: "2026-01-01T00:00:00Z" });
    begin(3);
    expect(useEditor.getState().document.name).toBe("Left");
    await later(1_000);
    expect(state()).toBe("saved");
    useEditor.getState().undo();
    expect(useEditor.getState().document.name).toBe("A");
  });

  test("saving that is begun anew goes on, and sends nothing twice", async () => {
    begin();
    rename("B");
    stop();
    stop = startSaving((draft) => {
      sent.push(draft);
      return Promise.resolve(SAVED(draft.revision + 1));
    });
    rename("C");
    await later(2_000);
    expect(sent.map((one) => [one.revision, one.document.name])).toEqual([[3, "B"], [4, "C"]]);
    expect(state()).toBe("saved");
  });

  test("what was made on another revision is shown to a person, not put back", () => {
    writeCopy("a", { document: { ...DOCUMENT, name: "Left" }, revision: 2, at: "2026-01-01T00:00:00Z" });
    begin(3);
    expect(useEditor.getState().document.name).toBe("A");
    expect(useSaving.getState().found?.document.name).toBe("Left");
  });

  test("what waits for a decision outlives a save and another reload", async () => {
    writeCopy("a", { document: { ...DOCUMENT, name: "Left" }, revision: 2, at: "2026-01-01T00:00:00Z" });
    begin(3);
    rename("B");
    await later(1_000);
    expect(state()).toBe("saved");
    useEditor.getState().open({ agentId: "a", document: { ...DOCUMENT, name: "B" }, revision: 4 });
    expect(useSaving.getState().found?.document.name).toBe("Left");
  });

  test("saveNow says whether all is saved", async () => {
    begin();
    rename("B");
    expect(await saveNow()).toBe(true);
    answers = [{ kind: "conflict" }];
    rename("C");
    expect(await saveNow()).toBe(false);
  });
});
