/** What uses a credential, in words: how much of each kind, what each is called, and what happens to it once the credential is gone. */
import type { CredentialUseKind } from "@/data/schema.generated";
import type { CredentialUsePartsFragment } from "./uses.generated";

const ORDER: readonly CredentialUseKind[] = ["AGENT", "DRAFT", "SCHEDULE", "ATTACHMENT", "WEBHOOK", "PRESET"];

const NAMES: Record<CredentialUseKind, [one: string, many: string]> = {
  AGENT: ["agent", "agents"],
  DRAFT: ["draft", "drafts"],
  PRESET: ["preset", "presets"],
  SCHEDULE: ["schedule", "schedules"],
  ATTACHMENT: ["webhook that starts an agent", "webhooks that start agents"],
  WEBHOOK: ["registered webhook", "registered webhooks"],
};

/** As the API does it: a run is refused before it starts, and a schedule goes on trying. */
export const CONSEQUENCES: Record<CredentialUseKind, string> = {
  AGENT: "Runs are refused until another credential is chosen.",
  DRAFT: "Runs of the draft are refused until another credential is chosen, and so are all once it is published.",
  SCHEDULE: "At the set times no run starts, and each time says why, until another credential is chosen.",
  ATTACHMENT: "What is sent is kept, and starts no run until another credential is chosen.",
  WEBHOOK: "The service goes on sending. From here the hook can be neither renewed nor taken away there any more.",
  PRESET: "Runs that take it are refused until another credential is chosen.",
};

export type UseGroup<Use> = { kind: CredentialUseKind; title: string; uses: Use[] };

export function usesByKind<Use extends Pick<CredentialUsePartsFragment, "kind">>(uses: readonly Use[]): UseGroup<Use>[] {
  return ORDER.map((kind) => {
    const found = uses.filter((one) => one.kind === kind);
    return { kind, title: counted(kind, found.length), uses: found };
  }).filter((group) => group.uses.length > 0);
}

function counted(kind: CredentialUseKind, count: number): string {
  const [one, many] = NAMES[kind];
  return `${count} ${count === 1 ? one : many}`;
}

/** "2 agents, 1 schedule"; empty where nothing does. */
export function usesInShort(uses: readonly Pick<CredentialUsePartsFragment, "kind">[]): string {
  return usesByKind(uses).map((group) => group.title).join(", ");
}

/** What one is called, with the agent that it is of. */
export function useName(use: CredentialUsePartsFragment): string {
  if (use.kind === "AGENT" || use.kind === "DRAFT") return use.nodesCount > 1 ? `${use.name}, in ${use.nodesCount} nodes` : (use.name ?? "");
  const paused = use.isPaused ? ", paused" : "";
  if (use.name === null || use.name === undefined) return `Another person's, of ${use.graphName}`;
  return use.graphName ? `${use.name}, of ${use.graphName}${paused}` : `${use.name}${paused}`;
}

/** Where it is looked after; null for what the reader cannot open. */
export function usePath(use: CredentialUsePartsFragment): string | null {
  if (use.kind === "AGENT" || use.kind === "DRAFT") return `/build/${use.graphId}`;
  if (use.kind === "WEBHOOK") return "/schedules?tab=webhooks";
  if (use.id === null || use.id === undefined) return null;
  if (use.kind === "SCHEDULE") return `/library/${use.graphId}?tab=schedules&schedule=${use.id}`;
  return `/library/${use.graphId}?tab=${use.kind === "PRESET" ? "presets" : "triggers"}`;
}
