/** The organisations that one is in: switch, rename the one that one is in now, make another. */
import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useQuery } from "urql";
import { ROLE_WORDS } from "@/approvals/words";
import { told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import { useAccount } from "@/shell/account";
import { useMay, useViewer } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/fields";
import { Card } from "@/ui/Page";
import { Badge } from "@/ui/Status";
import { Failed, Loading } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { CreateOrganisationDocument, RenameOrganisationDocument, SettingsOrganisationsDocument } from "./settings.generated";

export function OrganisationsSection() {
  const viewer = useViewer();
  const may = useMay();
  const { enter } = useAccount();
  const [{ data, error }, again] = useQuery({ query: SettingsOrganisationsDocument });
  const read = () => again({ requestPolicy: "network-only" });
  return (
    <>
      <Card title="Your organisations">
        {error && !data && <Failed errors={told(error)} retry={read} />}
        {!data && !error && <Loading />}
        <ul className="flex flex-col gap-1">
          {data?.viewer.organisations.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-2 rounded-md px-2 py-1.5 text-sm odd:bg-page">
              <span className="min-w-0 flex-1 font-medium break-words">{one.name}</span>
              <span className="text-muted">{ROLE_WORDS[one.role]}</span>
              {one.id === viewer.organisation.id ? <Badge tone="ok">You are here</Badge> : <Button isSmall aria-label={`Switch to ${one.name}`} onClick={() => void enter(one.id)}>Switch</Button>}
            </li>
          ))}
        </ul>
      </Card>
      {may("organisation:write") && <Rename name={viewer.organisation.name} onDone={read} />}
      <Create enter={enter} />
    </>
  );
}

function Rename({ name, onDone }: { name: string; onDone: () => void }) {
  const [typed, setTyped] = useState(name);
  const [rename, { isBusy, problems }] = useChange(RenameOrganisationDocument, { isQuiet: true });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const done = await rename({ input: { name: typed.trim() } }).catch(() => null);
    if (!done) return;
    notify({ kind: "ok", title: "The organisation has its new name." });
    onDone();
  };
  return (
    <Card title="Rename this organisation">
      <form onSubmit={(event) => void submit(event)} className="flex max-w-md items-end gap-2" aria-label="Rename">
        <div className="flex-1"><TextField label="Name" value={typed} maxLength={200} error={problems[0]?.message} onChange={(event) => setTyped(event.target.value)} /></div>
        <Button type="submit" isBusy={isBusy} disabled={typed.trim() === "" || typed.trim() === name} title={typed.trim() === name ? "Nothing was changed." : undefined}>Rename</Button>
      </form>
    </Card>
  );
}

function Create({ enter }: { enter: (id: string) => Promise<void> }) {
  const [name, setName] = useState("");
  const [create, { isBusy, problems }] = useChange(CreateOrganisationDocument, { isQuiet: true });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const made = await create({ input: { name: name.trim() } }).catch(() => null);
    if (made?.organisation) await enter(made.organisation.id);
  };
  return (
    <Card title="Make another organisation">
      <form onSubmit={(event) => void submit(event)} className="flex max-w-md items-start gap-2" aria-label="New organisation">
        <div className="flex-1"><TextField label="Name" value={name} maxLength={200} error={problems[0]?.message} onChange={(event) => setName(event.target.value)} help="It has agents, runs and credentials of its own, and you are its owner." /></div>
        <Button type="submit" className="mt-6" icon={<Plus className="size-4" aria-hidden />} isBusy={isBusy} disabled={name.trim() === ""} title={name.trim() === "" ? "Give it a name first." : undefined}>Make and enter it</Button>
      </form>
    </Card>
  );
}
