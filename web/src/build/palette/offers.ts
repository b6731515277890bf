/** What can be added to an agent: blocks, and the organisation's own agents, each with the constants that its node begins with. */
import { useMemo } from "react";
import { useQuery } from "urql";
import { AGENT_BLOCK, type Blocks, type BlockSpec } from "@/blocks/blocks";
import { searchBlocks, wordsScore } from "@/blocks/search";
import type { JsonObject } from "@/graph/document";
import { blockTitle } from "@/graph/words";
import { useEditor } from "../store";
import { type OfferedAgentFragment, OfferedAgentsDocument } from "./palette.generated";

export type Offer = { key: string; title: string; description: string; block: BlockSpec; inputs: JsonObject; why: string | null };

/** What is dragged, and what a node is made from. */
export type Dragged = { blockId: string; inputs: JsonObject };

const FORMAT = "application/x-drystone-node";

export const writeOffer = (transfer: DataTransfer, offer: Offer): void => {
  transfer.effectAllowed = "copy";
  transfer.setData(FORMAT, JSON.stringify({ blockId: offer.block.uuid, inputs: offer.inputs } satisfies Dragged));
};

export function readOffer(transfer: DataTransfer): Dragged | null {
  const text = transfer.getData(FORMAT);
  return text ? (JSON.parse(text) as Dragged) : null;
}

export const isOffer = (transfer: DataTransfer): boolean => transfer.types.includes(FORMAT);

/** Why a block's nodes do not run here; null: they do. */
const whyNot = (block: BlockSpec): string | null => (block.isInstalled ? block.disabledReason : "It is not installed here: its nodes are kept, and do not run.");

export const offerOf = (block: BlockSpec): Offer => ({
  key: block.uuid,
  title: blockTitle(block),
  description: block.description,
  block,
  inputs: block.kind === "NOTE" ? { text: "" } : {},
  why: whyNot(block),
});

export function agentOffer(agent: OfferedAgentFragment, block: BlockSpec): Offer {
  return {
    key: `agent:${agent.uuid}`,
    title: agent.name,
    description: agent.description || "An agent of yours, as one node.",
    block,
    inputs: {
      graph_id: agent.uuid,
      graph_version: agent.activeVersion?.number ?? null,
      agent_name: agent.name,
      input_schema: (agent.inputSchema ?? {}) as JsonObject,
      output_schema: (agent.outputSchema ?? {}) as JsonObject,
      inputs: {},
    },
    why: null,
  };
}

/** The caller's agents that have a published version, without the open one, which cannot run itself. */
export function useAgentOffers(blocks: Blocks, search = ""): { agents: Offer[]; isLoading: boolean } {
  const open = useEditor((state) => state.agentId);
  const [{ data, fetching }] = useQuery({ query: OfferedAgentsDocument, variables: { search: search || null } });
  const block = blocks.get(AGENT_BLOCK);
  const agents = useMemo(
    () => (block ? (data?.graphs.nodes ?? []).filter((one) => one.id !== open && one.activeVersion).map((one) => agentOffer(one, block)) : []),
    [data, block, open],
  );
  return { agents, isLoading: fetching };
}

/** Blocks that a person would choose: the block that runs agents is chosen by its agent. */
export const blockOffers = (blocks: Blocks, query: string): Offer[] =>
  searchBlocks([...blocks.values()].filter((block) => block.uuid !== AGENT_BLOCK), query).map(offerOf);

export const searchAgents = (agents: Offer[], query: string): Offer[] =>
  agents.filter((one) => wordsScore(one.title.toLowerCase(), one.description.toLowerCase(), query) > 0);

const RECENT_MAX = 8;
const RECENT = "drystone.recent-blocks";

/** What was added last in this browser, the newest first. */
export function recentBlocks(): string[] {
  try {
    return JSON.parse(localStorage.getItem(RECENT) ?? "[]") as string[];
  } catch {
    return [];
  }
}

/** Remember a block that was added; an agent is found among the agents. */
export function rememberBlock({ key, block }: Offer): void {
  if (key !== block.uuid) return;
  try {
    localStorage.setItem(RECENT, JSON.stringify([key, ...recentBlocks().filter((one) => one !== key)].slice(0, RECENT_MAX)));
  } catch {
    // A storage that is full or forbidden: nothing is remembered.
  }
}
