/** All that starts agents by itself in the organisation: every schedule, and every webhook, also what an agent that was deleted left behind. */
import { CalendarClock } from "lucide-react";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { useConnection } from "@/data/useConnection";
import { AllWebhooks } from "@/triggers/AllWebhooks";
import { LinkButton } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { More } from "@/ui/Table";
import { Tabs } from "@/ui/Tabs";
import { BackfillDialog } from "./BackfillDialog";
import { ScheduleCard } from "./ScheduleCard";
import { ScheduleDialog } from "./ScheduleDialog";
import { ScheduleListAllDocument, type SchedulePartsFragment } from "./schedules.generated";

const LOOK_AGAIN_MS = 1_500;

export function Component() {
  const [address, setAddress] = useSearchParams();
  const tab = address.get("tab") === "webhooks" ? "webhooks" : "schedules";
  return (
    <Page title="Schedules and webhooks" subtitle="What starts agents of the organisation by itself. Each is made at its agent.">
      <Tabs
        label="What starts agents"
        value={tab}
        onChange={(id) => setAddress(id === "webhooks" ? { tab: id } : {}, { replace: true })}
        tabs={[
          { id: "schedules", label: "Schedules", content: <div className="px-1 py-4"><Schedules /></div> },
          { id: "webhooks", label: "Webhooks", content: <div className="px-1 py-4"><AllWebhooks /></div> },
        ]}
      />
    </Page>
  );
}

function Schedules() {
  const [address, setAddress] = useSearchParams();
  const [edited, setEdited] = useState<(SchedulePartsFragment & { graph?: { id: string } | null }) | null>(null);
  const [filled, setFilled] = useState<SchedulePartsFragment | null>(null);
  const list = useConnection(ScheduleListAllDocument, {}, (data) => data.schedules, { size: 20 });
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
  if (list.items.length === 0) {
    return (
      <Empty icon={<CalendarClock className="size-6" />} title="Nothing runs by itself yet" text="Open an agent, and make a schedule for it in its tab Schedules.">
        <LinkButton to="/library">To the library</LinkButton>
      </Empty>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <ul aria-label="Schedules" className="flex flex-col gap-3">
        {list.items.map((one) => (
          <ScheduleCard
            key={one.id}
            schedule={one}
            agent={one.graph ?? null}
            isOpen={openId === one.id}
            onToggle={() => setAddress(openId === one.id ? {} : { schedule: one.id }, { replace: true })}
            onEdit={() => setEdited(one)}
            onBackfill={() => setFilled(one)}
            onChange={refresh}
          />
        ))}
      </ul>
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      {edited?.graph && <ScheduleDialog agentId={edited.graph.id} schedule={edited} onClose={() => setEdited(null)} onDone={refresh} />}
      {filled && <BackfillDialog schedule={filled} onClose={() => setFilled(null)} onDone={refresh} />}
    </div>
  );
}
