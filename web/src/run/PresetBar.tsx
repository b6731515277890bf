/** Presets of a run's form: choose one, keep what stands in the form as one, and a link that opens the form with it. */
import { Bookmark, Link2 } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useChange } from "@/data/useChange";
import type { JsonObject, Schema } from "@/graph/document";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { SelectField, TextField } from "@/ui/fields";
import { Menu, MenuArrow } from "@/ui/Menu";
import { notify } from "@/ui/toasts";
import { copied } from "@/ui/copy";
import { linkOf } from "./link";
import { type Chosen, givenCredentials, openInputs } from "./request";
import { RunFormChangePresetDocument, type RunFormPresetFragment, RunFormSavePresetDocument } from "./run-form.generated";

type Props = {
  agent: { id: string; name: string };
  presets: readonly RunFormPresetFragment[];
  preset: RunFormPresetFragment | null;
  choose: (preset: RunFormPresetFragment | null) => void;
  schema: Schema;
  value: JsonObject;
  chosen: Chosen;
  readAgain: () => void;
};

export function PresetBar({ agent, presets, preset, choose, schema, value, chosen, readAgain }: Props) {
  const [isNaming, setNaming] = useState(false);
  const [replace, { isBusy }] = useChange(RunFormChangePresetDocument);
  const may = useMay()("library:write");
  const inputs = openInputs(schema, value);

  const update = async () => {
    if (!preset) return;
    await replace({ input: { presetId: preset.id, inputs, credentials: givenCredentials(chosen) } }).then(
      () => {
        notify({ kind: "ok", title: `“${preset.name}” has these values now.` });
        readAgain();
      },
      () => undefined,
    );
  };

  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-end gap-2">
        <div className="min-w-40 flex-1">
          <SelectField
            label="Preset"
            value={preset?.id ?? ""}
            onChange={(id) => choose(presets.find((one) => one.id === id) ?? null)}
            options={[{ value: "", label: presets.length === 0 ? "None saved yet" : "None" }, ...presets.map((one) => ({ value: one.id, label: one.name }))]}
            disabled={presets.length === 0}
          />
        </div>
        <Menu
          items={[
            { label: "Save as a new preset", icon: <Bookmark className="size-4" aria-hidden />, act: () => setNaming(true), isDisabled: !may },
            ...(preset ? [{ label: `Save in “${preset.name}”`, act: () => void update(), isDisabled: !may || isBusy, hint: "In place of what it has." }] : []),
            { label: "Copy a link with these values", icon: <Link2 className="size-4" aria-hidden />, act: () => void copyLink(agent.id, preset, inputs), hint: "It opens this form. Secrets are not in it." },
          ]}
        >
          <Button>Keep or share <MenuArrow /></Button>
        </Menu>
      </div>
      {preset?.description && <p className="text-xs text-muted">{preset.description}</p>}
      {isNaming && (
        <NewPreset
          agentId={agent.id}
          inputs={inputs}
          chosen={chosen}
          onDone={(made) => {
            setNaming(false);
            if (made) {
              readAgain();
              choose(made);
            }
          }}
        />
      )}
    </div>
  );
}

async function copyLink(agentId: string, preset: RunFormPresetFragment | null, inputs: JsonObject): Promise<void> {
  const link = linkOf(location.origin, agentId, { presetId: preset?.id ?? null, inputs });
  if (link === null) return notify({ kind: "error", title: "These values are too long for a link.", text: "Save them as a preset instead." });
  if (!(await copied(link))) return notify({ kind: "info", title: "The browser does not let this page copy.", text: link });
  notify({ kind: "ok", title: "The link is copied.", text: "Who opens it sees this form with these values, and starts the run themselves." });
}

function NewPreset({ agentId, inputs, chosen, onDone }: { agentId: string; inputs: JsonObject; chosen: Chosen; onDone: (made: RunFormPresetFragment | null) => void }) {
  const [name, setName] = useState("");
  const [save, { isBusy, problems }] = useChange(RunFormSavePresetDocument, { isQuiet: true });
  const go = async () => {
    if (name.trim() === "") return;
    await save({ input: { graphId: agentId, name: name.trim(), inputs, credentials: givenCredentials(chosen) } }).then(
      ({ preset }) => {
        notify({ kind: "ok", title: `The preset “${name.trim()}” is saved.` });
        onDone(preset ?? null);
      },
      () => undefined,
    );
  };
  // The form around is the run's: Enter here saves the preset and starts nothing.
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      void go();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      onDone(null);
    }
  };
  return (
    <div className="flex flex-wrap items-end gap-2 rounded-lg border border-line bg-sunken p-3">
      <div className="min-w-40 flex-1">
        <TextField label="Name of the preset" value={name} maxLength={100} autoFocus onChange={(event) => setName(event.target.value)} onKeyDown={keys} error={problems[0]?.message} />
      </div>
      <Button look="primary" isBusy={isBusy} disabled={name.trim() === ""} onClick={() => void go()}>Save</Button>
      <Button onClick={() => onDone(null)}>Cancel</Button>
      <p className="w-full text-xs text-muted">It keeps these inputs and credentials, and no secret.</p>
    </div>
  );
}
