/** Agents whose runs the tests of run pages look at; made and started by the API. */
import { expect } from "@playwright/test";
import type { Api, Data } from "./fixtures";

const BLOCKS = {
  input: "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b",
  output: "363ae599-353e-4804-937e-b2ee3cef3da4",
  store: "1ff065e9-88e8-4358-9d82-8dc91f622ba9",
  item: "262ca24c-1025-43cf-a578-534e23234e97",
  each: "f66a3543-28d3-4ab5-8945-9b336371e2ce",
  twice: "b1ab9b19-67a6-406d-abf5-2dba76d00c79",
  request: "6595ae1f-b924-42cb-9a41-551a0611c4b4",
  timer: "d67a9c52-5e4e-11e2-bcfd-0800200c9a71",
};

const node = (id: string, block: keyof typeof BLOCKS, title: string, values: Data, x: number) => ({ id, block_id: BLOCKS[block], input_default: values, metadata: { position: { x: x * 340, y: 60 + (x % 2) * 80 }, customized_name: title } });
const link = (text: string): Data => {
  const [source, sink] = text.split(" > ").map((end) => [end.slice(0, end.indexOf(".")), end.slice(end.indexOf(".") + 1)]);
  return { id: crypto.randomUUID(), source_id: source?.[0], source_name: source?.[1], sink_id: sink?.[0], sink_name: sink?.[1], is_static: false };
};

/** A failure ends the run, where nothing else is said of it. */
async function published(api: Api, name: string, nodes: Data[], links: Data[]): Promise<string> {
  const document = { id: crypto.randomUUID(), name, description: "", on_node_error: "fail", nodes, links };
  const made = await api.send("mutation($d:JSON!){importGraph(input:{document:$d}){errors{message path} graph{id}}}", { d: document });
  return made.importGraph.graph.id as string;
}

/** Picks the n-th of some names; fails where there are fewer. */
export const picking = (api: Api): Promise<string> =>
  published(
    api,
    "Pick one",
    [node("names", "input", "Names", { name: "names" }, 0), node("place", "input", "Place", { name: "place" }, 1), node("pick", "item", "Pick", {}, 2), node("keep", "store", "Keep", {}, 3), node("out", "output", "Picked", { name: "picked" }, 4)],
    ["names.result > pick.list", "place.result > pick.index", "pick.item > keep.input", "keep.output > out.value"].map(link),
  );

/** Waits for hours, so that a run of it goes on. */
export const waiting = (api: Api): Promise<string> =>
  published(api, "Wait a while", [node("timer", "timer", "Hours", { input_message: "done", hours: 3 }, 0), node("out", "output", "Done", { name: "done" }, 1)], [link("timer.output_message > out.value")]);

/** Asks a host that is not there, and is tried again after a while. */
export const failing = (api: Api): Promise<string> =>
  published(
    api,
    "Fetch a page",
    [{ ...node("fetch", "request", "Fetch", { url: "http://nowhere.invalid/", method: "GET" }, 0), retry: { attempts: 5, first_wait_seconds: 600, longest_wait_seconds: 600, backoff: 1 } }, node("out", "output", "Page", { name: "page" }, 1)],
    [link("fetch.response > out.value")],
  );

/** Doubles each of many numbers: two executions for each, and one more. */
export const doubling = (api: Api, count: number): Promise<string> =>
  published(
    api,
    "Double each",
    [node("each", "each", "Each number", { items: Array.from({ length: count }, (_, index) => index + 1) }, 0), node("twice", "twice", "Twice", { operation: "Multiply", b: 2 }, 1), node("out", "output", "Numbers", { name: "numbers" }, 2)],
    ["each.item > twice.a", "twice.result > out.value"].map(link),
  );

export async function run(api: Api, graphId: string, inputs: Data = {}): Promise<string> {
  const made = await api.send("mutation($g:ID!,$i:JSON!){startRun(input:{graphId:$g,inputs:$i}){errors{message} run{id}}}", { g: graphId, i: inputs });
  return made.startRun.run.id as string;
}

export async function isIn(api: Api, runId: string, status: string): Promise<void> {
  await expect.poll(async () => (await api.send("query($r:ID!){run(id:$r){status}}", { r: runId })).run.status, { timeout: 60_000 }).toBe(status);
}
