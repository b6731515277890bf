import { type FormEvent, useState } from "react";
import { useQuery } from "urql";
import type { ScheduleOverlap, ScheduleSpecInput } from "@/data/schema.generated";
import { told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { SelectField, TextField } from "@/ui/fields";
import { Failed } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { timesWithin } from "./backfill";
import { ScheduleBackfillDocument, type SchedulePartsFragment, ScheduleTimesDocument } from "./schedules.generated";
import { localOf, readSpec, writeSpec } from "./spec";
import { inZone, OVERLAPS } from "./words";

const DAY_MS = 86_400_000;
/** The most that one question for times gives. */
const TIMES_MAX = 100;

/** Have the times of a range that is over happen now; they are shown before it begins. */
export function BackfillDialog({ schedule, onClose, onDone }: { schedule: SchedulePartsFragment; onClose: () => void; onDone: () => void }) {
  const [from, setFrom] = useState(() => localOf(new Date(Date.now() - DAY_MS).toISOString()));
  const [to, setTo] = useState(() => localOf(new Date().toISOString()));
  const [overlap, setOverlap] = useState<ScheduleOverlap>("BUFFER_ALL");
  const [fill, { isBusy, problems }] = useChange(ScheduleBackfillDocument, { isQuiet: true });
  const spec: ScheduleSpecInput | null = readSpec(writeSpec(schedule.spec)).spec;
  const isRange = from !== "" && to !== "" && from < to;
  // A time right at the beginning belongs to the range: the question asks for what is later.
  const after = isRange ? new Date(new Date(from).getTime() - 1).toISOString() : null;
  const [{ data, error }] = useQuery({ query: ScheduleTimesDocument, variables: { spec: spec ?? { cron: [] }, first: TIMES_MAX, after }, pause: !spec || !isRange });
  const times = isRange && data ? timesWithin(data.scheduleTimes, to) : null;

  const go = async (event: FormEvent) => {
    event.preventDefault();
    const until = new Date(Math.min(new Date(to).getTime(), Date.now())).toISOString();
    const answer = await fill({ input: { id: schedule.id, from: new Date(from).toISOString(), to: until, overlap } }).catch(() => null);
    if (!answer) return;
    notify({ kind: "ok", title: `${answer.times.length} ${answer.times.length === 1 ? "time is" : "times are"} being made up for.`, text: "A time that had its run keeps it." });
    onDone();
    onClose();
  };
  return (
    <Dialog isOpen onClose={onClose} title={`Make up for past times of “${schedule.name}”`} description="Times of a range that is over happen now. A time that had its run keeps it.">
      <form className="flex flex-col gap-4" onSubmit={(event) => void go(event)}>
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <TextField label="From" type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} help="On your own clock." />
          <TextField label="To" type="datetime-local" value={to} onChange={(event) => setTo(event.target.value)} error={from && to && !isRange ? "It must be later than the beginning." : null} help="Not later than now." />
        </div>
        <SelectField label="If they overlap" options={Object.entries(OVERLAPS).map(([value, label]) => ({ value, label }))} value={overlap} onChange={(value) => setOverlap(value as ScheduleOverlap)} />
        <section aria-label="Times of the range" className="rounded-lg bg-sunken p-3 text-sm">
          {error ? <Failed errors={told(error)} /> : !times ? <p className="text-muted">{isRange ? "Reckoning" : "Give a range."}</p> : (
            <>
              <h3 className="font-semibold">{times.length === 0 ? "No time is in this range" : `${times.length}${times.length === TIMES_MAX ? " or more" : ""} ${times.length === 1 ? "time is" : "times are"} in this range`}</h3>
              <ol className="mt-1 max-h-48 overflow-y-auto tabular-nums" tabIndex={0} aria-label="Times">{times.map((at) => <li key={at}>{inZone(at, schedule.spec.timezone)}</li>)}</ol>
            </>
          )}
        </section>
        <Failed errors={problems} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={isBusy} disabled={!times || times.length === 0}>Start {times?.length ?? 0} {times?.length === 1 ? "run" : "runs"}</Button>
        </div>
      </form>
    </Dialog>
  );
}
