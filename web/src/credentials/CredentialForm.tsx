/** Make a credential: choose the service and how to be known there, and give the secret or grant access. */
import { ExternalLink } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import type { CredentialType } from "@/data/schema.generated";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { Checkbox, SelectField, TextArea, TextField, Toggle } from "@/ui/fields";
import { Failed, Loading } from "@/ui/states";
import { CreateCredentialDocument, CredentialProvidersDocument } from "./credentials.generated";
import { GrantWait } from "./GrantWait";
import { entriesOf, type Service, serviceNamed, servicesOf, TYPE_WORDS } from "./providers";
import { fieldOf, missingIn, NOTHING_TYPED, secretOf, type Typed } from "./secret";
import { SecretFields } from "./SecretFields";
import { useGrant } from "./useGrant";

type Props = {
  /** The one service that fits; else `providers`, or any. */
  provider?: string;
  providers?: readonly string[];
  types?: readonly CredentialType[];
  scopes?: readonly string[];
  onDone: (id: string) => void;
};

export function CredentialForm({ provider, providers, types, scopes, onDone }: Props) {
  const [{ data, error }, again] = useQuery({ query: CredentialProvidersDocument });
  if (error && !data) return <Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} />;
  if (!data) return <Loading />;
  const all = servicesOf(data);
  const names = provider ? [provider] : providers;
  const services = names && names.length > 0 ? names.map((name) => serviceNamed(all, name, types)) : all;
  return <Form services={services} types={types} scopes={scopes} onDone={onDone} isChosen={services.length === 1} />;
}

function Form({ services, types, scopes, onDone, isChosen }: { services: Service[]; types?: readonly CredentialType[]; scopes?: readonly string[]; onDone: (id: string) => void; isChosen: boolean }) {
  const [name, setName] = useState(isChosen ? (services[0]?.name ?? "") : "");
  const service = services.find((one) => one.name === name) ?? null;
  const options = [{ value: "", label: "Choose a service" }, ...services.map((one) => ({ value: one.name, label: one.title }))];
  return (
    <div className="flex flex-col gap-4">
      {isChosen && service ? (
        <p className="text-sm text-muted">For <strong className="text-text">{service.title}</strong></p>
      ) : (
        <SelectField label="Service" isRequired options={options} value={name} onChange={setName} />
      )}
      {service && <ServiceForm key={service.name} service={service} types={types} scopes={scopes} onDone={onDone} />}
    </div>
  );
}

function ServiceForm({ service, types, scopes, onDone }: { service: Service; types?: readonly CredentialType[]; scopes?: readonly string[]; onDone: (id: string) => void }) {
  const fitting = types && types.length > 0 ? service.types.filter((one) => types.includes(one)) : service.types;
  const choices = fitting.length > 0 ? fitting : [...(types ?? service.types)];
  // Signing in there is the easiest where it is set up; where it is not, something else goes first.
  const [type, setType] = useState<CredentialType>(() => (service.hasOAuth && choices.includes("OAUTH2") ? "OAUTH2" : (choices.find((one) => one !== "OAUTH2") ?? choices[0] ?? "API_KEY")));
  const [title, setTitle] = useState(service.name === "http" ? "" : service.title);
  const [isShared, setShared] = useState(false);
  const [typed, setTyped] = useState<Typed>(NOTHING_TYPED);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [create, { isBusy, problems }] = useChange(CreateCredentialDocument, { isQuiet: true });

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    const missing = missingIn(type, typed);
    if (title.trim() === "") missing.title = "Give it a name.";
    setErrors(missing);
    const secret = secretOf(type, typed);
    if (Object.keys(missing).length > 0 || !secret) return;
    try {
      const made = await create({ input: { provider: service.name, title: title.trim(), secret, isShared } });
      setTyped(NOTHING_TYPED);
      if (made.credential) onDone(made.credential.id);
    } catch {
      // `problems` says what was refused, at its field below.
    }
  };
  const refused = Object.fromEntries(problems.map((one) => [fieldOf(one.path) ?? "", one.message]));
  const shown = { ...refused, ...errors };

  return (
    <div className="flex flex-col gap-4">
      {choices.length > 1 && (
        <fieldset className="flex flex-wrap gap-x-5 gap-y-2">
          <legend className="mb-1.5 text-sm font-medium">How</legend>
          {choices.map((one) => (
            <label key={one} className="flex items-center gap-2 text-sm">
              <input type="radio" name={`how-${service.name}`} className="accent-accent" checked={type === one} onChange={() => setType(one)} />
              {TYPE_WORDS[one]}
            </label>
          ))}
        </fieldset>
      )}
      {type === "OAUTH2" ? (
        <GrantForm service={service} title={title} setTitle={setTitle} scopes={scopes} onDone={onDone} />
      ) : (
        <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4" noValidate aria-label="New credential">
          <TextField label="Name" isRequired value={title} error={shown.title} placeholder="How you will know it in lists" onChange={(event) => setTitle(event.target.value)} maxLength={200} />
          <SecretFields type={type} typed={typed} onChange={setTyped} errors={shown} ownHosts={service.hosts} />
          <Toggle label="Share with the organisation" help="Every member may use it then, and it cannot be made yours alone again." isOn={isShared} onChange={setShared} />
          {shown[""] && <p role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">{shown[""]}</p>}
          {shown.provider && <p role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">{shown.provider}</p>}
          <div className="flex justify-end">
            <Button type="submit" look="primary" isBusy={isBusy}>Save</Button>
          </div>
          <p className="text-xs text-muted">It is sealed when it is saved. It can be used and replaced, and nobody can read it again.</p>
        </form>
      )}
    </div>
  );
}

function GrantForm({ service, title, setTitle, scopes, onDone }: { service: Service; title: string; setTitle: (title: string) => void; scopes?: readonly string[]; onDone: (id: string) => void }) {
  const fixed = scopes ?? [];
  const offered = [...new Set([...fixed, ...service.scopes])];
  const [chosen, setChosen] = useState<string[]>([...fixed]);
  const [others, setOthers] = useState("");
  const { grant, stop, state, address, problems, isBusy } = useGrant(onDone);
  // No more than somebody wants: nothing is asked for that was not chosen.
  const wanted = [...new Set([...chosen, ...entriesOf(others)])];
  const isNothing = offered.length > 0 && wanted.length === 0;
  if (!service.hasOAuth) {
    return (
      <p className="rounded-md bg-warn-soft px-3 py-2 text-sm">
        Signing in at {service.title} is not set up on this installation. Whoever runs it adds the service to the file that <code>DRYSTONE_OAUTH_FILE</code> names, and starts the API again.
      </p>
    );
  }
  if (state !== "idle") return <GrantWait title={service.title} state={state} address={address} stop={stop} />;
  return (
    <div className="flex flex-col gap-4">
      <TextField label="Name" isRequired value={title} onChange={(event) => setTitle(event.target.value)} maxLength={200} />
      {offered.length > 0 && (
        <fieldset className="flex flex-col gap-1.5">
          <legend className="mb-1 text-sm font-medium">What it may do there</legend>
          {fixed.length === 0 && offered.length > 1 && (
            <div><Button isSmall onClick={() => setChosen(chosen.length === offered.length ? [] : offered)}>{chosen.length === offered.length ? "Choose none" : "Choose all"}</Button></div>
          )}
          {offered.map((one) => (
            <Checkbox key={one} label={<span className="break-all">{one}</span>} isOn={chosen.includes(one)} isDisabled={fixed.includes(one)} onChange={(isOn) => setChosen(isOn ? [...chosen, one] : chosen.filter((other) => other !== one))} />
          ))}
        </fieldset>
      )}
      <TextArea label="Other scopes" rows={2} spellCheck={false} value={others} onChange={(event) => setOthers(event.target.value)} help={`As ${service.title} names them, one a line. Most people leave this empty.`} />
      {problems.map((one) => (
        <p key={one.message} role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">{one.message} {one.remedy}</p>
      ))}
      <div className="flex justify-end">
        <Button look="primary" isBusy={isBusy} disabled={title.trim() === "" || isNothing} icon={<ExternalLink className="size-4" aria-hidden />} onClick={() => void grant({ provider: service.name, scopes: wanted, title: title.trim() })}>
          Sign in at {service.title}
        </Button>
      </div>
      {isNothing && <p className="text-xs text-muted">Choose what it may do first. Agents tell which they need.</p>}
      <p className="text-xs text-muted">A window opens at {service.title}. What you grant there becomes a credential of yours alone; you can share it afterwards.</p>
    </div>
  );
}
