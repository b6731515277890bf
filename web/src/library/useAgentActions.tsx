/** What one can do with an agent, wherever it is shown: the menu's items and the dialogs that they open. */
import { Archive, ArchiveRestore, Copy, Download, FolderInput, Pencil, RefreshCw, Star, StarOff, Store, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { useClient } from "urql";
import { told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import { useMay } from "@/shell/viewer";
import { Confirm } from "@/ui/Dialog";
import { itemsIf, type MenuItem } from "@/ui/Menu";
import { notify, notifyProblems } from "@/ui/toasts";
import { DeletionText, goneWith } from "./DeletionText";
import { save } from "./download";
import type { Entry, FolderRow, Item } from "./items";
import { LibraryDeleteAgentDocument, LibraryExportDocument, LibraryForkAgentDocument } from "./library.generated";
import { MoveDialog } from "./MoveDialog";
import { useEntryChange } from "./useEntryChange";

type Asked = { what: "move" | "delete"; item: Item } | null;

export function useAgentActions({ folders, refresh, keep, onDeleted }: { folders: FolderRow[]; refresh: () => void; keep: (entry: Entry) => void; onDeleted?: () => void }): {
  itemsFor: (item: Item) => MenuItem[];
  changeEntry: ReturnType<typeof useEntryChange>["changeEntry"];
  takeUpdate: ReturnType<typeof useEntryChange>["takeUpdate"];
  entryToRun: ReturnType<typeof useEntryChange>["entryToRun"];
  dialogs: ReactNode;
} {
  const may = useMay();
  const navigate = useNavigate();
  const client = useClient();
  const [asked, setAsked] = useState<Asked>(null);
  const [fork] = useChange(LibraryForkAgentDocument);
  const [remove] = useChange(LibraryDeleteAgentDocument);
  const { changeEntry, takeUpdate, entryToRun } = useEntryChange(keep);

  const exportAgent = async (item: Item) => {
    const answer = await client.query(LibraryExportDocument, { id: item.agent.id }, { requestPolicy: "network-only" }).toPromise();
    if (answer.error || !answer.data) return notifyProblems(answer.error ? told(answer.error) : []);
    save(`${item.agent.name}.json`, JSON.stringify(answer.data.exportGraph.document, null, 2));
  };
  const forkAgent = async (item: Item) => {
    const answer = await fork({ input: { id: item.agent.id, name: `${item.agent.name} (copy)` } }).catch(() => null);
    if (!answer?.graph) return;
    const { id, name } = answer.graph;
    notify({ kind: "ok", title: `“${name}” was made.`, action: { label: "Edit it", act: () => navigate(`/build/${id}`) } });
    refresh();
  };

  const itemsFor = (item: Item): MenuItem[] => {
    const { agent, entry } = item;
    const isRunnable = agent.activeVersion != null;
    return [
      { label: may("graphs:write") ? "Edit" : "Look at it", icon: <Pencil className="size-4" />, act: () => navigate(`/build/${agent.id}`) },
      ...itemsIf(may("library:write"), { label: entry?.isFavourite ? "Remove from favourites" : "Add to favourites", icon: entry?.isFavourite ? <StarOff className="size-4" /> : <Star className="size-4" />, act: () => void changeEntry(item, { isFavourite: !entry?.isFavourite }) }),
      ...itemsIf(may("graphs:write"), { label: "Move to a folder", icon: <FolderInput className="size-4" />, act: () => setAsked({ what: "move", item }) }, { label: "Make a copy", icon: <Copy className="size-4" />, act: () => void forkAgent(item), isDisabled: !isRunnable, hint: isRunnable ? undefined : "Publish it first" }),
      { label: "Export as a file", icon: <Download className="size-4" />, act: () => void exportAgent(item), isDisabled: !isRunnable, hint: isRunnable ? undefined : "Publish it first" },
      ...itemsIf(may("listings:write"), { label: "Publish to the marketplace", icon: <Store className="size-4" />, act: () => navigate(`/marketplace?own=1&agent=${agent.id}`), isDisabled: !isRunnable || entry?.listing != null, hint: entry?.listing != null ? "It is another organisation's" : undefined }),
      ...(entry?.isUpdateAvailable && may("library:write")
        ? [{ label: "Update from the marketplace", icon: <RefreshCw className="size-4" />, act: () => void takeUpdate(entry).then((taken) => taken && refresh()) } satisfies MenuItem]
        : []),
      "separator",
      ...itemsIf(may("library:write"), { label: entry?.isArchived ? "Bring back from the archive" : "Archive", icon: entry?.isArchived ? <ArchiveRestore className="size-4" /> : <Archive className="size-4" />, act: () => void changeEntry(item, { isArchived: !entry?.isArchived }) }),
      ...itemsIf(may("graphs:write"), { label: "Delete", icon: <Trash2 className="size-4" />, isDangerous: true, act: () => setAsked({ what: "delete", item }) }),
    ];
  };

  const dialogs = (
    <>
      {asked?.what === "move" && <MoveDialog item={asked.item} folders={folders} onClose={() => setAsked(null)} onMoved={refresh} />}
      <Confirm
        isOpen={asked?.what === "delete"}
        onClose={() => setAsked(null)}
        title={`Delete “${asked?.item.agent.name ?? ""}”?`}
        text={asked?.what === "delete" ? <DeletionText agentId={asked.item.agent.id} /> : ""}
        action="Delete the agent"
        act={async () => {
          if (!asked) return;
          const gone = await remove({ id: asked.item.agent.id });
          notify({ kind: "ok", title: `“${asked.item.agent.name}” was deleted.`, text: goneWith(gone.deletedSchedulesCount, gone.detachedWebhooksCount) });
          refresh();
          onDeleted?.();
        }}
      />
    </>
  );
  return { itemsFor, changeEntry, takeUpdate, entryToRun, dialogs };
}
