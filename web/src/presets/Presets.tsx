/** The presets of an agent: inputs and credentials under a name, to run it with again. They are the person's own. */
import { Bookmark, Ellipsis, Link2, Pencil, Play, Trash2 } from "lucide-react";
import { useState } from "react";
import { ago, moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useConnection } from "@/data/useConnection";
import type { JsonObject } from "@/graph/document";
import { RunDialog } from "@/run/RunDialog";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { itemsIf, Menu } from "@/ui/Menu";
import { Empty, Failed, Loading } from "@/ui/states";
import { Badge } from "@/ui/Status";
import { More } from "@/ui/Table";
import { notify } from "@/ui/toasts";
import { copied } from "@/ui/copy";
import { presetLink } from "./link";
import { PresetDialog } from "./PresetDialog";
import { PresetDeleteDocument, PresetListDocument, type PresetPartsFragment } from "./presets.generated";

type Preset = PresetPartsFragment;

export function Presets({ agent, isRunnable }: { agent: { id: string; name: string }; isRunnable: boolean }) {
  const may = useMay();
  const [edited, setEdited] = useState<Preset | "new" | null>(null);
  const [running, setRunning] = useState<Preset | null>(null);
  const [doomed, setDoomed] = useState<Preset | null>(null);
  const [remove] = useChange(PresetDeleteDocument);
  const list = useConnection(PresetListDocument, { graphId: agent.id }, (data) => data.presets, { size: 25 });
  const canWrite = may("library:write");
  if (list.errors.length > 0) return <Failed errors={list.errors} retry={list.refresh} />;
  if (list.isFirst) return <Loading text="Reading the presets" />;

  const share = async (preset: Preset) => {
    const link = presetLink(location.origin, agent.id, { id: preset.id, inputs: preset.inputs as JsonObject });
    if (!link) return notify({ kind: "error", title: "Its values are too long for a link.", text: "Export the agent with these values as defaults instead." });
    if (await copied(link)) notify({ kind: "ok", title: "The link is copied.", text: "It opens the form with these inputs, for whoever may run the agent. Credentials are not in it." });
    else notify({ kind: "info", title: "The browser does not let the page copy.", text: link });
  };
  const add = canWrite && <Button look="primary" icon={<Bookmark className="size-4" aria-hidden />} disabled={!isRunnable} title={isRunnable ? undefined : "Publish the agent first."} onClick={() => setEdited("new")}>New preset</Button>;
  return (
    <div className="flex flex-col gap-3">
      {list.items.length === 0 ? (
        <Empty icon={<Bookmark className="size-6" />} title="No presets yet" text="A preset keeps inputs and credentials under a name: run the agent with them in one click, on a schedule or from a webhook.">
          {add}
        </Empty>
      ) : (
        <>
          <div className="flex items-center gap-3">
            <p className="min-w-0 flex-1 text-sm text-muted">Only you see your presets.</p>
            {add}
          </div>
          <ul aria-label="Presets" className="rounded-xl border border-line bg-surface">
            {list.items.map((preset) => (
              <li key={preset.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-3 last:border-0">
                <div className="min-w-56 flex-1">
                  <h3 className="text-sm font-semibold break-words">{preset.name}</h3>
                  {preset.description && <p className="line-clamp-2 text-sm break-words text-muted" title={preset.description}>{preset.description}</p>}
                  <p className="flex flex-wrap items-center gap-1.5 text-xs text-muted">
                    <span className="line-clamp-1 max-w-xl break-all">{inWords(preset.inputs as JsonObject)}</span>
                    {preset.graphVersion != null && <Badge>Version {preset.graphVersion}</Badge>}
                    {preset.missingInputs.length > 0 && <Badge tone="warn">Asks for {preset.missingInputs.join(", ")}</Badge>}
                    <time dateTime={preset.updatedAt} title={moment(preset.updatedAt)}>Changed {ago(preset.updatedAt)}</time>
                  </p>
                </div>
                {may("runs:execute") && <Button isSmall look="primary" icon={<Play className="size-3.5" aria-hidden />} disabled={!isRunnable} title={isRunnable ? undefined : "Publish the agent first."} onClick={() => setRunning(preset)} aria-label={`Run ${preset.name}`}>Run</Button>}
                <Menu
                  items={[
                    ...itemsIf(canWrite, { label: "Change", icon: <Pencil className="size-4" />, act: () => setEdited(preset) }),
                    { label: "Copy a link to it", icon: <Link2 className="size-4" />, act: () => void share(preset) },
                    "separator",
                    ...itemsIf(canWrite, { label: "Delete", icon: <Trash2 className="size-4" />, isDangerous: true, act: () => setDoomed(preset) }),
                  ]}
                >
                  <button type="button" aria-label={`More about ${preset.name}`} className="flex size-7 items-center justify-center rounded-md text-muted hover:bg-sunken"><Ellipsis className="size-4" aria-hidden /></button>
                </Menu>
              </li>
            ))}
          </ul>
        </>
      )}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      {edited && <PresetDialog agentId={agent.id} preset={edited === "new" ? null : edited} onClose={() => setEdited(null)} onDone={list.refresh} />}
      {running && <RunDialog agent={agent} version={running.graphVersion} initialPresetId={running.id} isOpen onClose={() => setRunning(null)} />}
      <Confirm
        isOpen={doomed !== null}
        onClose={() => setDoomed(null)}
        title={`Delete the preset “${doomed?.name ?? ""}”?`}
        text="Runs that it started stay. Webhooks that start it will say that it is gone."
        action="Delete the preset"
        act={async () => {
          if (!doomed) return;
          await remove({ id: doomed.id });
          list.refresh();
        }}
      />
    </div>
  );
}

function inWords(inputs: JsonObject): string {
  const given = Object.entries(inputs);
  if (given.length === 0) return "No inputs";
  return given.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(" · ").slice(0, 300);
}
