/** The open agent as a file, or as JSON in the clipboard. What is not saved yet goes along: the draft is taken as it is on the screen. */
import { useClient } from "urql";
import { told } from "@/data/errors";
import { save } from "@/library/download";
import { copied } from "@/ui/copy";
import { notify, notifyProblems } from "@/ui/toasts";
import { useEditor } from "../store";
import { isSameGraph } from "./compare";
import { DraftExportDocument } from "./export.generated";
import { usePublished } from "./published";
import { withoutCredentials } from "./strip";

export function useExport(): { copy: () => Promise<void>; download: () => Promise<void> } {
  const client = useClient();
  const copy = async () => {
    const { document } = useEditor.getState();
    const isThere = await copied(JSON.stringify(withoutCredentials(document), null, 2));
    if (isThere) notify({ kind: "ok", title: "Copied as JSON.", text: "Without the credentials that its nodes use." });
    else notify({ kind: "error", title: "The browser did not let it be copied.", text: "Export it as a file instead." });
  };
  const download = async () => {
    const { agentId, document } = useEditor.getState();
    if (!agentId) return;
    const { active } = usePublished.getState();
    if (!active) {
      save(`${document.name || "agent"}.json`, JSON.stringify(withoutCredentials(document), null, 2));
      notify({ kind: "info", title: "The draft was exported.", text: "It was never published, so the agents that it runs are not in the file." });
      return;
    }
    const answer = await client.query(DraftExportDocument, { id: agentId }, { requestPolicy: "network-only" }).toPromise();
    if (answer.error || !answer.data) return notifyProblems(answer.error ? told(answer.error) : []);
    save(`${document.name || "agent"}.json`, JSON.stringify(answer.data.exportGraph.document, null, 2));
    const isOther = !isSameGraph(active.document, document, new Map());
    const lost = answer.data.exportGraph.fidelity.filter((one) => one.fidelity !== "EXACT").length;
    notify({ kind: "ok", title: `Version ${active.number} was exported.`, text: [isOther && "Unpublished changes are not in it.", lost > 0 && `${lost} of its nodes are not exactly as elsewhere.`].filter(Boolean).join(" ") });
  };
  return { copy, download };
}
