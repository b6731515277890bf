/** What nodes and links on the canvas offer at themselves, as changes of the open document. */
import type { CanvasActions } from "@/canvas/actions";
import { removeLinks, setInput, setTitle, updateNode } from "@/graph/edits";
import { groupsOf, renameGroup, ungroupNodes } from "@/graph/groups";
import { useEditor } from "../store";
import type { Commands } from "./commands";
import { partName, useCanvasUi } from "./ui";

export function makeActions(commands: Commands): CanvasActions {
  const change = useEditor.getState().change;
  return {
    toggleAdvanced: commands.toggleAdvanced,
    rename: (id, title) => change("Rename", (now) => setTitle(now, id, title)),
    setNote: (id, text) => change("Write a note", (now) => setInput(now, id, "text", text), { merge: `note:${id}` }),
    resizeNote: (id, size) => change("Resize a note", (now) => updateNode(now, id, (node) => ({ ...node, metadata: { ...node.metadata, size } })), { merge: `resize:${id}` }),
    renameGroup: (id, title) => change("Rename a group", (now) => renameGroup(now, id, title)),
    ungroup: (id) => change("Take a group apart", (now) => ungroupNodes(now, new Set(groupsOf(now).find((group) => group.id === id)?.members))),
    addPart: (id, pin, key) => {
      const { document } = useEditor.getState();
      const taken = [
        ...(useCanvasUi.getState().extraPins.get(id) ?? []),
        ...document.links.filter((link) => link.sink_id === id).map((link) => link.sink_name),
        ...Object.keys(document.nodes.find((node) => node.id === id)?.input_default ?? {}),
      ];
      useCanvasUi.getState().addPin(id, partName(pin, key, taken));
    },
    addFrom: (nodeId, side, pin, at) => commands.quickAdd({ at, from: { nodeId, side, pin } }),
    insertOn: (linkId, at) => commands.quickAdd({ at, onLink: linkId }),
    removeLink: (id) => change("Remove a link", (now) => removeLinks(now, new Set([id])), { select: [] }),
    openAgent: (id) => commands.openNode(id),
    openMenu: (nodeId, at) => {
      useEditor.getState().select([nodeId]);
      useCanvasUi.getState().open({ menu: { at, nodeId } });
    },
  };
}
