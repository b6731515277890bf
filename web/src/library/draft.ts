/**
 * Whether an agent's draft says something that no version does. Its revision alone does not tell: it goes on counting when it is published.
 * The draft of a published agent is as old as its newest version, or older, until somebody changes it.
 */
export function hasChanges(agent: { draft?: { revision: number; updatedAt: string } | null; versions: { nodes: readonly { createdAt: string }[] } }): boolean {
  const [newest] = agent.versions.nodes;
  if (!agent.draft || agent.draft.revision === 0) return false;
  return !newest || new Date(agent.draft.updatedAt) > new Date(newest.createdAt);
}
