/** Saving tied to the page: the mutation that saves, and what the draft and its published version are when an agent is opened. */
import { useCallback, useEffect } from "react";
import { Client, fetchExchange, useClient } from "urql";
import { told, type Told } from "@/data/errors";
import { useViewer } from "@/shell/viewer";
import { useEditor } from "../store";
import { DraftStateDocument, SaveDraftDocument } from "./draft.generated";
import { setOwner } from "./localCopy";
import { type Answer, type Draft, startSaving } from "./saving";
import { usePublished, whole } from "./published";

/**
 * Saves go by a client of their own, without a cache: the page's would read every list and every document of agents anew after each.
 * Who is signed out meanwhile is told by the page's client, which asks something after a save that was refused for that.
 */
const saving = new Client({ url: "/graphql", preferGetMethod: false, exchanges: [fetchExchange] });

/** Codes with which the API says that it may work later. */
const LATER = new Set(["OFFLINE", "UNAVAILABLE", "INTERNAL", "TIMEOUT", "RATE_LIMITED"]);

const AGAIN_MS = 2_000;

export async function sendDraft({ agentId, revision, document }: Draft): Promise<Answer> {
  const answer = await saving.mutation(SaveDraftDocument, { input: { graphId: agentId, revision, document } }).toPromise();
  const payload = answer.data?.updateDraft;
  const found: Told[] = answer.error ? told(answer.error) : (payload?.errors ?? []);
  if (found.some((one) => one.code === "CONFLICT")) return { kind: "conflict" };
  if (found.length > 0) return { kind: found.every((one) => LATER.has(one.code)) ? "away" : "refused", told: found };
  return { kind: "saved", revision: payload?.graph?.draft?.revision ?? revision + 1, problems: payload?.problems ?? [] };
}

export function useAutosave(): void {
  const agentId = useEditor((state) => state.agentId);
  const opening = useEditor((state) => state.opening);
  const read = useReadPublished();
  const { id: person, organisation } = useViewer();
  // Before saving begins: it looks for this person's copies at once.
  useEffect(() => setOwner(person, organisation.id), [person, organisation.id]);
  useEffect(
    () =>
      startSaving(async (draft) => {
        const answer = await sendDraft(draft);
        if (answer.kind === "refused" && answer.told.some((one) => one.code === "UNAUTHENTICATED")) void read(draft.agentId);
        return answer;
      }),
    [read],
  );
  useEffect(() => {
    if (!agentId) return;
    // Until it is known which version runs, nothing can be run: it is asked for until it is.
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isLate = false;
    const ask = () => void read(agentId, true).then(() => {
      if (!isLate && usePublished.getState().agentId !== agentId) timer = setTimeout(ask, AGAIN_MS);
    });
    ask();
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [agentId, opening, read]);
}

/** Read which version runs, and with `hasProblems` what is wrong with the draft as it was opened. */
export function useReadPublished(): (agentId: string, hasProblems?: boolean) => Promise<void> {
  const client = useClient();
  return useCallback(
    async (agentId, hasProblems = false) => {
      const { opening } = useEditor.getState();
      const answer = await client.query(DraftStateDocument, { id: agentId }, { requestPolicy: "network-only" }).toPromise();
      const graph = answer.data?.graph;
      const now = useEditor.getState();
      if (!graph || now.agentId !== agentId || now.opening !== opening) return;
      const active = graph.activeVersion;
      usePublished.setState({ agentId, active: active ? { number: active.number, name: active.name ?? null, document: whole(active.document) } : null, newest: graph.versions.nodes[0]?.number ?? null });
      // What was saved meanwhile has brought newer ones.
      if (hasProblems && graph.draft && graph.draft.revision === now.revision) now.setProblems(graph.draft.problems);
    },
    [client],
  );
}
