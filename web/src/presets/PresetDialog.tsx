import { type FormEvent, useId, useState } from "react";
import type { Told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import { givenCredentials, givenInputs, placed } from "@/run/request";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextArea, TextField } from "@/ui/fields";
import { Failed } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { PresetCreateDocument, type PresetPartsFragment, PresetUpdateDocument } from "./presets.generated";
import { RunValues } from "./RunValues";
import { useNeeds, valueProblems, valuesOf } from "./useNeeds";
import { VersionField } from "./VersionField";

/** Make a preset, or change one. What it leaves open is asked for at each run. */
export function PresetDialog({ agentId, preset, onClose, onDone }: { agentId: string; preset: PresetPartsFragment | null; onClose: () => void; onDone: () => void }) {
  const formId = useId();
  const [name, setName] = useState(preset?.name ?? "");
  const [description, setDescription] = useState(preset?.description ?? "");
  const [version, setVersion] = useState(preset?.graphVersion ?? null);
  const [values, setValues] = useState(() => valuesOf(preset));
  const [isTried, setTried] = useState(false);
  const [create, creating] = useChange(PresetCreateDocument, { isQuiet: true });
  const [update, updating] = useChange(PresetUpdateDocument, { isQuiet: true });
  const read = useNeeds(agentId, version);
  const refused: Told[] = [...creating.problems, ...updating.problems];
  const { fields, others } = read.needs ? placed(read.needs.schema, refused) : { fields: [], others: refused };
  const problems = read.needs ? valueProblems(read.needs, values, { isPartial: true }) : [];

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!name.trim() || problems.length > 0) return;
    const input = { name: name.trim(), description: description.trim(), graphVersion: version, inputs: givenInputs(values.inputs), credentials: givenCredentials(values.chosen) };
    try {
      const answer = preset ? await update({ input: { presetId: preset.id, ...input } }) : await create({ input: { graphId: agentId, ...input } });
      notify({ kind: "ok", title: `The preset “${input.name}” is saved.`, text: answer.warnings.join(" ") || undefined });
      onDone();
      onClose();
    } catch {
      // What was refused stands in the form.
    }
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={preset ? "Change the preset" : "New preset"}
      description="Inputs and credentials to run the agent with. What is left empty is asked for at each run."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} look="primary" isBusy={creating.isBusy || updating.isBusy} disabled={!read.needs}>Save the preset</Button>
        </>
      }
    >
      <form id={formId} noValidate className="flex flex-col gap-4" onSubmit={(event) => void save(event)}>
        <TextField label="Name" isRequired autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} error={isTried && !name.trim() ? "Give it a name." : others.find((one) => one.path?.includes("name"))?.message} />
        <TextArea label="Description" rows={2} value={description} onChange={(event) => setDescription(event.target.value)} />
        <VersionField agentId={agentId} value={version} onChange={setVersion} />
        <RunValues read={read} values={values} onChange={setValues} problems={[...problems, ...fields]} isTried={isTried} aboutSecrets="They are asked for at each run." />
        <Failed errors={others.filter((one) => !one.path?.includes("name"))} />
      </form>
    </Dialog>
  );
}
