/** The schedules of an agent: when it runs by itself, and how that went. */
import { CalendarClock } from "lucide-react";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { useConnection } from "@/data/useConnection";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Empty, Failed, Loading } from "@/ui/states";
import { More } from "@/ui/Table";
import { BackfillDialog } from "./BackfillDialog";
import { ScheduleCard } from "./ScheduleCard";
import { ScheduleDialog } from "./ScheduleDialog";
import { ScheduleListDocument, type SchedulePartsFragment } from "./schedules.generated";

type Schedule = SchedulePartsFragment;
const LOOK_AGAIN_MS = 1_500;

export function Schedules({ agentId, isRunnable }: { agentId: string; isRunnable: boolean }) {
  const may = useMay()("runs:execute");
  const [address, setAddress] = useSearchParams();
  const [edited, setEdited] = useState<Schedule | "new" | null>(null);
  const [filled, setFilled] = useState<Schedule | null>(null);
  const list = useConnection(ScheduleListDocument, { graphId: agentId }, (data) => data.schedules, { size: 20 });
  const { refresh } = list;
  const openId = address.get("schedule");
  // A moment after a change Temporal has taken it, and the next times are known.
  const isOnItsWay = list.items.some((one) => !one.isSynced);
  useEffect(() => {
    if (!isOnItsWay) return;
    const timer = setInterval(refresh, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isOnItsWay, refresh]);

  if (list.errors.length > 0 && list.isFirst) return <Failed errors={list.errors} retry={refresh} />;
  if (list.isFirst) return <Loading text="Reading the schedules" />;
  const add = <Button look="primary" icon={<CalendarClock className="size-4" aria-hidden />} disabled={!isRunnable} title={isRunnable ? undefined : "Publish the agent first."} onClick={() => setEdited("new")}>New schedule</Button>;
  return (
    <div className="flex flex-col gap-3">
      {list.items.length === 0 ? (
        <Empty icon={<CalendarClock className="size-6" />} title="No schedules yet" text="A schedule runs this agent at its times, also while nobody is here. What was missed in an outage is made up for.">
          {may && add}
        </Empty>
      ) : (
        <>
          {may && <div className="flex justify-end">{add}</div>}
          <ul aria-label="Schedules" className="flex flex-col gap-3">
            {list.items.map((one) => (
              <ScheduleCard
                key={one.id}
                schedule={one}
                isOpen={openId === one.id}
                onToggle={() => setAddress({ tab: "schedules", ...(openId === one.id ? {} : { schedule: one.id }) }, { replace: true })}
                onEdit={() => setEdited(one)}
                onBackfill={() => setFilled(one)}
                onChange={refresh}
              />
            ))}
          </ul>
        </>
      )}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      {edited && <ScheduleDialog agentId={agentId} schedule={edited === "new" ? null : edited} onClose={() => setEdited(null)} onDone={refresh} />}
      {filled && <BackfillDialog schedule={filled} onClose={() => setFilled(null)} onDone={refresh} />}
    </div>
  );
}
