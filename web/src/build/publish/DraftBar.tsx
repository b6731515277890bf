/** The head of the builder: the agent's name, whether the draft is saved and published, and what can be done with it as a whole. */
import { ArrowLeft, Copy, Download, Ellipsis, GitCompare, History, Rocket, Settings, Upload } from "lucide-react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useCatalogue } from "@/blocks/blocks";
import { useMay } from "@/shell/viewer";
import { Button, IconButton } from "@/ui/Button";
import { Menu } from "@/ui/Menu";
import { useEditor } from "../store";
import { ConflictDialog } from "./ConflictDialog";
import { DraftStatus } from "./DraftStatus";
import { useExport } from "./useExport";
import { ImportDrop } from "./ImportDrop";
import { PublishDialog } from "./PublishDialog";
import { useAutosave } from "./useAutosave";
import { VersionsDialog } from "./VersionsDialog";

export function DraftBar() {
  useAutosave();
  const { blocks } = useCatalogue();
  const agentId = useEditor((state) => state.agentId);
  const name = useEditor((state) => state.document.name);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const select = useEditor((state) => state.select);
  const canWrite = useMay()("graphs:write");
  const [isPublishing, setPublishing] = useState(false);
  const [params, setParams] = useSearchParams();
  const exports = useExport();
  const isVersions = params.has("versions") || (params.has("version") && !params.has("run")); // with `run` it is the version that the editor shows
  const showVersions = (versions: string | null) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      for (const key of ["versions", "compare"]) next.delete(key);
      if (versions !== null) next.set("versions", versions);
      return next;
    });
  if (!agentId) return null;
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
      <Link to={`/library/${agentId}`} aria-label="Back to the agent’s page" className="rounded-md p-1.5 hover:bg-sunken"><ArrowLeft className="size-4" aria-hidden /></Link>
      <button type="button" className="max-w-[min(32rem,24vw)] min-w-0 truncate rounded px-1 text-sm font-semibold hover:bg-sunken" title={`${name}: settings of the agent`} onClick={() => select([])}>{name || "Unnamed agent"}</button>
      <DraftStatus blocks={blocks} />
      <span className="flex-1" />
      <ImportDrop>
        {(pick) => (
          <Menu
            items={[
              { label: "Versions", icon: <History className="size-4" aria-hidden />, act: () => showVersions("") },
              { label: "Compare with what runs", icon: <GitCompare className="size-4" aria-hidden />, act: () => showVersions("draft") },
              { label: "Settings of the agent", icon: <Settings className="size-4" aria-hidden />, act: () => select([]) },
              "separator",
              { label: "Copy as JSON", icon: <Copy className="size-4" aria-hidden />, act: () => void exports.copy() },
              { label: "Export as a file", icon: <Download className="size-4" aria-hidden />, hint: "With the agents that it runs, without secrets", act: () => void exports.download() },
              { label: "Import a file", icon: <Upload className="size-4" aria-hidden />, hint: "It becomes an agent of its own", isDisabled: !canWrite, act: pick },
            ]}
          >
            <IconButton label="More about this agent" icon={<Ellipsis className="size-4" aria-hidden />} />
          </Menu>
        )}
      </ImportDrop>
      <Button look="primary" disabled={isReadOnly || !canWrite} title={canWrite ? undefined : "Your role may not publish."} icon={<Rocket className="size-4" aria-hidden />} onClick={() => setPublishing(true)}>Publish</Button>
      {isPublishing && <PublishDialog blocks={blocks} onClose={() => setPublishing(false)} />}
      {isVersions && <VersionsDialog blocks={blocks} onClose={() => showVersions(null)} />}
      <ConflictDialog blocks={blocks} />
    </div>
  );
}
