/** The fields of one type of secret. What is typed is never filled in by the browser, nor kept by it. */
import { Plus, Trash2 } from "lucide-react";
import type { CredentialType } from "@/data/schema.generated";
import { Button, IconButton } from "@/ui/Button";
import { TextArea, TextField } from "@/ui/fields";
import type { Header, Typed } from "./secret";

type Props = { type: CredentialType; typed: Typed; onChange: (typed: Typed) => void; errors: Record<string, string>; ownHosts: string[] };

export function SecretFields({ type, typed, onChange, errors, ownHosts }: Props) {
  const set = (change: Partial<Typed>) => onChange({ ...typed, ...change });
  if (type === "API_KEY") {
    return (
      <>
        <TextField label="Key" type="password" autoComplete="off" spellCheck={false} isRequired value={typed.key} error={errors.key} onChange={(event) => set({ key: event.target.value })} />
        <TextArea
          label="Other hosts that it may be sent to"
          rows={2}
          spellCheck={false}
          value={typed.hosts}
          error={errors.hosts}
          onChange={(event) => set({ hosts: event.target.value })}
          help={`${ownHosts.length > 0 ? `It is sent to ${ownHosts.join(", ")} in any case.` : "It is sent to its service in any case."} For a server of your own name its host, such as models.example.com:8443, one a line.`}
        />
      </>
    );
  }
  if (type === "USER_PASSWORD") {
    return (
      <>
        <TextField label="User" autoComplete="off" spellCheck={false} isRequired value={typed.username} error={errors.username} onChange={(event) => set({ username: event.target.value })} />
        <TextField label="Password" type="password" autoComplete="new-password" isRequired value={typed.password} error={errors.password} onChange={(event) => set({ password: event.target.value })} />
      </>
    );
  }
  if (type === "HOST_SCOPED") {
    return (
      <>
        <TextArea
          label="Hosts"
          rows={2}
          spellCheck={false}
          isRequired
          value={typed.hosts}
          error={errors.hosts}
          onChange={(event) => set({ hosts: event.target.value })}
          help="One a line: api.example.com, api.example.com:8080 or *.example.com. Without a port only https is meant. The headers go nowhere else."
        />
        <Headers headers={typed.headers} onChange={(headers) => set({ headers })} error={errors.headers} />
      </>
    );
  }
  return null;
}

function Headers({ headers, onChange, error }: { headers: Header[]; onChange: (headers: Header[]) => void; error?: string }) {
  const change = (at: number, change: Partial<Header>) => onChange(headers.map((one, index) => (index === at ? { ...one, ...change } : one)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">Headers</legend>
      {headers.map((header, index) => (
        <div key={index} className="flex items-end gap-2">
          <div className="w-2/5">
            <TextField label={`Name of header ${index + 1}`} isLabelHidden placeholder="Authorization" spellCheck={false} autoComplete="off" value={header.name} onChange={(event) => change(index, { name: event.target.value })} />
          </div>
          <div className="flex-1">
            <TextField label={`Value of header ${index + 1}`} isLabelHidden placeholder="Bearer …" type="password" autoComplete="off" value={header.value} onChange={(event) => change(index, { value: event.target.value })} />
          </div>
          <IconButton label={`Remove header ${index + 1}`} icon={<Trash2 className="size-4" aria-hidden />} disabled={headers.length === 1} onClick={() => onChange(headers.filter((_, at) => at !== index))} />
        </div>
      ))}
      {error && <p role="alert" className="text-xs text-danger">{error}</p>}
      <div>
        <Button isSmall icon={<Plus className="size-4" aria-hidden />} onClick={() => onChange([...headers, { name: "", value: "" }])}>Add a header</Button>
      </div>
    </fieldset>
  );
}
