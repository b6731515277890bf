/** Shows the version that the address names in place of the draft, for as long as it does. */
import { useEffect } from "react";
import { useQuery } from "urql";
import type { GraphDocument } from "@/graph/document";
import { whole } from "@/graph/whole";
import { isDraft, versionWord } from "@/run/source";
import { RunDocumentDocument } from "@/runs/run.generated";
import { notify } from "@/ui/toasts";
import { showDraft, showVersion } from "./oldVersion";
import { BuildRunVersionDocument } from "./run.generated";

export function useOldVersion(agentId: string | null, runId: string | null, version: number | null, whenRefused: () => void): GraphDocument | null {
  const isOfDraft = version !== null && isDraft(version);
  const [{ data, error }] = useQuery({ query: BuildRunVersionDocument, variables: { id: agentId ?? "", version: version ?? 0 }, pause: agentId === null || version === null || isOfDraft });
  const [{ data: ran, error: unread }] = useQuery({ query: RunDocumentDocument, variables: { id: runId ?? "" }, pause: runId === null || !isOfDraft });
  const document = isOfDraft ? (ran?.run.id === runId ? ran?.run.document : null) : data?.graphVersion?.number === version ? data?.graphVersion?.document : null;
  const found = version !== null && document ? whole(document) : null;
  useEffect(() => {
    if (!found) return;
    let isWanted = true;
    void showVersion(found, () => isWanted).then((isShown) => {
      if (isShown || !isWanted) return;
      notify({ kind: "error", title: "The draft could not be saved, so the version is not shown in its place.", text: "Mend what keeps it from being saved, and try again." });
      whenRefused();
    });
    return () => {
      isWanted = false;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what is done on refusal changes with every drawing
  }, [found]);
  useEffect(() => (version === null ? undefined : showDraft), [version]);
  useEffect(() => {
    const failed = error ?? unread;
    if (failed && version !== null) notify({ kind: "error", title: `${versionWord(version)} could not be read.`, text: failed.message });
  }, [error, unread, version]);
  return found;
}
