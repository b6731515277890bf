/** The dialogs that change one credential: its name, its secret, who may use it, its access, its end. */
import { type FormEvent, useState } from "react";
import { ago } from "@/data/times";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { Confirm, Dialog } from "@/ui/Dialog";
import { TextArea, TextField } from "@/ui/fields";
import { Failed } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { type CredentialPartsFragment, DeleteCredentialDocument, UpdateCredentialDocument } from "./credentials.generated";
import { GrantWait } from "./GrantWait";
import { entriesOf, type Service } from "./providers";
import { fieldOf, missingIn, NOTHING_TYPED, secretOf, type Typed } from "./secret";
import { SecretFields } from "./SecretFields";
import { useGrant } from "./useGrant";
import { UsesDialog, UsesList, useUses } from "./Uses";

export type Change = { kind: "rename" | "secret" | "share" | "connect" | "uses" | "delete"; credential: CredentialPartsFragment };
type Props = Change & { service: Service; onClose: () => void; onDone: () => void };

export function ChangeDialog({ kind, ...rest }: Props) {
  if (kind === "rename") return <Rename {...rest} />;
  if (kind === "secret") return <Replace {...rest} />;
  if (kind === "connect") return <Connect {...rest} />;
  if (kind === "uses") return <UsesDialog {...rest} />;
  if (kind === "share") return <Share {...rest} />;
  return <Delete {...rest} />;
}

type One = Omit<Props, "kind">;

function Rename({ credential, onClose, onDone }: One) {
  const [title, setTitle] = useState(credential.title);
  const [update, { isBusy, problems }] = useChange(UpdateCredentialDocument, { isQuiet: true });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await update({ input: { id: credential.id, title: title.trim() } }).then(onDone, () => undefined);
  };
  return (
    <Dialog isOpen onClose={onClose} size="small" title="Rename the credential">
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <TextField label="Name" isRequired value={title} maxLength={200} error={problems[0]?.message} onChange={(event) => setTitle(event.target.value)} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>Cancel</Button><Button type="submit" look="primary" isBusy={isBusy} disabled={title.trim() === ""}>Rename</Button></div>
      </form>
    </Dialog>
  );
}

function Replace({ credential, service, onClose, onDone }: One) {
  const [typed, setTyped] = useState<Typed>({ ...NOTHING_TYPED, hosts: credential.hosts.join("\n") });
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [update, { isBusy, problems }] = useChange(UpdateCredentialDocument, { isQuiet: true });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const missing = missingIn(credential.type, typed);
    setErrors(missing);
    const secret = secretOf(credential.type, typed);
    if (Object.keys(missing).length > 0 || !secret) return;
    await update({ input: { id: credential.id, secret } }).then(() => {
      notify({ kind: "ok", title: "The secret is replaced. What runs next uses the new one." });
      onDone();
    }, () => undefined);
  };
  const refused = Object.fromEntries(problems.map((one) => [fieldOf(one.path) ?? "", one.message]));
  return (
    <Dialog isOpen onClose={onClose} title={`Replace the secret of ${credential.title}`} description="The old one is gone at once. Agents that use this credential go on with the new one.">
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4" noValidate>
        <SecretFields type={credential.type} typed={typed} onChange={setTyped} errors={{ ...refused, ...errors }} ownHosts={service.hosts} />
        {refused[""] && <p role="alert" className="text-sm text-danger">{refused[""]}</p>}
        <div className="flex justify-end gap-2"><Button onClick={onClose}>Cancel</Button><Button type="submit" look="primary" isBusy={isBusy}>Replace</Button></div>
      </form>
    </Dialog>
  );
}

function Connect({ credential, service, onClose, onDone }: One) {
  const [more, setMore] = useState("");
  const { grant, stop, state, address, problems, isBusy } = useGrant(() => {
    notify({ kind: "ok", title: `${service.title} is connected again.` });
    onDone();
  });
  const close = () => {
    stop();
    onClose();
  };
  return (
    <Dialog isOpen onClose={close} size="small" title={`Connect ${credential.title} again`} description={`A window opens at ${service.title}. The credential stays the same, so agents that use it go on.`}>
      {state === "idle" ? (
        <div className="flex flex-col gap-3">
          <p className="text-sm text-muted">It may: {credential.scopes.join(", ") || "what the service gives to everybody"}.</p>
          <TextArea label="Ask for more scopes" rows={2} spellCheck={false} value={more} onChange={(event) => setMore(event.target.value)} help="Optional, one a line." />
          {problems.map((one) => <p key={one.message} role="alert" className="text-sm text-danger">{one.message} {one.remedy}</p>)}
          <div className="flex justify-end">
            <Button look="primary" isBusy={isBusy} onClick={() => void grant({ provider: credential.provider, title: credential.title, scopes: [...new Set([...credential.scopes, ...entriesOf(more)])], credentialId: credential.id })}>Sign in at {service.title}</Button>
          </div>
        </div>
      ) : (
        <GrantWait title={service.title} state={state} address={address} stop={stop} />
      )}
    </Dialog>
  );
}

function Share({ credential, onClose, onDone }: One) {
  const [update] = useChange(UpdateCredentialDocument);
  const text = "Every member of the organisation may use it then, and those who may write credentials may change it. It cannot be made yours alone again.";
  return <Confirm isOpen onClose={onClose} isDangerous={false} title={`Share ${credential.title}?`} text={text} action="Share it" act={async () => { await update({ input: { id: credential.id, isShared: true } }); onDone(); }} />;
}

function Delete({ credential, onClose, onDone }: One) {
  const [remove] = useChange(DeleteCredentialDocument);
  const { uses, errors, read } = useUses(credential.id);
  const used = credential.usedAt ? `A node used it ${ago(credential.usedAt)}.` : "No node has used it yet.";
  const text = (
    <div className="flex flex-col gap-3">
      <p>
        {used} Its secret is gone at once, and cannot be brought back.{credential.isShared ? " It is the organisation's: others may rely on it." : ""} Runs that are under way fail where they need it.
      </p>
      <Failed errors={errors} retry={read} />
      {!uses && errors.length === 0 && <p role="status">Looking for what uses it</p>}
      {uses && uses.length === 0 && <p>No agent, schedule, webhook or preset names it.</p>}
      {uses && uses.length > 0 && <UsesList uses={uses} hasConsequences />}
    </div>
  );
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Delete ${credential.title}?`}
      text={text}
      action="Delete it"
      act={async () => { await remove({ id: credential.id }); onDone(); }}
    />
  );
}
