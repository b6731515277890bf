/** Every webhook of the organisation with what it starts. One is made at the agent that it is to start. */
import { Webhook as WebhookIcon } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useConnection } from "@/data/useConnection";
import { LinkButton } from "@/ui/Button";
import { Empty, Failed, Loading } from "@/ui/states";
import { More } from "@/ui/Table";
import { AttachDialog, type Attaching } from "./AttachDialog";
import { SecretDialog, type SecretShown } from "./NewWebhookDialog";
import { TriggerListDocument } from "./triggers.generated";
import { WebhookCard } from "./WebhookCard";

export function AllWebhooks() {
  const [address, setAddress] = useSearchParams();
  const [secret, setSecret] = useState<SecretShown | null>(null);
  const [attaching, setAttaching] = useState<Attaching | null>(null);
  const list = useConnection(TriggerListDocument, {}, (data) => data.webhooks, { size: 50 });
  const openId = address.get("webhook");
  if (list.errors.length > 0 && list.isFirst) return <Failed errors={list.errors} retry={list.refresh} />;
  if (list.isFirst) return <Loading text="Reading the webhooks" />;
  if (list.items.length === 0) {
    return (
      <Empty icon={<WebhookIcon className="size-6" />} title="No webhooks yet" text="Open an agent, and make an address that starts it in its tab Triggers.">
        <LinkButton to="/library">To the library</LinkButton>
      </Empty>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <ul aria-label="Webhooks" className="flex flex-col gap-3">
        {list.items.map((hook) => (
          <WebhookCard
            key={hook.id}
            hook={hook}
            agentId={null}
            isOpen={openId === hook.id}
            onToggle={() => setAddress({ tab: "webhooks", ...(openId === hook.id ? {} : { webhook: hook.id }) }, { replace: true })}
            onEdit={(attachment) => setAttaching({ hook, attachment })}
            onSecret={setSecret}
            onChange={list.refresh}
          />
        ))}
      </ul>
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      {secret && <SecretDialog shown={secret} onClose={() => setSecret(null)} />}
      {attaching?.attachment && <AttachDialog key={attaching.attachment.id} agentId={attaching.attachment.graphId} attaching={attaching} onClose={() => setAttaching(null)} onDone={list.refresh} />}
    </div>
  );
}
