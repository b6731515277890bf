import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { GraphDocument } from "@/graph/document";
import { useEditor } from "../store";
import { beginCopy, type LocalCopy, readCopies, setOwner, writeCopy } from "./localCopy";
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
  setOwner("p", "o");
  sent = [];
  answers = [];
  useEditor.getState().close();
});
afterEach(() => {
  useEditor.getState().close();
  stop();
  vi.useRealTimers();
});

const readCopy = (agentId: string) => readCopies(agentId)[0] ?? null;
/** What a page of before has left. */
const leaveCopy = (copy: Partial<LocalCopy> & { revision: number }, name = "Left") => {
  beginCopy();
  writeCopy("a", { document: { ...DOCUMENT, name }, at: "2026-01-01T00:00:00Z", isLeft: true, ...copy });
};

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
    leaveCopy({ revision: 3 });
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
    leaveCopy({ revision: 2 });
    begin(3);
    expect(useEditor.getState().document.name).toBe("A");
    expect(useSaving.getState().found[0]?.document.name).toBe("Left");
  });

  test("what waits for a decision outlives a save and another reload", async () => {
    leaveCopy({ revision: 2 });
    begin(3);
    rename("B");
    await later(1_000);
    expect(state()).toBe("saved");
    useEditor.getState().open({ agentId: "a", document: { ...DOCUMENT, name: "B" }, revision: 4 });
    expect(useSaving.getState().found[0]?.document.name).toBe("Left");
  });

  test("saveNow says whether all is saved", async () => {
    begin();
    rename("B");
    expect(await saveNow()).toBe(true);
    answers = [{ kind: "conflict" }];
    rename("C");
    expect(await saveNow()).toBe(false);
  });

  test("a copy is offered to nobody but the person whose it is, in the organisation where it was made", () => {
    leaveCopy({ revision: 3 });
    for (const [person, organisation] of [["q", "o"], ["p", "o2"]] as const) {
      setOwner(person, organisation);
      expect(readCopies("a")).toEqual([]);
    }
    setOwner("q", "o");
    begin(3);
    expect([useEditor.getState().document.name, useSaving.getState().found.length]).toEqual(["A", 0]);
    setOwner("p", "o");
    expect(readCopies("a")).toHaveLength(1);
  });

  test("two pages of an agent keep a copy each; the other one's is shown to a person, not taken", async () => {
    leaveCopy({ revision: 3, isLeft: false }, "Of the other page");
    begin(3);
    expect(useEditor.getState().document.name).toBe("A");
    expect(useSaving.getState().found[0]?.document.name).toBe("Of the other page");
    answers = [{ kind: "away", told: [] }];
    rename("B");
    await later(1_000);
    expect(readCopies("a").map((one) => one.document.name)).toEqual(["B", "Of the other page"]);
    await later(5_000);
    expect(readCopies("a").map((one) => one.document.name)).toEqual(["Of the other page"]);
  });

  test("a second conflict keeps what the first one kept", async () => {
    begin(3);
    for (const [at, name] of ["First", "Second"].entries()) {
      answers = [{ kind: "conflict" }];
      rename(name);
      await later(1_000);
      expect(state()).toBe("conflict");
      useEditor.getState().open({ agentId: "a", document: DOCUMENT, revision: 7 + at });
    }
    expect(useSaving.getState().found.map((one) => one.document.name).sort()).toEqual(["First", "Second"]);
    expect(sent).toHaveLength(2);
  });

  test("where the browser takes no copy that is said, and the page does not let itself be left; what was kept before is not left behind", async () => {
    begin(3);
    answers = [{ kind: "away", told: [] }];
    rename("B");
    await later(1_000);
    expect(useSaving.getState().isKept).toBe(true);
    const leave = () => dispatchEvent(new Event("beforeunload", { cancelable: true }));
    expect(leave()).toBe(true);
    const storage = localStorage;
    const refuse = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    vi.stubGlobal("localStorage", new Proxy(storage, { get: (target, name) => (name === "setItem" ? refuse : name === "removeItem" ? (key: string) => target.removeItem(key) : Reflect.get(target, name, target)) }));
    rename("C");
    await later(300);
    expect(useSaving.getState().isKept).toBe(false);
    expect(leave()).toBe(false);
    useEditor.getState().open({ agentId: "other", document: DOCUMENT, revision: 1 });
    await later(1_000);
    vi.unstubAllGlobals();
    expect(sent.at(-1)?.document.name).toBe("C");
    expect(readCopies("a")).toEqual([]);
  });

  test("a page that is left says so, and the next one puts its changes back", async () => {
    begin(3);
    answers = [{ kind: "away", told: [] }];
    rename("B");
    await later(1_000);
    expect(readCopy("a")?.isLeft).toBe(false);
    dispatchEvent(new Event("pagehide"));
    expect(readCopy("a")?.isLeft).toBe(true);
  });
});
