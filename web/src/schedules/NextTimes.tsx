/** The next times that a schedule would have, while it is being typed. Temporal reckons them, and nothing is saved. */
import { useEffect, useState } from "react";
import { useQuery } from "urql";
import type { ScheduleSpecInput } from "@/data/schema.generated";
import { told } from "@/data/errors";
import { ago } from "@/data/times";
import { useSettled } from "@/library/useSettled";
import { ScheduleTimesDocument } from "./schedules.generated";
import { inZone } from "./words";

const NEVER: ScheduleSpecInput = { cron: [], calendars: [] };

export function NextTimes({ spec }: { spec: ScheduleSpecInput | null }) {
  const settled = useSettled(spec ? JSON.stringify(spec) : "", 300);
  const asked = settled ? (JSON.parse(settled) as ScheduleSpecInput) : null;
  const [{ data, error, fetching }] = useQuery({ query: ScheduleTimesDocument, variables: { spec: asked ?? NEVER, first: 10 }, pause: asked === null });
  const times = useLast(asked && !error ? data?.scheduleTimes : undefined);
  return (
    <section aria-label="Next times" aria-busy={fetching} className="self-start rounded-lg bg-sunken p-3 md:sticky md:top-0">
      <h3 className="text-sm font-semibold">Next ten times</h3>
      {asked === null ? (
        <p className="mt-1 text-sm text-muted">They are shown once the fields are filled.</p>
      ) : error ? (
        told(error).map((one) => (
          <p key={one.message} role="alert" className="mt-1 text-sm break-words text-danger">
            {one.message} {one.remedy}
          </p>
        ))
      ) : !times ? (
        <p className="mt-1 text-sm text-muted">Reckoning</p>
      ) : times.length === 0 ? (
        <p className="mt-1 text-sm text-muted">There is no such time any more.</p>
      ) : (
        <ol className="mt-1 flex flex-col gap-0.5 text-sm tabular-nums">
          {times.map((at) => (
            <li key={at} className="flex flex-wrap items-baseline justify-between gap-x-2">
              <time dateTime={at}>{inZone(at, asked.timezone ?? "UTC")}</time>
              <span className="text-xs text-muted">{ago(at)}</span>
            </li>
          ))}
        </ol>
      )}
      {asked && <p className="mt-2 text-xs text-muted">On the clocks of {asked.timezone}. The jitter is not in them.</p>}
    </section>
  );
}

/** What there was last, while the next is on its way: the list does not jump at each letter. */
function useLast<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value);
  useEffect(() => {
    if (value !== undefined) setLast(value);
  }, [value]);
  return value ?? last;
}
