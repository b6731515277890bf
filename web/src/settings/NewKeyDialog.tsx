/** Make an API key; it is shown this once. */
import { useState } from "react";
import { useChange } from "@/data/useChange";
import { useViewer } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { Dialog } from "@/ui/Dialog";
import { Checkbox, SelectField, TextField } from "@/ui/fields";
import { EXPIRIES, RUNNER_RIGHTS, wordsOf } from "./rights";
import { CreateApiKeyDocument } from "./settings.generated";

export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const { rights } = useViewer();
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const [scopes, setScopes] = useState<string[]>(rights.filter((one) => RUNNER_RIGHTS.includes(one)));
  const [token, setToken] = useState<string | null>(null);
  const [isTried, setTried] = useState(false);
  const [create, { isBusy, problems }] = useChange(CreateApiKeyDocument, { isQuiet: true });
  const go = async () => {
    setTried(true);
    if (name.trim() === "" || scopes.length === 0) return;
    const answer = await create({ input: { name: name.trim(), scopes, expiresInDays: days === "" ? null : Number(days) } }).catch(() => null);
    if (answer?.token) setToken(answer.token);
  };
  if (token) {
    return (
      <Dialog isOpen onClose={onClose} title="Your new key" description="It is shown this once. Keep it where the program finds it, and nowhere else." footer={<Button look="primary" onClick={onClose}>I have it</Button>}>
        <CopyField label="API key" value={token} help="Send it as the header Authorization: Bearer, followed by the key." />
      </Dialog>
    );
  }
  return (
    <Dialog isOpen onClose={onClose} title="New API key" footer={<><Button onClick={onClose}>Cancel</Button><Button look="primary" isBusy={isBusy} onClick={() => void go()}>Make the key</Button></>}>
      <div className="flex flex-col gap-4">
        <TextField label="Name" isRequired value={name} maxLength={100} placeholder="What uses it" error={isTried && name.trim() === "" ? "Give it a name." : null} onChange={(event) => setName(event.target.value)} />
        <SelectField label="It ends after" options={EXPIRIES} value={days} onChange={setDays} />
        <fieldset>
          <legend className="mb-2 text-sm font-medium">What it may do</legend>
          <div className="mb-2 flex flex-wrap gap-2">
            <Button isSmall onClick={() => setScopes(rights.filter((one) => RUNNER_RIGHTS.includes(one)))}>Run agents</Button>
            <Button isSmall onClick={() => setScopes(rights.filter((one) => one.endsWith(":read") && one !== "payloads:read"))}>Only read</Button>
            <Button isSmall onClick={() => setScopes([...rights])}>All that I may</Button>
            <Button isSmall onClick={() => setScopes([])}>Nothing</Button>
          </div>
          <div className="grid gap-1.5 sm:grid-cols-2">
            {rights.map((one) => (
              <Checkbox key={one} label={<>{wordsOf(one)} <span className="text-xs text-muted">{one}</span></>} isOn={scopes.includes(one)} onChange={(isOn) => setScopes(isOn ? [...scopes, one] : scopes.filter((other) => other !== one))} />
            ))}
          </div>
          {isTried && scopes.length === 0 && <p role="alert" className="mt-1 text-xs text-danger">Choose at least one.</p>}
        </fieldset>
        {problems.map((one) => <p key={one.message} role="alert" className="text-sm text-danger">{one.message} {one.remedy}</p>)}
      </div>
    </Dialog>
  );
}
