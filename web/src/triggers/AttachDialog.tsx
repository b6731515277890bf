import { type FormEvent, useId, useState } from "react";
import { useQuery } from "urql";
import { useChange } from "@/data/useChange";
import { PresetListDocument } from "@/presets/presets.generated";
import { RunValues } from "@/presets/RunValues";
import { missingCredentials, secretInputs, useNeeds, valueProblems, valuesOf } from "@/presets/useNeeds";
import { VersionField } from "@/presets/VersionField";
import { givenCredentials, givenInputs, placed } from "@/run/request";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { SelectField, TextArea } from "@/ui/fields";
import { Failed } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { TriggerAttachDocument, type TriggerAttachmentPartsFragment, TriggerChangeAttachmentDocument, type TriggerWebhookPartsFragment } from "./triggers.generated";
import { namesIn } from "./words";

export type Attaching = { hook: TriggerWebhookPartsFragment; attachment: TriggerAttachmentPartsFragment | null };

/** The input that an agent's own trigger fills. */
const TRIGGER_INPUT = "payload";

/** What a webhook starts of an agent: with which preset, where what comes goes, and what else is given. */
export function AttachDialog({ agentId, attaching: { hook, attachment }, onClose, onDone }: { agentId: string; attaching: Attaching; onClose: () => void; onDone: () => void }) {
  const formId = useId();
  const [presetId, setPresetId] = useState(attachment?.presetId ?? "");
  const [version, setVersion] = useState(attachment?.graphVersion ?? null);
  const [inputName, setInputName] = useState<string | null>(attachment ? (attachment.inputName ?? "") : null);
  const [events, setEvents] = useState((attachment?.events ?? []).join("\n"));
  const [values, setValues] = useState(() => valuesOf(attachment));
  const [isTried, setTried] = useState(false);
  const [{ data: presets }] = useQuery({ query: PresetListDocument, variables: { graphId: agentId, first: 100 } });
  const [attach, adding] = useChange(TriggerAttachDocument, { isQuiet: true });
  const [change, changing] = useChange(TriggerChangeAttachmentDocument, { isQuiet: true });
  const read = useNeeds(agentId, version);
  const { needs } = read;
  const secrets = needs ? secretInputs(needs.schema) : [];
  const names = Object.keys(needs?.schema.properties ?? {}).filter((name) => !secrets.includes(name));
  // Until somebody chooses: the agent's trigger where it has one, else its first input.
  const chosenInput = inputName ?? (needs?.hasExternalTrigger ? "" : (names[0] ?? ""));
  const taken = chosenInput === "" ? TRIGGER_INPUT : chosenInput;
  const problems = needs ? valueProblems(needs, values, { isPartial: presetId !== "", without: [taken] }) : [];
  const { fields, others } = placed(needs?.schema ?? {}, [...adding.problems, ...changing.problems]);
  const isIncomplete = problems.length > 0 || (presetId === "" && needs !== null && missingCredentials(needs, values).length > 0);
  const hasNoPlace = needs !== null && !needs.hasExternalTrigger && names.length === 0;

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isIncomplete || !needs) return;
    const { [taken]: _, ...inputs } = givenInputs(values.inputs);
    const input = { graphVersion: version, inputName: chosenInput || null, inputs, credentials: givenCredentials(values.chosen), events: namesIn(events) };
    try {
      const answer = attachment
        ? await change({ input: { id: attachment.id, presetId: presetId || null, ...input } })
        : await attach({ input: { webhookId: hook.id, ...(presetId ? { presetId } : { graphId: agentId }), ...input } });
      notify({ kind: answer.warnings.length > 0 ? "info" : "ok", title: `“${hook.name}” starts this agent.`, text: answer.warnings.join(" ") || "It runs in your name." });
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
      title={`What “${hook.name}” starts`}
      description="Each call starts a run of this agent, in your name and with your access."
      footer={
        <>
          {isTried && isIncomplete && <p role="alert" className="mr-auto self-center text-sm text-danger">Some fields need another look.</p>}
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" form={formId} look="primary" isBusy={adding.isBusy || changing.isBusy} disabled={!needs || hasNoPlace}>Save</Button>
        </>
      }
    >
      <form id={formId} noValidate className="flex flex-col gap-4" onSubmit={(event) => void save(event)}>
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <SelectField
            label="What comes goes to"
            options={[...(needs?.hasExternalTrigger ? [{ value: "", label: "The agent’s trigger" }] : []), ...names.map((name) => ({ value: name, label: `The input ${name}` }))]}
            value={chosenInput}
            onChange={setInputName}
            disabled={!needs || hasNoPlace}
            help="As an object: what was sent."
            error={hasNoPlace ? "The agent has neither a trigger nor an input. Add one to it first." : others.find((one) => one.path?.includes("inputName"))?.message}
          />
          <SelectField label="Preset" options={[{ value: "", label: "None" }, ...(presets?.presets.nodes ?? []).map((one) => ({ value: one.id, label: one.name }))]} value={presetId} onChange={setPresetId} help="Its inputs and credentials, where nothing else is said here." />
          <VersionField agentId={agentId} value={version} onChange={setVersion} />
          <TextArea label="Only these events" rows={2} placeholder="All" value={events} onChange={(event) => setEvents(event.target.value)} help="One on each line, such as pull_request or pull_request.opened." error={others.find((one) => one.path?.includes("events"))?.message} />
        </div>
        <section aria-label="Other inputs" className="border-t border-line pt-4">
          <h3 className="mb-2 text-sm font-semibold">Other inputs of each run</h3>
          <RunValues read={read} values={values} onChange={setValues} problems={[...problems, ...fields]} isTried={isTried} hidden={[taken]} aboutSecrets="A webhook keeps no secret: use a credential instead." />
        </section>
        <Failed errors={others.filter((one) => !one.path?.some((step) => step === "inputName" || step === "events"))} />
      </form>
    </Dialog>
  );
}
