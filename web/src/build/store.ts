/**
 * The editor: one open agent, what is chosen in it, and the steps back and forth. Plain state: it draws nothing and sends nothing.
 *
 * The document is immutable. Change it only by `change("Link", (document) => addLink(document, link))` with the functions of
 * `graph/edits.ts`: each call is one step of undo, but calls with the same `merge` key that follow one another within a second become one
 * (typing into a field: `merge: "input:NODE:PIN"`). An edit that gives the same document is no step.
 *
 * Saving (`build/publish`): watch `document`; when it is not `savedDocument`, send it with `revision`, then call
 * `saved({ revision, document })` with what was sent, or set `saveState` to "failed" or "conflict". Undo is not lost by saving.
 * Running (`build/run`): `setMarks(nodes, links)` shows how the run stands; `setMarks(null)` takes it away.
 * Problems (`build/inspector`): `setProblems(problems)` marks nodes; `focus({ nodeId, pin })` chooses a node and asks the inspector for a field.
 */
import { create } from "zustand";
import type { LinkMark, NodeMark } from "@/canvas/marks";
import type { GraphProblem } from "@/data/schema.generated";
import type { GraphDocument } from "@/graph/document";

export type Selection = { nodes: ReadonlySet<string>; links: ReadonlySet<string> };
export type SaveState = "saved" | "unsaved" | "saving" | "failed" | "conflict";
export type Place = { nodeId: string; pin: string | null };
/** What the canvas must know of a problem; more of it is welcome. */
export type NodeProblem = Pick<GraphProblem, "code" | "message" | "remedy" | "severity"> & { nodeId?: string | null; pin?: string | null; linkId?: string | null; graphId?: string | null };

type Step = { label: string; document: GraphDocument; selection: Selection };
type Marks = { nodes: ReadonlyMap<string, NodeMark>; links: ReadonlyMap<string, LinkMark> };

export type EditorState = {
  /** The agent's id in GraphQL; null: no agent is open. */
  agentId: string | null;
  /** Which opening this is: grows with each `open`, so that what was begun for another document is known to be late. */
  opening: number;
  document: GraphDocument;
  /** Nothing can be changed: the caller may not write, or looks at an agent within this one. */
  isReadOnly: boolean;
  selection: Selection;
  /** Steps back, the newest last; and steps forth again. */
  past: Step[];
  future: Step[];
  /** The draft's revision, which the next save names; 0: no draft yet. */
  revision: number;
  savedDocument: GraphDocument;
  saveState: SaveState;
  problems: readonly NodeProblem[];
  marks: Marks | null;
  /** The field that the inspector is asked to focus; it calls `focus(null)` when it has done so. */
  focused: Place | null;

  open: (opened: { agentId: string; document: GraphDocument; revision: number; isReadOnly?: boolean }) => void;
  /** Forget the agent: the next opening reads it anew. */
  close: () => void;
  change: (label: string, edit: (document: GraphDocument) => GraphDocument, options?: { merge?: string; select?: string[] }) => void;
  undo: () => void;
  redo: () => void;
  select: (nodes: Iterable<string>, links?: Iterable<string>) => void;
  focus: (place: Place | null) => void;
  setSaveState: (state: SaveState) => void;
  saved: (answer: { revision: number; document: GraphDocument }) => void;
  setProblems: (problems: readonly NodeProblem[]) => void;
  setMarks: (nodes: ReadonlyMap<string, NodeMark> | null, links?: ReadonlyMap<string, LinkMark>) => void;
};

/** Steps back that are kept. */
const STEPS_MAX = 100;
/** Calls with the same key merge into one step while they follow one another faster than this. */
const MERGE_MS = 1_000;

const NOTHING: Selection = { nodes: new Set(), links: new Set() };
const EMPTY: GraphDocument = { id: "", name: "", nodes: [], links: [] };

let merging: { key: string; at: number } | null = null;

export const useEditor = create<EditorState>((set, get) => ({
  agentId: null,
  opening: 0,
  document: EMPTY,
  isReadOnly: false,
  selection: NOTHING,
  past: [],
  future: [],
  revision: 0,
  savedDocument: EMPTY,
  saveState: "saved",
  problems: [],
  marks: null,
  focused: null,

  open: ({ agentId, document, revision, isReadOnly = false }) => {
    merging = null;
    const opening = get().opening + 1;
    set({ agentId, opening, document, revision, isReadOnly, savedDocument: document, saveState: "saved", selection: NOTHING, past: [], future: [], problems: [], marks: null, focused: null });
  },

  close: () => set({ agentId: null }),

  change: (label, edit, { merge, select } = {}) => {
    const { document, isReadOnly, selection, past } = get();
    if (isReadOnly) return;
    const next = edit(document);
    const chosen = select ? { nodes: new Set(select), links: new Set<string>() } : selection;
    if (next === document) return set({ selection: within(next, chosen) });
    const now = Date.now();
    const isMerged = merge !== undefined && merging?.key === merge && now - merging.at < MERGE_MS && past.length > 0;
    merging = merge === undefined ? null : { key: merge, at: now };
    const steps = isMerged ? past : [...past, { label, document, selection }].slice(-STEPS_MAX);
    set({ document: next, selection: within(next, chosen), past: steps, future: [], saveState: unsaved(get().saveState) });
  },

  undo: () => {
    const { document, selection, past, future, isReadOnly } = get();
    const step = past.at(-1);
    if (!step || isReadOnly) return;
    merging = null;
    set({ document: step.document, selection: within(step.document, step.selection), past: past.slice(0, -1), future: [...future, { label: step.label, document, selection }], saveState: unsaved(get().saveState) });
  },

  redo: () => {
    const { document, selection, past, future, isReadOnly } = get();
    const step = future.at(-1);
    if (!step || isReadOnly) return;
    merging = null;
    set({ document: step.document, selection: within(step.document, step.selection), past: [...past, { label: step.label, document, selection }], future: future.slice(0, -1), saveState: unsaved(get().saveState) });
  },

  select: (nodes, links = []) => {
    const { selection, document } = get();
    const next = within(document, { nodes: new Set(nodes), links: new Set(links) });
    if (!isSame(next.nodes, selection.nodes) || !isSame(next.links, selection.links)) set({ selection: next });
  },

  focus: (place) => {
    if (place) get().select([place.nodeId]);
    set({ focused: place });
  },

  setSaveState: (saveState) => set({ saveState }),
  saved: ({ revision, document }) =>
    set((now) => ({ revision, savedDocument: document, saveState: now.document === document ? "saved" : "unsaved" })),
  setProblems: (problems) => set({ problems }),
  setMarks: (nodes, links = new Map()) => set({ marks: nodes ? { nodes, links } : null }),
}));

/** A conflict stays until somebody decides it. */
const unsaved = (state: SaveState): SaveState => (state === "conflict" || state === "saving" ? state : "unsaved");

/** The selection without what is not there any more. */
function within(document: GraphDocument, { nodes, links }: Selection): Selection {
  if (nodes.size === 0 && links.size === 0) return NOTHING;
  const keep = (chosen: ReadonlySet<string>, there: { id: string }[]) => {
    const found = there.filter((one) => chosen.has(one.id)).map((one) => one.id);
    return found.length === chosen.size ? chosen : new Set(found);
  };
  return { nodes: keep(nodes, document.nodes), links: keep(links, document.links) };
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((id) => other.has(id));
}

/** The chosen node where exactly one is; else null. */
export const chosenNode = (state: EditorState): string | null => {
  const [id] = state.selection.nodes;
  return state.selection.nodes.size === 1 && id !== undefined ? id : null;
};
