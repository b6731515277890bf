/** Blocks and agents in short, for the tests beside. */
import type { Blocks, BlockSpec } from "@/blocks/blocks";
import type { GraphDocument, GraphLink, GraphNode, JsonObject, Schema } from "./document";

export function block(uuid: string, inputs: Record<string, Schema>, outputs: Record<string, Schema>, more: Partial<BlockSpec> & { required?: string[]; defs?: Record<string, Schema> } = {}): BlockSpec {
  const { required = [], defs, ...others } = more;
  const whole = (properties: Record<string, Schema>): Schema => ({ type: "object", properties, required, ...(defs ? { $defs: defs } : {}) });
  return { id: uuid, uuid, name: `${uuid}Block`, description: "", categories: [], kind: "STANDARD", inputSchema: whole(inputs), outputSchema: whole(outputs), isStatic: false, isInstalled: true, disabledReason: null, isSensitive: false, costs: [], ...others };
}

export const blocksOf = (...all: BlockSpec[]): Blocks => new Map(all.map((one) => [one.uuid, one]));

export const node = (id: string, blockId = "Text", inputs: JsonObject = {}, x = 0, y = 0): GraphNode => ({ id, block_id: blockId, input_default: inputs, metadata: { position: { x, y } } });

export const link = (source: string, sink: string): GraphLink => {
  const [source_id = "", source_name = ""] = source.split(".");
  const [sink_id = "", sink_name = ""] = sink.split(".");
  return { id: `${source}>${sink}`, source_id, source_name, sink_id, sink_name };
};

export const agent = (nodes: GraphNode[], links: GraphLink[] = []): GraphDocument => ({ id: "agent", name: "Agent", nodes, links });
