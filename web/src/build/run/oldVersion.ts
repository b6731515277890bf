/**
 * Looking at an older version in the editor, beside the data of a run of it. The draft is put aside whole, with its steps back, and is
 * put back when the look is over: nothing of it is lost, and nothing of the version is saved as a draft unless somebody takes it over.
 */
import type { GraphDocument } from "@/graph/document";
import { isDraft } from "@/run/source";
import { saveNow } from "../publish/saving";
import { type EditorState, useEditor } from "../store";

type Aside = Pick<EditorState, "agentId" | "document" | "isReadOnly" | "selection" | "past" | "future" | "revision" | "savedDocument" | "saveState" | "problems">;

let aside: Aside | null = null;

/** Show a version in place of the draft. The draft is saved first; where that cannot be done it stays, and false is given. */
export async function showVersion(document: GraphDocument, isWanted: () => boolean = () => true): Promise<boolean> {
  if (aside === null) {
    const { agentId } = useEditor.getState();
    if (!(await saveNow()) || useEditor.getState().agentId !== agentId) return false;
    if (!isWanted()) return true;
    const { isReadOnly, selection, past, future, revision, savedDocument, saveState, problems, document: draft } = useEditor.getState();
    aside = { agentId, document: draft, isReadOnly, selection, past, future, revision, savedDocument, saveState, problems };
  }
  const { agentId, open } = useEditor.getState();
  if (agentId) open({ agentId, document, revision: 0, isReadOnly: true });
  return true;
}

/** Put the draft back, as it was. */
export function showDraft(): void {
  const kept = aside;
  aside = null;
  // Another agent was opened meanwhile: its own draft is shown.
  if (kept === null || useEditor.getState().agentId !== kept.agentId) return;
  useEditor.setState((now) => ({ ...kept, opening: now.opening + 1, marks: null, focused: null }));
}

/** Put the draft back, and make it what the version says: one step, which can be taken back. */
export function editAsDraft(document: GraphDocument, version: number): void {
  showDraft();
  useEditor.getState().change(isDraft(version) ? "Take over the draft as it ran" : `Take over version ${version}`, () => document);
}
