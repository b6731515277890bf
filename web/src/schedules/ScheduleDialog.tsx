import { type FormEvent, useId, useState } from "react";
import { useQuery } from "urql";
import type { ScheduleOverlap } from "@/data/schema.generated";
import { useChange } from "@/data/useChange";
import { RunValues } from "@/presets/RunValues";
import { missingCredentials, useNeeds, valueProblems, valuesOf } from "@/presets/useNeeds";
import { VersionField } from "@/presets/VersionField";
import { givenCredentials, givenInputs, placed } from "@/run/request";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { SelectField, TextField, Toggle } from "@/ui/fields";
import { Failed } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { NextTimes } from "./NextTimes";
import { ScheduleCreateDocument, type SchedulePartsFragment, ScheduleRecommendedDocument, ScheduleUpdateDocument } from "./schedules.generated";
import { fromLine, newSpec, readSpec, writeSpec } from "./spec";
import { SpecFields } from "./SpecFields";
import { catchUpOptions, OVERLAPS, ownZone } from "./words";

/** Make a schedule, or change one, with its next times beside it. */
export function ScheduleDialog({ agentId, schedule, onClose, onDone }: { agentId: string; schedule: SchedulePartsFragment | null; onClose: () => void; onDone: () => void }) {
  const formId = useId();
  const [name, setName] = useState(schedule?.name ?? "");
  const [form, setForm] = useState(() => (schedule ? writeSpec(schedule.spec) : newSpec(ownZone())));
  const [overlap, setOverlap] = useState<ScheduleOverlap>(schedule?.overlap ?? "SKIP");
  const [catchUpSeconds, setCatchUp] = useState(schedule?.catchUpSeconds ?? 3_600);
  const [version, setVersion] = useState(schedule?.graphVersion ?? null);
  const [values, setValues] = useState(() => valuesOf(schedule));
  const [isPaused, setPaused] = useState(false);
  const [isTried, setTried] = useState(false);
  const [{ data }] = useQuery({ query: ScheduleRecommendedDocument, variables: { graphId: agentId }, pause: schedule !== null });
  const [create, creating] = useChange(ScheduleCreateDocument, { isQuiet: true });
  const [update, updating] = useChange(ScheduleUpdateDocument, { isQuiet: true });
  const read = useNeeds(agentId, version);
  const { spec, errors } = readSpec(form);
  const problems = read.needs ? valueProblems(read.needs, values) : [];
  const { fields, others } = placed(read.needs?.schema ?? {}, [...creating.problems, ...updating.problems]);
  const recommended = data?.recommendedCron ?? null;
  const isIncomplete = problems.length > 0 || (read.needs !== null && missingCredentials(read.needs, values).length > 0);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!spec || !name.trim() || isIncomplete) return;
    const input = { name: name.trim(), spec, overlap, catchUpSeconds, graphVersion: version, inputs: givenInputs(values.inputs), credentials: givenCredentials(values.chosen) };
    try {
      if (schedule) await update({ input: { id: schedule.id, revision: schedule.revision, ...input } });
      else await create({ input: { graphId: agentId, isPaused, ...input } });
      notify({ kind: "ok", title: `The schedule “${input.name}” is saved.`, text: "It runs in your name." });
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
      size="large"
      title={schedule ? "Change the schedule" : "New schedule"}
      description={schedule ? "From now on it runs in your name, with your access and the credentials chosen here." : "It runs in your name, with your access and the credentials chosen here."}
      footer={
        <>
          {isTried && (isIncomplete || !spec || !name.trim()) && <p role="alert" className="mr-auto self-center text-sm text-danger">Some fields need another look.</p>}
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} look="primary" isBusy={creating.isBusy || updating.isBusy} disabled={!read.needs}>Save the schedule</Button>
        </>
      }
    >
      <form id={formId} noValidate className="flex flex-col gap-5" onSubmit={(event) => void save(event)}>
        <TextField label="Name" isRequired autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} error={isTried && !name.trim() ? "Give it a name." : null} />
        <div className="grid gap-5 md:grid-cols-[1fr_21.5rem]">
          <SpecFields
            form={form}
            onChange={setForm}
            errors={errors}
            recommended={recommended}
            onRecommended={() => recommended && setForm({ ...form, kind: "custom", cron: recommended, every: "", ...fromLine(recommended) })}
          />
          <NextTimes spec={spec} />
        </div>
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <SelectField label="While the run before still goes on" options={Object.entries(OVERLAPS).map(([value, label]) => ({ value, label }))} value={overlap} onChange={(value) => setOverlap(value as ScheduleOverlap)} help="A run that waits for a person goes on, too." />
          <SelectField label="After an outage, make up for" options={catchUpOptions(catchUpSeconds)} value={String(catchUpSeconds)} onChange={(value) => setCatchUp(Number(value))} />
          <VersionField agentId={agentId} value={version} onChange={setVersion} help="Where others may publish this agent, choose the version that you have looked at." />
          {!schedule && <div className="pt-6"><Toggle label="Begin paused" isOn={isPaused} onChange={setPaused} /></div>}
        </div>
        <section aria-label="Inputs" className="border-t border-line pt-4">
          <h3 className="mb-2 text-sm font-semibold">Inputs of each run</h3>
          <RunValues read={read} values={values} onChange={setValues} problems={[...problems, ...fields]} isTried={isTried} aboutSecrets="A schedule keeps no secret: use a credential instead." />
        </section>
        <Failed errors={others} />
      </form>
    </Dialog>
  );
}
