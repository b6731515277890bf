/** What nodes of the open document are called. */
import { useCallback } from "react";
import { useCatalogue } from "@/blocks/blocks";
import { titleOf } from "@/graph/pins";
import { useEditor } from "../store";

export function useNodeTitles(): (nodeId: string) => string {
  const nodes = useEditor((state) => state.document.nodes);
  const { blocks } = useCatalogue();
  return useCallback(
    (nodeId) => {
      const node = nodes.find((one) => one.id === nodeId);
      return node ? titleOf(node, blocks.get(node.block_id)) : "a node that is not here any more";
    },
    [nodes, blocks],
  );
}
