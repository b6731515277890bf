import { beforeEach, describe, expect, it } from "vitest";
import type { GraphDocument } from "@/graph/document";
import { useEditor } from "../store";
import { editAsDraft, showDraft, showVersion } from "./oldVersion";

const made = (name: string): GraphDocument => ({ id: "g", name, nodes: [], links: [] });
const editor = () => useEditor.getState();

describe("an older version in the editor", () => {
  beforeEach(() => {
    editor().open({ agentId: "a", document: made("draft"), revision: 4 });
    editor().change("Rename", (now) => ({ ...now, name: "draft 2" }));
    editor().saved({ revision: 5, document: editor().document });
  });

  it("is shown read-only, and the draft comes back with its steps", async () => {
    expect(await showVersion(made("version 1"))).toBe(true);
    expect(editor()).toMatchObject({ isReadOnly: true, document: { name: "version 1" } });
    showDraft();
    expect(editor()).toMatchObject({ isReadOnly: false, revision: 5, document: { name: "draft 2" } });
    editor().undo();
    expect(editor().document.name).toBe("draft");
  });

  it("becomes the draft in one step that can be taken back", async () => {
    await showVersion(made("version 1"));
    editAsDraft(made("version 1"), 1);
    expect(editor()).toMatchObject({ isReadOnly: false, revision: 5, document: { name: "version 1" } });
    editor().undo();
    expect(editor().document.name).toBe("draft 2");
  });

  it("takes the place of another version without losing the draft", async () => {
    await showVersion(made("version 1"));
    await showVersion(made("version 2"));
    showDraft();
    expect(editor().document.name).toBe("draft 2");
  });

  it("leaves another agent that was opened meanwhile alone", async () => {
    await showVersion(made("version 1"));
    editor().open({ agentId: "b", document: made("other"), revision: 1 });
    showDraft();
    expect(editor().document.name).toBe("other");
  });
});
