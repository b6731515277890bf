/** Agents and runs for the tests of approvals, shares and sessions, made by the API: what the screens then show is theirs. */
import { expect } from "@playwright/test";
import type { Api, Data } from "./fixtures";

const ASK = "8b2a7b3c-6e9d-4a5f-8c1b-2e3f4a5b6c7d";
const STORE = "1ff065e9-88e8-4358-9d82-8dc91f622ba9";
const OUTPUT = "363ae599-353e-4804-937e-b2ee3cef3da4";

const node = (id: string, block: string, values: Data, x = 0) => ({ id, block_id: block, input_default: values, metadata: { position: { x, y: 0 } } });
const link = (source: string, pin: string, sink: string, at: string) => ({ id: crypto.randomUUID(), source_id: source, source_name: pin, sink_id: sink, sink_name: at, is_static: false });

export async function published(api: Api, name: string, nodes: Data[], links: Data[]): Promise<string> {
  const document = { id: crypto.randomUUID(), name, description: "", nodes, links };
  const made = await api.send("mutation($d:JSON!){importGraph(input:{document:$d}){errors{message path} graph{id} problems{message}}}", { d: document });
  return made.importGraph.graph.id as string;
}

export async function started(api: Api, graphId: string): Promise<string> {
  const made = await api.send("mutation($g:ID!){startRun(input:{graphId:$g}){errors{message} run{id}}}", { g: graphId });
  return made.startRun.run.id as string;
}

/** A run that asks; `more` are further inputs of the block that does. Gives the approval's id. */
export async function asked(api: Api, data: unknown, more: Data = {}): Promise<{ approvalId: string; runId: string }> {
  const ask = node("ask", ASK, { data, name: "Send this message?", ...more });
  const yes = node("yes", OUTPUT, { name: "approved" }, 400);
  const graphId = await published(api, "Asking agent", [ask, yes], [link("ask", "approved_data", "yes", "value")]);
  const runId = await started(api, graphId);
  let approvalId = "";
  await expect
    .poll(async () => {
      const found = await api.send("query($r:ID!){approvals(runId:$r){nodes{id}}}", { r: runId });
      approvalId = found.approvals.nodes[0]?.id ?? "";
      return approvalId;
    }, { timeout: 30_000 })
    .not.toBe("");
  return { approvalId, runId };
}

/** A run that is over, and gave these values by name. */
export async function gave(api: Api, values: Record<string, unknown>): Promise<{ graphId: string; runId: string }> {
  const nodes: Data[] = [];
  const links: Data[] = [];
  for (const [name, value] of Object.entries(values)) {
    nodes.push(node(`make ${name}`, STORE, { input: value }), node(`give ${name}`, OUTPUT, { name }, 400));
    links.push(link(`make ${name}`, "output", `give ${name}`, "value"));
  }
  const graphId = await published(api, "Giving agent", nodes, links);
  const runId = await started(api, graphId);
  await endsAs(api, runId, "COMPLETED");
  return { graphId, runId };
}

export async function endsAs(api: Api, runId: string, status: string): Promise<void> {
  await expect.poll(async () => (await api.send("query($r:ID!){run(id:$r){status}}", { r: runId })).run.status, { timeout: 60_000 }).toBe(status);
}
