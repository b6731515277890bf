/** What an agent needs of whoever adds it, read from the file in its listing: credentials, costs, blocks that are not here. Pure. */
import type { BlockCost, BlockSpec } from "@/blocks/blocks";
import type { GraphDocument, GraphNode, Json, JsonObject, Schema } from "@/graph/document";

export type ProviderInfo = { name: string; costs: BlockCost[] };
export type CredentialNeed = { key: string; providers: string[]; types: string[]; scopes: string[]; isRequired: boolean; hasDemo: boolean; nodes: string[] };
export type CostNeed = { words: string; nodes: string[] };
export type Needs = { credentials: CredentialNeed[]; costs: CostNeed[]; missing: string[]; sensitive: string[]; nodes: number; agents: number };

type CredentialPin = Schema & { credentials_provider?: string[]; credentials_types?: string[]; credentials_scopes?: string[]; credentials_demo?: boolean; discriminator?: string; discriminator_mapping?: Record<string, string> };

export function needsOf(document: GraphDocument, blocks: ReadonlyMap<string, BlockSpec>, providers: readonly ProviderInfo[], titleOf: (provider: string) => string): Needs {
  const graphs = allGraphs(document);
  const credentials = new Map<string, CredentialNeed>();
  const costs = new Map<string, CostNeed>();
  const missing = new Set<string>();
  const sensitive = new Set<string>();
  for (const node of graphs.flatMap((graph) => graph.nodes)) {
    const block = blocks.get(node.block_id);
    if (!block?.isInstalled) {
      missing.add(block?.name ?? "A block that nobody knows here");
      continue;
    }
    const title = node.metadata?.customized_name || readable(block.name);
    if (block.isSensitive) sensitive.add(title);
    const pins = credentialPins(block);
    for (const [name, pin] of pins) {
      const names = providersOf(pin, node, block);
      const isRequired = (block.inputSchema.required ?? []).includes(name) && node.metadata?.credentials_optional !== true;
      const key = `${names.join()} ${(pin.credentials_types ?? []).join()}`;
      const before = credentials.get(key);
      credentials.set(key, {
        key,
        providers: names.map(titleOf),
        types: pin.credentials_types ?? [],
        scopes: [...new Set([...(before?.scopes ?? []), ...(pin.credentials_scopes ?? [])])],
        isRequired: (before?.isRequired ?? false) || isRequired,
        hasDemo: (before?.hasDemo ?? true) && pin.credentials_demo === true,
        nodes: [...new Set([...(before?.nodes ?? []), title])],
      });
    }
    const words = costOf(node, block, pins.flatMap(([, pin]) => providersOf(pin, node, block)), providers);
    if (words) costs.set(words, { words, nodes: [...(costs.get(words)?.nodes ?? []), title] });
  }
  return { credentials: [...credentials.values()], costs: [...costs.values()], missing: [...missing], sensitive: [...sensitive], nodes: document.nodes.length, agents: graphs.length - 1 };
}

/** The agent and all that come with it, each once. */
function allGraphs(document: GraphDocument): GraphDocument[] {
  const found = new Map<string, GraphDocument>();
  const walk = (graph: GraphDocument) => {
    if (found.has(graph.id)) return;
    found.set(graph.id, graph);
    for (const one of graph.sub_graphs ?? []) walk(one);
  };
  walk(document);
  return [...found.values()];
}

const credentialPins = (block: BlockSpec): [string, CredentialPin][] =>
  Object.entries(block.inputSchema.properties ?? {}).filter(([, pin]) => pin.credentials_provider !== undefined) as [string, CredentialPin][];

/** Where another input says which provider it is, such as the model: that one. */
function providersOf(pin: CredentialPin, node: GraphNode, block: BlockSpec): string[] {
  const chosen = pin.discriminator ? valueOf(node, block, pin.discriminator) : undefined;
  const mapped = typeof chosen === "string" ? pin.discriminator_mapping?.[chosen] : undefined;
  return mapped ? [mapped] : (pin.credentials_provider ?? []);
}

const valueOf = (node: GraphNode, block: BlockSpec, name: string): Json | undefined => node.input_default[name] ?? block.inputSchema.properties?.[name]?.default;

/** The price of a run of a node in words; null where it costs nothing. The block's own prices count before its provider's. */
function costOf(node: GraphNode, block: BlockSpec, providers: string[], infos: readonly ProviderInfo[]): string | null {
  const own = block.costs.length > 0 ? block.costs : infos.filter((one) => providers.includes(one.name)).flatMap((one) => one.costs);
  const cost = own.find((one) => Object.entries(one.filter ?? {}).every(([name, wanted]) => fits(valueOf(node, block, name), wanted)));
  return cost && cost.amount > 0 ? costWords(cost) : null;
}

/** Whether a value has all that is asked for; an object may have more. */
function fits(value: Json | undefined, wanted: Json): boolean {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) return JSON.stringify(value) === JSON.stringify(wanted);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(wanted).every(([name, one]) => fits((value as JsonObject)[name], one));
}

const PER: Record<string, [string, string]> = { RUN: ["run", "runs"], BYTE: ["byte", "bytes"], SECOND: ["second", "seconds"], ITEMS: ["item", "items"], COST_USD: ["dollar of its provider’s price", "dollars of its provider’s price"], TOKENS: ["token", "tokens"] };

export function costWords({ amount, type, divisor }: BlockCost): string {
  const [one, many] = PER[type] ?? ["run", "runs"];
  const credits = `${amount} ${amount === 1 ? "credit" : "credits"}`;
  return divisor > 1 ? `${credits} for ${divisor.toLocaleString()} ${many}` : `${credits} a ${one}`;
}

export const TYPE_WORDS: Record<string, string> = { api_key: "an API key", oauth2: "access that you grant", user_password: "a user name and a password", host_scoped: "headers for one host" };

const readable = (name: string): string => name.replace(/Block$/, "").replace(/([a-z0-9])([A-Z])/g, "$1 $2");
