/** Make an address that others call. Its secret is shown once, right after. */
import { TriangleAlert } from "lucide-react";
import { type FormEvent, useState } from "react";
import { CredentialPicker } from "@/credentials/CredentialPicker";
import type { WebhookProvider } from "@/data/schema.generated";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { Dialog } from "@/ui/Dialog";
import { SelectField, TextField, Toggle } from "@/ui/fields";
import { Failed } from "@/ui/states";
import { CodeBlock } from "./CodeBlock";
import { TriggerCreateDocument, type TriggerWebhookPartsFragment } from "./triggers.generated";
import { callHelp, namesIn, PROVIDERS } from "./words";

export type SecretShown = { title: string; url: string | null; secret: string | null; warning: string | null; provider: WebhookProvider; isSigned: boolean; isRegistered: boolean };

const GITHUB_ACCESS = { key: "github", providers: ["github"], types: ["API_KEY" as const, "OAUTH2" as const], scopes: [], isRequired: false, hasDemo: false };

export function NewWebhookDialog({ agentName, onClose, onMade }: { agentName: string; onClose: () => void; onMade: (hook: TriggerWebhookPartsFragment, shown: SecretShown) => void }) {
  const [name, setName] = useState(agentName);
  const [provider, setProvider] = useState<WebhookProvider>("GENERIC");
  const [isSigned, setSigned] = useState(true);
  const [secret, setSecret] = useState("");
  const [credentialId, setCredentialId] = useState<string | null>(null);
  const [resource, setResource] = useState("");
  const [events, setEvents] = useState("");
  const [create, { isBusy, problems }] = useChange(TriggerCreateDocument, { isQuiet: true });
  const { help, makesSecret } = PROVIDERS[provider];
  const isAtProvider = provider === "GITHUB" && credentialId !== null;
  const of = (field: string) => problems.find((one) => one.path?.includes(field))?.message ?? null;

  const make = async (event: FormEvent) => {
    event.preventDefault();
    const answer = await create({
      input: {
        name: name.trim(),
        provider,
        isSigned: provider === "GENERIC" ? isSigned : true,
        secret: secret.trim() || null,
        ...(isAtProvider ? { credentialId, resource: resource.trim(), events: namesIn(events) } : {}),
      },
    }).catch(() => null);
    const hook = answer?.webhook;
    if (!answer || !hook) return;
    onMade(hook, { title: `“${hook.name}” is ready`, url: answer.url ?? hook.url ?? null, secret: answer.secret ?? null, warning: answer.warning ?? null, provider, isSigned: hook.isSigned, isRegistered: hook.isRegistered });
  };
  return (
    <Dialog isOpen onClose={onClose} title="New webhook" description="An address that others call. It stays the same whatever it starts later.">
      <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void make(event)}>
        <TextField label="Name" isRequired autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} error={of("name")} />
        <SelectField label="Who calls it" options={Object.entries(PROVIDERS).map(([value, one]) => ({ value, label: one.title }))} value={provider} onChange={(value) => setProvider(value as WebhookProvider)} help={help} />
        {provider === "GENERIC" && <Toggle label="Each call must be signed" isOn={isSigned} onChange={setSigned} />}
        {provider === "GENERIC" && !isSigned && (
          <p role="note" className="flex items-start gap-2 rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
            <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden /> Whoever gets hold of the address may start runs. Sign the calls where the sender can.
          </p>
        )}
        {(provider !== "GENERIC" || isSigned) && (
          <TextField
            label={makesSecret ? "Signing secret" : "Secret"}
            isRequired={makesSecret}
            type="password"
            autoComplete="off"
            placeholder={makesSecret ? undefined : "One is made for you"}
            value={secret}
            onChange={(event) => setSecret(event.target.value)}
            error={of("secret")}
            help={makesSecret ? "You find it where the sender is set up." : "Give one only where the sender has its own."}
          />
        )}
        {provider === "GITHUB" && (
          <>
            <CredentialPicker requirement={GITHUB_ACCESS} value={credentialId} onChange={setCredentialId} />
            {isAtProvider && (
              <>
                <TextField label="Repository" isRequired placeholder="owner/name" value={resource} onChange={(event) => setResource(event.target.value)} error={of("resource")} />
                <TextField label="Events that GitHub sends" placeholder="All" value={events} onChange={(event) => setEvents(event.target.value)} error={of("events")} help="Such as push, pull_request." />
              </>
            )}
          </>
        )}
        <Failed errors={problems.filter((one) => !one.path?.some((step) => ["name", "secret", "resource", "events"].includes(step)))} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={isBusy} disabled={!name.trim() || (makesSecret && !secret.trim())}>Make the address</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The address and the secret, once: the secret cannot be read again. */
export function SecretDialog({ shown, onClose }: { shown: SecretShown; onClose: () => void }) {
  const { text, command } = callHelp(shown.provider, shown.isSigned, shown.url ?? "", shown.secret ?? undefined);
  return (
    <Dialog isOpen onClose={onClose} title={shown.title} footer={<Button look="primary" onClick={onClose}>{shown.secret ? "I have kept the secret" : "Go on"}</Button>}>
      <div className="flex flex-col gap-4">
        {shown.warning && <p role="alert" className="rounded-md bg-warn-soft px-3 py-2 text-sm break-words text-warn">{shown.warning}</p>}
        {shown.url && <CopyField label="Address" value={shown.url} help={shown.isSigned ? undefined : "Keep it to yourself: whoever has it may start runs."} />}
        {shown.secret && <CopyField label="Secret" value={shown.secret} help="It is shown this once. If it is lost, make a new one." />}
        {shown.isRegistered ? (
          <p className="text-sm text-muted">It is registered at the provider already: nothing has to be entered there.</p>
        ) : (
          <section aria-label="How to call it" className="flex flex-col gap-2">
            <h3 className="text-sm font-semibold">How to call it</h3>
            <p className="text-sm text-muted">{text}</p>
            {command && <CodeBlock label="Command that calls it" text={command} />}
          </section>
        )}
      </div>
    </Dialog>
  );
}
