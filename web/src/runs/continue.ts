/** How a run is to be continued, as the dialog keeps it, and as the API takes it. Pure. */
import type { ContinuePreviewQuery, ContinuePreviewQueryVariables } from "./continue.generated";
import type { RunAgainReason } from "@/data/schema.generated";
import { type Draft, isWrong, readDraft } from "./JsonEditor";

export type Mode = "START" | "FAILED" | "NODES";
/** Edits of one node: of its inputs by pin, and of its outputs by pin: what stands there replaces all that the pin gave. */
export type NodeEdits = { inputs: Record<string, Draft>; outputs: Record<string, Draft>; /** Which execution the outputs are of; null: all. */ ordinal: number | null };

export type Plan = {
  mode: Mode;
  nodeIds: string[];
  version: number | null;
  /** By name: those inputs of the run that are others. */
  inputs: Record<string, Draft>;
  nodes: Record<string, NodeEdits>;
};

export type Preview = ContinuePreviewQuery["continuationPreview"];
type Input = ContinuePreviewQueryVariables["input"];

export const NO_EDITS: NodeEdits = { inputs: {}, outputs: {}, ordinal: null };

export const planFrom = (mode: Mode, nodeIds: string[]): Plan => ({ mode, nodeIds, version: null, inputs: {}, nodes: {} });

const values = (drafts: Record<string, Draft>): Record<string, unknown> => Object.fromEntries(Object.entries(drafts).map(([name, draft]) => [name, readDraft(draft)]));
const isAny = (drafts: Record<string, Draft>): boolean => Object.keys(drafts).length > 0;

/** Why a plan cannot be sent yet, in words; null where it can. */
export function lackOf(plan: Plan): string | null {
  if (plan.mode === "NODES" && plan.nodeIds.length === 0) return "Choose the nodes from which it runs again.";
  const drafts = [plan.inputs, ...Object.values(plan.nodes).flatMap((edits) => [edits.inputs, edits.outputs])];
  if (drafts.some((one) => Object.values(one).some(isWrong))) return "One of the values that you wrote is no JSON.";
  const isList = (draft: Draft) => isWrong(draft) || Array.isArray(readDraft(draft));
  if (Object.values(plan.nodes).some((edits) => Object.values(edits.outputs).some((draft) => !isList(draft)))) return "What a node gave is a list of values.";
  return null;
}

/** Give what the API takes, or null where something lacks. */
export function inputOf(runId: string, plan: Plan): Input | null {
  if (lackOf(plan)) return null;
  const edited = Object.entries(plan.nodes);
  const nodeInputs = edited.filter(([, edits]) => isAny(edits.inputs)).map(([nodeId, edits]) => ({ nodeId, inputs: values(edits.inputs) }));
  const outputs = edited.filter(([, edits]) => isAny(edits.outputs)).map(([nodeId, edits]) => ({ nodeId, ordinal: edits.ordinal, outputs: values(edits.outputs) }));
  return {
    runId,
    mode: plan.mode,
    nodeIds: plan.mode === "NODES" ? plan.nodeIds : null,
    inputs: isAny(plan.inputs) ? values(plan.inputs) : null,
    nodeInputs: nodeInputs.length > 0 ? nodeInputs : null,
    outputs: outputs.length > 0 ? outputs : null,
    version: plan.version,
  };
}

/** How many values were changed. */
export function editCount(plan: Plan): number {
  const size = (drafts: Record<string, Draft>) => Object.keys(drafts).length;
  return size(plan.inputs) + Object.values(plan.nodes).reduce((sum, edits) => sum + size(edits.inputs) + size(edits.outputs), 0);
}

export const REASONS: Record<RunAgainReason, string> = {
  CHOSEN: "chosen",
  EDITED: "its inputs were changed",
  BEHIND: "what comes to it may change",
  FAILED: "it did not end well",
  INPUT_CHANGED: "an input of the run was changed",
  CONFIGURATION_CHANGED: "it is different in this version",
  SECRET_INPUT: "it got a secret, which is not recorded",
  NOT_RECORDED: "it was not recorded whole",
};

export type Fate = { nodeId: string; title: string; kind: "again" | "reused" | "edited" | "new"; text: string };

/** What becomes of each node, in words; those that run again first. */
export function fatesOf(preview: Preview): Fate[] {
  const order = { again: 0, new: 1, edited: 2, reused: 3 };
  return preview.nodes
    .map((node): Fate => {
      const base = { nodeId: node.nodeId, title: node.title };
      const reasons = node.reasons.map((reason) => REASONS[reason]).join(", ");
      const partly = [node.reusedCount > 0 && `${node.reusedCount} taken over`, node.editedCount > 0 && `${node.editedCount} as you wrote`].filter((one) => one !== false).join(", ");
      if (node.reasons.length > 0) return { ...base, kind: "again", text: `Runs again: ${reasons}${partly && `. Besides, ${partly}`}` };
      if (node.editedCount > 0) return { ...base, kind: "edited", text: `Gives what you wrote${node.reusedCount > 0 ? `, and ${node.reusedCount} taken over` : ""}` };
      if (node.reusedCount > 0) return { ...base, kind: "reused", text: node.reusedCount === 1 ? "Taken over" : `${node.reusedCount.toLocaleString()} taken over` };
      return { ...base, kind: "new", text: node.readyCount > 0 ? "Runs at once" : "Runs when values come to it" };
    })
    .sort((one, other) => order[one.kind] - order[other.kind]);
}
