/** What became of a schedule's times, the latest first. */
import { useEffect } from "react";
import { Link } from "react-router";
import { between, moment } from "@/data/times";
import { useConnection } from "@/data/useConnection";
import { Failed, Loading } from "@/ui/states";
import { isOver, StateBadge } from "@/ui/Status";
import { type Column, More, Table } from "@/ui/Table";
import { ScheduleFiresDocument, type ScheduleFirePartsFragment, type SchedulePartsFragment } from "./schedules.generated";
import { remedyOf } from "./words";

const LOOK_AGAIN_MS = 3_000;

const COLUMNS: Column<ScheduleFirePartsFragment>[] = [
  { id: "time", header: "Time", className: "tabular-nums", cell: (fire) => moment(fire.scheduledAt) },
  {
    id: "run",
    header: "Run",
    cell: (fire) =>
      fire.run ? (
        <Link to={`/runs/${fire.run.id}`}><StateBadge state={fire.run.status} /><span className="sr-only">: the run of {moment(fire.scheduledAt)}</span></Link>
      ) : fire.error ? (
        <span className="text-danger">{fire.error.message} <span className="text-muted">{remedyOf(fire.error.code)}</span></span>
      ) : (
        <span className="text-muted">Deleted</span>
      ),
  },
  { id: "took", header: "Took", className: "text-right whitespace-nowrap tabular-nums", cell: (fire) => between(fire.run?.startedAt, fire.run?.endedAt) },
];

export function ScheduleFires({ schedule }: { schedule: SchedulePartsFragment }) {
  const list = useConnection(ScheduleFiresDocument, { id: schedule.id }, (data) => data.schedule.fires, { size: 10 });
  const { refresh } = list;
  const isLive = list.items.some((fire) => fire.run && !isOver(fire.run.status));
  useEffect(() => {
    if (!isLive) return;
    const timer = setInterval(() => document.visibilityState === "visible" && refresh(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isLive, refresh]);
  if (list.errors.length > 0) return <Failed errors={list.errors} retry={refresh} />;
  if (list.isFirst) return <Loading text="Reading its past times" />;
  if (list.items.length === 0) return <p className="text-sm text-muted">It has not run yet. A time that was left out because the run before went on is not listed here.</p>;
  return (
    <div>
      <Table label={`Past times of ${schedule.name}`} columns={COLUMNS} rows={list.items} keyOf={(fire) => fire.scheduledAt} />
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
    </div>
  );
}
