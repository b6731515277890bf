/** What starts an agent from outside: addresses that others call, and events that are sent to it. */
import { Webhook as WebhookIcon } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useConnection } from "@/data/useConnection";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Empty, Failed, Loading } from "@/ui/states";
import { More } from "@/ui/Table";
import { AttachDialog, type Attaching } from "./AttachDialog";
import { Events } from "./Events";
import { NewWebhookDialog, SecretDialog, type SecretShown } from "./NewWebhookDialog";
import { TriggerListDocument, type TriggerWebhookPartsFragment } from "./triggers.generated";
import { WebhookCard } from "./WebhookCard";

type Hook = TriggerWebhookPartsFragment;

export function Triggers({ agent }: { agent: { id: string; name: string; activeVersion?: { number: number } | null } }) {
  const may = useMay();
  const [address, setAddress] = useSearchParams();
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<SecretShown | null>(null);
  const [attaching, setAttaching] = useState<Attaching | null>(null);
  const list = useConnection(TriggerListDocument, {}, (data) => data.webhooks, { size: 50 });
  const isRunnable = agent.activeVersion != null;
  const isOurs = (hook: Hook) => hook.attachments.some((one) => one.graphId === agent.id);
  const ours = list.items.filter(isOurs);
  const others = list.items.filter((hook) => !isOurs(hook));
  const openId = address.get("webhook");
  const canAttach = may("runs:execute") && isRunnable;

  const card = (hook: Hook) => (
    <WebhookCard
      key={hook.id}
      hook={hook}
      agentId={agent.id}
      isOpen={openId === hook.id}
      onToggle={() => setAddress({ tab: "triggers", ...(openId === hook.id ? {} : { webhook: hook.id }) }, { replace: true })}
      onAttach={canAttach ? () => setAttaching({ hook, attachment: null }) : undefined}
      onEdit={(attachment) => setAttaching({ hook, attachment })}
      onSecret={setSecret}
      onChange={list.refresh}
    />
  );
  const add = may("credentials:write") && (
    <Button look="primary" icon={<WebhookIcon className="size-4" aria-hidden />} onClick={() => setMaking(true)}>
      New webhook
    </Button>
  );
  if (list.errors.length > 0 && list.isFirst) return <Failed errors={list.errors} retry={list.refresh} />;
  if (list.isFirst) return <Loading text="Reading the triggers" />;
  return (
    <div className="flex flex-col gap-5">
      {ours.length === 0 ? (
        <Empty icon={<WebhookIcon className="size-6" />} title="Nothing outside starts this agent yet" text="A webhook is an address that others call. Each call is kept, and starts the agent once, whatever is killed meanwhile.">
          {add}
        </Empty>
      ) : (
        <section aria-label="Webhooks that start this agent" className="flex flex-col gap-3">
          <div className="flex items-center gap-3">
            <h2 className="min-w-0 flex-1 text-sm font-semibold">Webhooks that start this agent</h2>
            {add}
          </div>
          <ul className="flex flex-col gap-3">{ours.map(card)}</ul>
        </section>
      )}
      {others.length > 0 && (
        <section aria-label="Other webhooks of the organisation" className="flex flex-col gap-3">
          <h2 className="text-sm font-semibold">Other webhooks of the organisation</h2>
          <ul className="flex flex-col gap-3">{others.map(card)}</ul>
        </section>
      )}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      {isRunnable && <Events agent={agent} />}
      {isMaking && (
        <NewWebhookDialog
          agentName={agent.name}
          onClose={() => setMaking(false)}
          onMade={(hook, shown) => {
            setMaking(false);
            setSecret(shown);
            list.refresh();
            // Once the secret was taken along, the next thing is what the address starts.
            if (canAttach) setAttaching({ hook, attachment: null });
          }}
        />
      )}
      {secret && <SecretDialog shown={secret} onClose={() => setSecret(null)} />}
      {attaching && !secret && <AttachDialog key={attaching.hook.id + (attaching.attachment?.id ?? "")} agentId={attaching.attachment?.graphId ?? agent.id} attaching={attaching} onClose={() => setAttaching(null)} onDone={list.refresh} />}
    </div>
  );
}
