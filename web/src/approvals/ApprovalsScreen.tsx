/** The inbox of what runs ask people: what is mine to decide, what waits, and what was decided. */
import { ArrowLeft, Hand } from "lucide-react";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import type { ApprovalStatus } from "@/data/schema.generated";
import { ago, duration, moment } from "@/data/times";
import { useConnection } from "@/data/useConnection";
import { useEvery } from "@/data/useEvery";
import { useNow } from "@/data/useNow";
import { NoticeOffer } from "@/shell/NoticeOffer";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Page } from "@/ui/Page";
import { Badge } from "@/ui/Status";
import { Empty, Failed, Loading } from "@/ui/states";
import { More } from "@/ui/Table";
import { ApprovalCard } from "./ApprovalCard";
import { ApprovalListDocument, type ApprovalListQuery } from "./approvals.generated";
import { onDecision } from "./waiting";
import { APPROVAL_STATES } from "./words";

type Show = "mine" | "waiting" | "decided";
type Item = ApprovalListQuery["approvals"]["nodes"][number];

const SHOWS: { id: Show; label: string }[] = [
  { id: "mine", label: "For me" },
  { id: "waiting", label: "All that wait" },
  { id: "decided", label: "Decided" },
];
const STATUS: Record<Show, ApprovalStatus[] | null> = {
  mine: null,
  waiting: ["PENDING"],
  decided: ["APPROVED", "REJECTED", "TIMED_OUT", "CANCELLED"],
};
const LOOK_AGAIN_MS = 20_000;

export function Component() {
  const [search, setSearch] = useSearchParams();
  const show = (SHOWS.find((one) => one.id === search.get("show"))?.id ?? "mine") satisfies Show;
  const chosen = search.get("id");
  const list = useConnection(ApprovalListDocument, { status: STATUS[show], mine: show === "mine" }, (data) => data.approvals, { size: 30 });
  const { refresh } = list;
  useEvery(LOOK_AGAIN_MS, refresh);
  useEffect(() => onDecision(refresh), [refresh]);
  const at = (change: Record<string, string | null>) =>
    setSearch((now) => {
      const next = new URLSearchParams(now);
      for (const [name, value] of Object.entries(change)) value === null ? next.delete(name) : next.set(name, value);
      return next;
    });
  const open = (id: string) => at({ id });
  // On a wide screen the first one stands open by itself; a phone shows the list until one is chosen. It stays the same one whatever
  // comes into the list and goes from it: nobody is to approve another than they were reading.
  const [kept, keep] = useState<string | null>(null);
  const first = list.items[0]?.id ?? null;
  useEffect(() => {
    if (!chosen && first) keep((now) => now ?? first);
  }, [chosen, first]);
  const shownId = chosen ?? kept ?? first;

  return (
    <Page title="Approvals" subtitle="What runs ask people before they go on. While one waits, no worker is held." isWide actions={<NoticeOffer />}>
      <div role="group" aria-label="Which approvals" className="mb-3 flex flex-wrap gap-1">
        {SHOWS.map((one) => (
          <Button key={one.id} isSmall look={show === one.id ? "primary" : "plain"} aria-pressed={show === one.id} onClick={() => { keep(null); at({ show: one.id, id: null }); }}>{one.label}</Button>
        ))}
      </div>
      <Failed errors={list.errors} retry={refresh} />
      {list.isFirst && list.errors.length === 0 && <Loading />}
      {!list.isFirst && list.items.length === 0 && !chosen && <Nothing show={show} />}
      {(list.items.length > 0 || chosen) && (
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(18rem,24rem)_1fr]">
          <div className={cx("min-w-0", chosen && "hidden lg:block")}>
            <ul aria-label="Approvals" className="flex flex-col gap-1.5">
              {list.items.map((one) => <Row key={one.id} item={one} isShown={one.id === shownId} open={() => open(one.id)} />)}
            </ul>
            <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
          </div>
          <section aria-label="The chosen approval" className={cx("min-w-0 rounded-xl border border-line bg-surface p-4", !chosen && "hidden lg:block")}>
            <Button isSmall className="mb-3 lg:hidden" icon={<ArrowLeft className="size-4" aria-hidden />} onClick={() => at({ id: null })}>All approvals</Button>
            {shownId && <ApprovalCard key={shownId} approvalId={shownId} onDecided={() => { keep(null); at({ id: show === "mine" ? null : shownId }); }} />}
          </section>
        </div>
      )}
    </Page>
  );
}

function Row({ item, isShown, open }: { item: Item; isShown: boolean; open: () => void }) {
  const state = APPROVAL_STATES[item.status];
  const approvals = item.votes.filter((one) => one.isApproval).length;
  return (
    <li>
      <button
        type="button"
        aria-current={isShown || undefined}
        onClick={open}
        className={cx("flex w-full min-w-0 flex-col gap-0.5 rounded-lg border p-3 text-left", isShown ? "border-accent bg-accent-soft" : "border-line bg-surface hover:bg-sunken")}
      >
        <span className="flex items-start gap-2">
          <span className="min-w-0 flex-1 text-sm font-medium break-words">{item.title}</span>
          {item.status !== "PENDING" && <Badge tone={state.tone}>{state.word}</Badge>}
        </span>
        <span className="text-xs text-muted">
          {item.agentName}, <span title={moment(item.createdAt)}>{ago(item.createdAt)}</span>
          {item.askedBy && `, for ${item.askedBy.name}`}
          {item.status === "PENDING" && item.needed > 1 && `, ${approvals} of ${item.needed} have approved`}
        </span>
        {item.status === "PENDING" && item.deadline && <Left deadline={item.deadline} />}
      </button>
    </li>
  );
}

function Left({ deadline }: { deadline: string }) {
  const now = useNow(1_000);
  const left = new Date(deadline).getTime() - now;
  return <span className={cx("text-xs", left < 3_600_000 ? "font-medium text-warn" : "text-muted")}>{left > 0 ? `${duration(left)} left` : "Its time is over"}</span>;
}

function Nothing({ show }: { show: Show }) {
  const icon = <Hand className="size-8" />;
  if (show === "mine") return <Empty icon={icon} title="Nothing waits for you" text="When a run asks somebody like you, it stands here, and the number beside Approvals in the menu says so." />;
  if (show === "waiting") return <Empty icon={icon} title="Nothing waits" text="No run waits for a person. An agent asks by the block Human in the loop, or before sensitive blocks where its settings say so." />;
  return <Empty icon={icon} title="Nothing was decided yet" text="What people approved and rejected is kept here." />;
}
