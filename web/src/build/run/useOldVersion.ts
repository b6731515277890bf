/** Shows the version that the address names in place of the draft, for as long as it does. */
import { useEffect } from "react";
import { useQuery } from "urql";
import type { GraphDocument } from "@/graph/document";
import { whole } from "@/graph/whole";
import { notify } from "@/ui/toasts";
import { showDraft, showVersion } from "./oldVersion";
import { BuildRunVersionDocument } from "./run.generated";

export function useOldVersion(agentId: string | null, version: number | null, whenRefused: () => void): GraphDocument | null {
  const [{ data, error }] = useQuery({ query: BuildRunVersionDocument, variables: { id: agentId ?? "", version: version ?? 0 }, pause: agentId === null || version === null });
  const found = version !== null && data?.graphVersion?.number === version ? whole(data.graphVersion.document) : null;
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
    if (error && version !== null) notify({ kind: "error", title: `Version ${version} could not be read.`, text: error.message });
  }, [error, version]);
  return found;
}
