/** What came to a webhook, the newest first, and what became of each. It looks again while it is open. */
import { ChevronDown, ChevronRight, RotateCcw } from "lucide-react";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { ago, moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useConnection } from "@/data/useConnection";
import { remedyOf } from "@/schedules/words";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Failed, Loading } from "@/ui/states";
import { Badge, StateBadge } from "@/ui/Status";
import { More } from "@/ui/Table";
import { ValueView } from "@/values/ValueView";
import { TriggerDeliveryDocument } from "./delivery.generated";
import { TriggerDeliveriesDocument, type TriggerDeliveryPartsFragment, TriggerReplayDocument, type TriggerWebhookPartsFragment } from "./triggers.generated";

const LOOK_AGAIN_MS = 3_000;

export function Deliveries({ hook }: { hook: TriggerWebhookPartsFragment }) {
  const [openId, setOpenId] = useState<string | null>(null);
  const list = useConnection(TriggerDeliveriesDocument, { id: hook.id }, (data) => data.webhook.deliveries, { size: 10 });
  const { refresh } = list;
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && refresh(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [refresh]);
  return (
    <section aria-label={`What came to ${hook.name}`}>
      <h3 className="mb-1 text-sm font-semibold">What came</h3>
      <Failed errors={list.errors} retry={refresh} />
      {list.isFirst && list.errors.length === 0 && <Loading />}
      {!list.isFirst && list.items.length === 0 && <p className="text-sm text-muted">Nothing yet. Call the address, and it is shown here within a few seconds.</p>}
      {list.items.length > 0 && (
        <ul className="rounded-lg border border-line">
          {list.items.map((one) => (
            <Delivery key={one.id} delivery={one} isOpen={openId === one.id} onToggle={() => setOpenId(openId === one.id ? null : one.id)} onChange={refresh} />
          ))}
        </ul>
      )}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
    </section>
  );
}

function Delivery({ delivery, isOpen, onToggle, onChange }: { delivery: TriggerDeliveryPartsFragment; isOpen: boolean; onToggle: () => void; onChange: () => void }) {
  const may = useMay()("runs:execute");
  const [replay, { isBusy }] = useChange(TriggerReplayDocument);
  const Arrow = isOpen ? ChevronDown : ChevronRight;
  return (
    <li className="border-b border-line px-3 py-2 last:border-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <button type="button" className="flex min-w-0 flex-1 items-center gap-2 rounded-md text-left" aria-expanded={isOpen} onClick={onToggle}>
          <Arrow className="size-4 shrink-0 text-muted" aria-hidden />
          <span className="min-w-0 truncate">{delivery.event || "A call"}</span>
          <time dateTime={delivery.createdAt} title={moment(delivery.createdAt)} className="text-xs text-muted">{ago(delivery.createdAt)}</time>
        </button>
        {delivery.repeats > 0 && <Badge title="Sent again with the same id; that starts nothing.">Came {delivery.repeats + 1} times</Badge>}
        <Button isSmall icon={<RotateCcw className="size-3.5" aria-hidden />} disabled={!may} isBusy={isBusy} onClick={() => void replay({ input: { id: delivery.id } }).then(onChange, () => undefined)}>Run it again</Button>
      </div>
      <ul className="mt-1 flex flex-col gap-1 pl-6 text-sm">
        {delivery.runs.length === 0 && <li className="text-muted">{delivery.dispatchedAt ? "Nothing that it starts takes this event." : "Its runs are being started."}</li>}
        {delivery.runs.map((one) => (
          <li key={`${one.attachmentId} ${one.replay}`} className="flex flex-wrap items-center gap-2">
            {one.run ? (
              <Link to={`/runs/${one.run.id}`} className="flex items-center gap-2 underline-offset-2 hover:underline">
                <StateBadge state={one.run.status} /> {one.run.agentName}
              </Link>
            ) : one.error ? (
              <span className="break-words text-danger">{one.error.message} <span className="text-muted">{remedyOf(one.error.code)}</span></span>
            ) : (
              <span className="text-muted">{one.isPending ? "Its run is being started." : "Its run was deleted."}</span>
            )}
            {one.replay > 0 && <Badge>Again, {one.replay}</Badge>}
          </li>
        ))}
      </ul>
      {isOpen && <Detail id={delivery.id} />}
    </li>
  );
}

function Detail({ id }: { id: string }) {
  const [{ data, error }] = useQuery({ query: TriggerDeliveryDocument, variables: { id } });
  if (error && !data) return <Failed errors={told(error)} />;
  if (!data) return <Loading />;
  const { body, headers, key } = data.webhookDelivery;
  return (
    <div className="mt-2 flex flex-col gap-2 pl-6 text-sm">
      <div><h4 className="font-medium">What was sent</h4><ValueView value={body} /></div>
      <div>
        <h4 className="font-medium">Headers that are kept</h4>
        <dl className="grid grid-cols-[auto_1fr] gap-x-3 font-mono text-xs">
          {Object.entries((headers ?? {}) as Record<string, unknown>).map(([name, value]) => (
            <div key={name} className="contents"><dt className="text-muted">{name}</dt><dd className="break-all">{String(value)}</dd></div>
          ))}
        </dl>
      </div>
      <p className="text-xs break-all text-muted">It counts once under <code>{key}</code>.</p>
    </div>
  );
}
