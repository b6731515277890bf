/** Which events the nodes of an agent wait for. Pure. */
import type { GraphDocument } from "@/graph/document";

/** The name of the block that waits; its nodes say by a constant which event. */
const WAITING = "WaitForEventBlock";

export function eventsOf(document: GraphDocument, blocks: ReadonlyMap<string, { name: string }>): { isWaiting: boolean; names: string[] } {
  const nodes = document.nodes.filter((node) => blocks.get(node.block_id)?.name === WAITING);
  const names = nodes.flatMap((node) => (typeof node.input_default.event_name === "string" ? [node.input_default.event_name] : []));
  return { isWaiting: nodes.length > 0, names: [...new Set(names)] };
}
