/** Agents that the tests of running make by the API: each is small, and does one thing that a run can show. */
import { randomUUID } from "node:crypto";
import type { Api } from "./fixtures";

const BLOCKS = {
  input: "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b",
  output: "363ae599-353e-4804-937e-b2ee3cef3da4",
  store: "1ff065e9-88e8-4358-9d82-8dc91f622ba9",
  timer: "d67a9c52-5e4e-11e2-bcfd-0800200c9a71",
  text: "1f292d4a-41a4-4977-9684-7c8d560b9f91",
  request: "6595ae1f-b924-42cb-9a41-551a0611c4b4",
  human: "8b2a7b3c-6e9d-4a5f-8c1b-2e3f4a5b6c7d",
  event: "c7b0f3de-5d0a-4a52-9d5c-6f2f6a0f9b1e",
  item: "262ca24c-1025-43cf-a578-534e23234e97",
  each: "f66a3543-28d3-4ab5-8945-9b336371e2ce",
  medium: "3f7b2dcb-4a78-4e3f-b0f1-88132e1b89df",
  calculator: "b1ab9b19-67a6-406d-abf5-2dba76d00c79",
};

export type Node = { id: string; block: keyof typeof BLOCKS; title?: string; input?: Record<string, unknown>; [field: string]: unknown };
export type Made = { id: string; name: string; revision: number; document: Record<string, unknown> };

/** Make an agent of nodes and of links written as `a.pin > b.pin`, and publish it unless it is to stay a draft. */
export async function makeAgent(api: Api, name: string, nodes: Node[], links: string[], { isPublished = true, ...fields }: { isPublished?: boolean; [field: string]: unknown } = {}): Promise<Made> {
  const document = {
    id: randomUUID(),
    name,
    description: "",
    nodes: nodes.map(({ block, title, input, ...more }, at) => ({
      block_id: BLOCKS[block],
      input_default: input ?? {},
      metadata: { position: { x: 40 + (at % 2) * 300, y: 40 + Math.floor(at / 2) * 310 }, ...(title ? { customized_name: title } : {}) },
      ...more,
    })),
    links: links.map((text, at) => {
      const [source, sink] = text.split(" > ").map((end) => [end.slice(0, end.indexOf(".")), end.slice(end.indexOf(".") + 1)]);
      return { id: `link-${at}`, source_id: source?.[0], source_name: source?.[1], sink_id: sink?.[0], sink_name: sink?.[1] };
    }),
    ...fields,
  };
  const made = await api.send("mutation($d:JSON!,$n:String!){createGraph(input:{name:$n,document:$d}){errors{message remedy} graph{id draft{revision document}}}}", { d: document, n: name });
  const { id, draft } = made.createGraph.graph;
  if (isPublished) await api.send("mutation($id:ID!,$r:Int!){publishGraph(input:{graphId:$id,revision:$r}){errors{message remedy nodeId} version{number}}}", { id, r: draft.revision });
  const { revision } = (await api.send("query($id:ID!){graph(id:$id){draft{revision}}}", { id })).graph.draft;
  return { id, name, revision, document: draft.document };
}

/** An input, a node between, and an output: what most of these agents are. */
export const around = (node: Node, inPin: string, outPin: string, input: Record<string, unknown> = {}): [Node[], string[]] => [
  [
    { id: "in", block: "input", title: "Topic", input: { name: "topic", ...input } },
    node,
    { id: "out", block: "output", title: "Result", input: { name: "result" } },
  ],
  [`in.result > ${node.id}.${inPin}`, `${node.id}.${outPin} > out.value`],
];
