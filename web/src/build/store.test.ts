import { beforeEach, describe, expect, test, vi } from "vitest";
import { moveNodes, removeNodes, setInput } from "@/graph/edits";
import { agent, link, node } from "@/graph/testing";
import { chosenNode, useEditor } from "./store";

const editor = () => useEditor.getState();
const type = (text: string) => editor().change("Type", (now) => setInput(now, "a", "text", text), { merge: "input:a:text" });

beforeEach(() => {
  vi.useRealTimers();
  editor().open({ agentId: "1", document: agent([node("a"), node("b")], [link("a.out", "b.in")]), revision: 3 });
});

describe("undo", () => {
  test("goes back and forth, with what was chosen", () => {
    editor().select(["a"]);
    editor().change("Delete", (now) => removeNodes(now, new Set(["a"])));
    expect([editor().document.nodes.length, editor().selection.nodes.size]).toEqual([1, 0]);
    editor().undo();
    expect([editor().document.nodes.length, chosenNode(editor())]).toEqual([2, "a"]);
    editor().redo();
    expect(editor().document.nodes.length).toBe(1);
  });

  test("takes what was typed at one go as one step, and as two where there was a rest", () => {
    vi.useFakeTimers();
    type("h");
    type("he");
    expect(editor().past).toHaveLength(1);
    vi.advanceTimersByTime(2_000);
    type("hel");
    expect(editor().past).toHaveLength(2);
    editor().undo();
    expect(editor().document.nodes[0]?.input_default.text).toBe("he");
    type("hex");
    expect(editor().past).toHaveLength(2);
  });

  test("keeps 100 steps, and none for what changed nothing", () => {
    for (let at = 1; at <= 120; at++) editor().change("Move", (now) => moveNodes(now, new Map([["a", { x: at, y: 0 }]])));
    expect(editor().past).toHaveLength(100);
    const { past } = editor();
    editor().change("Move", (now) => moveNodes(now, new Map([["a", { x: 120, y: 0 }]])));
    expect(editor().past).toBe(past);
  });

  test("survives saving", () => {
    type("x");
    expect(editor().saveState).toBe("unsaved");
    editor().saved({ revision: 4, document: editor().document });
    expect([editor().saveState, editor().revision, editor().past.length]).toEqual(["saved", 4, 1]);
    editor().undo();
    expect(editor().saveState).toBe("unsaved");
  });
});

test("nothing is changed where one may only look", () => {
  editor().open({ agentId: "1", document: agent([node("a")]), revision: 0, isReadOnly: true });
  type("x");
  expect(editor().document.nodes[0]?.input_default).toEqual({});
});
