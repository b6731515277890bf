/** The nodes of the open agent, in the palette of commands: one that is chosen there is chosen and shown here. */
import { useDeferredValue, useMemo } from "react";
import type { Blocks } from "@/blocks/blocks";
import { titleOf } from "@/graph/pins";
import { useCommands } from "@/shell/commands";
import { useEditor } from "../store";
import type { Commands } from "./commands";

export function useNodeCommands(commands: Commands, blocks: Blocks): void {
  // Typing and dragging go first.
  const nodes = useDeferredValue(useEditor((state) => state.document.nodes));
  const found = useMemo(
    () =>
      nodes.map((node) => ({
        id: `node ${node.id}`,
        label: titleOf(node, blocks.get(node.block_id)),
        group: "Nodes of this agent",
        act: () => {
          useEditor.getState().select([node.id]);
          commands.show(node.id, { isCentred: true });
        },
      })),
    [nodes, blocks, commands],
  );
  useCommands(found);
}
