/** The fields that say when a schedule is due. */
import { Plus, Trash2 } from "lucide-react";
import { useId } from "react";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Field, inputClass, SelectField, TextArea, TextField } from "@/ui/fields";
import { type CalendarForm, type Kind, KINDS, NEW_CALENDAR, type SpecErrors, type SpecForm, type Unit, UNITS, WEEKDAYS } from "./spec";
import { zones } from "./words";

const KIND_WORDS: Record<Kind, string> = {
  hourly: "Every hour",
  daily: "Every day",
  weekdays: "Monday to Friday",
  weekly: "Every week",
  monthly: "Every month",
  interval: "Every so often",
  custom: "Cron lines and calendars",
};
const ZONES = zones();

type Props = { form: SpecForm; onChange: (form: SpecForm) => void; errors: SpecErrors; recommended: string | null; onRecommended: () => void };

export function SpecFields({ form, onChange, errors, recommended, onRecommended }: Props) {
  const listId = useId();
  const set = (change: Partial<SpecForm>) => onChange({ ...form, ...change });
  const { kind } = form;
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 text-sm font-semibold">When</legend>
      {recommended && (
        <p className="flex flex-wrap items-center gap-2 rounded-md bg-info-soft px-3 py-2 text-sm text-info">
          <span className="min-w-0 flex-1">The agent’s author recommends the times <code className="font-mono">{recommended}</code>.</span>
          <Button isSmall onClick={onRecommended}>Use them</Button>
        </p>
      )}
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <SelectField label="How often" options={KINDS.map((one) => ({ value: one, label: KIND_WORDS[one] }))} value={kind} onChange={(value) => set({ kind: value as Kind, ...(value === "interval" && !form.every ? { every: "30" } : {}) })} />
        {kind === "hourly" && <TextField label="At minute" inputMode="numeric" value={form.minute} onChange={(event) => set({ minute: event.target.value })} error={errors.minute} />}
        {kind === "weekly" && <SelectField label="On" options={WEEKDAYS.map((label, index) => ({ value: String(index), label }))} value={form.weekday} onChange={(weekday) => set({ weekday })} />}
        {kind === "monthly" && <TextField label="On day" inputMode="numeric" value={form.day} onChange={(event) => set({ day: event.target.value })} error={errors.day} help={Number(form.day) > 28 ? "A month without that day is left out." : undefined} />}
        {(kind === "daily" || kind === "weekdays" || kind === "weekly" || kind === "monthly") && <TextField label="At" type="time" value={form.time} onChange={(event) => set({ time: event.target.value })} error={errors.time} />}
        {kind === "interval" && <Interval form={form} set={set} errors={errors} />}
      </div>
      {kind === "custom" && (
        <>
          <TextArea label="Cron lines" rows={3} spellCheck={false} className="font-mono" placeholder="30 2 * * mon-fri" value={form.cron} onChange={(event) => set({ cron: event.target.value })} error={errors.cron} help="One on each line: minute hour day month weekday, such as 0 9 * * mon-fri. Where day and weekday are both limited, either is enough." />
          <Calendars calendars={form.calendars} onChange={(calendars) => set({ calendars })} />
          <div className="grid items-start gap-3 sm:grid-cols-2"><Interval form={form} set={set} errors={errors} isOptional /></div>
        </>
      )}
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field label="Time zone" error={errors.timezone}>
          {(ids) => (
            <>
              <input className={cx(inputClass, "h-8")} list={listId} autoComplete="off" value={form.timezone} onChange={(event) => set({ timezone: event.target.value })} {...ids} />
              <datalist id={listId}>{ZONES.map((zone) => <option key={zone} value={zone} />)}</datalist>
            </>
          )}
        </Field>
        <TextField label="Jitter in seconds" inputMode="numeric" placeholder="None" value={form.jitter} onChange={(event) => set({ jitter: event.target.value })} error={errors.jitter} help="Each time is put off by up to this, at random." />
        <TextField label="Not before" type="datetime-local" value={form.startAt} onChange={(event) => set({ startAt: event.target.value })} help="On your own clock. Empty: from now on." />
        <TextField label="Not after" type="datetime-local" value={form.endAt} onChange={(event) => set({ endAt: event.target.value })} error={errors.endAt} help="On your own clock. Empty: without end." />
      </div>
    </fieldset>
  );
}

function Interval({ form, set, errors, isOptional }: { form: SpecForm; set: (change: Partial<SpecForm>) => void; errors: SpecErrors; isOptional?: boolean }) {
  return (
    <>
      <div className="flex items-start gap-2">
        <div className="flex-1"><TextField label={isOptional ? "And every" : "Every"} inputMode="numeric" placeholder={isOptional ? "Not so" : undefined} value={form.every} onChange={(event) => set({ every: event.target.value })} error={errors.every} /></div>
        <div className="w-32"><SelectField label="Unit" options={Object.keys(UNITS).map((one) => ({ value: one, label: one }))} value={form.unit} onChange={(unit) => set({ unit: unit as Unit })} /></div>
      </div>
      <TextField label="Offset in seconds" inputMode="numeric" placeholder="None" value={form.offset} onChange={(event) => set({ offset: event.target.value })} error={errors.offset} help="How much later than the interval’s own times, which count from 1970." />
    </>
  );
}

const PARTS: { name: keyof CalendarForm; label: string }[] = [
  { name: "year", label: "Year" },
  { name: "month", label: "Month" },
  { name: "day", label: "Day" },
  { name: "weekday", label: "Weekday" },
  { name: "hour", label: "Hour" },
  { name: "minute", label: "Minute" },
];

function Calendars({ calendars, onChange }: { calendars: CalendarForm[]; onChange: (calendars: CalendarForm[]) => void }) {
  return (
    <div className="flex flex-col gap-2">
      <h4 className="text-sm font-medium">Calendars</h4>
      <p className="text-xs text-muted">Times at which all fields of a calendar fit: *, 5, 1-5, */2, 1,15, jan, mon-fri.</p>
      {calendars.map((one, index) => (
        <div key={index} role="group" aria-label={`Calendar ${index + 1}`} className="flex items-end gap-2">
          <div className="grid flex-1 grid-cols-3 gap-2 sm:grid-cols-6">
            {PARTS.map(({ name, label }) => (
              <TextField key={name} label={label} className="font-mono" value={one[name]} onChange={(event) => onChange(calendars.map((other, at) => (at === index ? { ...other, [name]: event.target.value } : other)))} />
            ))}
          </div>
          <IconButton label={`Remove calendar ${index + 1}`} icon={<Trash2 className="size-4" aria-hidden />} onClick={() => onChange(calendars.filter((_, at) => at !== index))} />
        </div>
      ))}
      <div><Button isSmall icon={<Plus className="size-3.5" aria-hidden />} onClick={() => onChange([...calendars, NEW_CALENDAR])}>Add a calendar</Button></div>
    </div>
  );
}
