import { type FormEvent, useState } from "react";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { SelectField, TextField } from "@/ui/fields";
import type { SecretShown } from "./NewWebhookDialog";
import { TriggerRenameDocument, TriggerRotateDocument, type TriggerWebhookPartsFragment } from "./triggers.generated";
import { PROVIDERS } from "./words";

type Hook = TriggerWebhookPartsFragment;

export function RenameDialog({ hook, onClose, onDone }: { hook: Hook; onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState(hook.name);
  const [rename, { isBusy, problems }] = useChange(TriggerRenameDocument, { isQuiet: true });
  const act = async (event: FormEvent) => {
    event.preventDefault();
    await rename({ input: { id: hook.id, name: name.trim() } }).then(
      () => {
        onDone();
        onClose();
      },
      () => undefined,
    );
  };
  return (
    <Dialog isOpen onClose={onClose} size="small" title="Rename the webhook" description="Its address stays the same.">
      <form className="flex flex-col gap-3" onSubmit={(event) => void act(event)}>
        <TextField label="Name" isRequired autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} error={problems[0]?.message} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={isBusy} disabled={!name.trim()}>Rename</Button>
        </div>
      </form>
    </Dialog>
  );
}

const OVERLAPS = [
  { value: "0", label: "No longer: it ends at once" },
  { value: "3600", label: "For an hour" },
  { value: "86400", label: "For a day" },
  { value: "604800", label: "For a week" },
];

export function RotateDialog({ hook, onClose, onSecret, onDone }: { hook: Hook; onClose: () => void; onSecret: (shown: SecretShown) => void; onDone: () => void }) {
  const { makesSecret } = PROVIDERS[hook.provider];
  const [secret, setSecret] = useState("");
  const [overlap, setOverlap] = useState("86400");
  const [rotate, { isBusy, problems }] = useChange(TriggerRotateDocument, { isQuiet: true });
  const act = async (event: FormEvent) => {
    event.preventDefault();
    const answer = await rotate({ input: { id: hook.id, secret: secret.trim() || null, overlapSeconds: Number(overlap) } }).catch(() => null);
    if (!answer) return;
    onClose();
    onDone();
    onSecret({ title: `“${hook.name}” has a new secret`, url: answer.url ?? hook.url ?? null, secret: answer.secret ?? null, warning: answer.warning ?? null, provider: hook.provider, isSigned: hook.isSigned, isRegistered: hook.isRegistered });
  };
  return (
    <Dialog isOpen onClose={onClose} size="small" title={`New secret for “${hook.name}”`} description="The address stays the same.">
      <form className="flex flex-col gap-3" onSubmit={(event) => void act(event)}>
        <TextField label="Secret" type="password" autoFocus autoComplete="off" isRequired={makesSecret} placeholder={makesSecret ? undefined : "One is made for you"} value={secret} onChange={(event) => setSecret(event.target.value)} error={problems[0]?.message} />
        <SelectField label="The old one counts, too" options={OVERLAPS} value={overlap} onChange={setOverlap} help="So that nothing is lost while the sender is changed." />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={isBusy} disabled={makesSecret && !secret.trim()}>Give it a new secret</Button>
        </div>
      </form>
    </Dialog>
  );
}
