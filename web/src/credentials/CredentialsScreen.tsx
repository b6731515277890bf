/** The credentials that one may use: find, make, share, replace, connect again, delete. A secret is never shown, for nobody can read it again. */
import { KeyRound, MoreHorizontal, Pencil, Plus, RefreshCw, Share2, Trash2, Workflow } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useQuery } from "urql";
import type { CredentialType } from "@/data/schema.generated";
import { ago, moment } from "@/data/times";
import { useConnection } from "@/data/useConnection";
import { useMay, useViewer } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { SelectField, TextField } from "@/ui/fields";
import { Menu, type MenuItem } from "@/ui/Menu";
import { Page } from "@/ui/Page";
import { Badge } from "@/ui/Status";
import { Empty, Failed, Loading } from "@/ui/states";
import { type Column, More, Table } from "@/ui/Table";
import { notify } from "@/ui/toasts";
import { CredentialForm } from "./CredentialForm";
import { ChangeDialog, type Change } from "./ChangeDialog";
import { type CredentialPartsFragment, CredentialListDocument, CredentialProvidersDocument } from "./credentials.generated";
import { serviceNamed, servicesOf, TYPE_NAMES } from "./providers";
import { named, stateOf } from "./state";
import { usesInShort } from "./uses";
import { CredentialUseCountsDocument } from "./uses.generated";

const TYPES = Object.entries(TYPE_NAMES).map(([value, label]) => ({ value, label }));

export function Component() {
  const may = useMay();
  const [search, setSearch] = useSearchParams();
  const [isNew, setNew] = useState(false);
  const [change, setChange] = useState<Change | null>(null);
  const typed = search.get("q") ?? "";
  const provider = search.get("provider");
  const type = TYPES.some((one) => one.value === search.get("type")) ? (search.get("type") as CredentialType) : null;
  const [{ data, error }] = useQuery({ query: CredentialProvidersDocument, pause: !may("credentials:read") });
  const services = servicesOf(data);
  // A name of ours would be put in place of a service's own a moment later.
  const titleOf = (name: string) => (data || error ? serviceNamed(services, name).title : "");
  const list = useConnection(CredentialListDocument, { provider, type }, (answer) => answer.credentials, { size: 100, isPaused: !may("credentials:read") });
  const counts = useConnection(CredentialUseCountsDocument, { provider, type }, (answer) => answer.credentials, { size: 100, isPaused: !may("credentials:read") });
  const usesOf = new Map(counts.items.map((one) => [one.id, usesInShort(one.uses)]));
  const refresh = () => {
    list.refresh();
    counts.refresh();
  };
  const shown = named(list.items, typed, titleOf);
  const set = (name: string, value: string) =>
    setSearch((now) => {
      const next = new URLSearchParams(now);
      value ? next.set(name, value) : next.delete(name);
      return next;
    }, { replace: true });
  const made = () => {
    setNew(false);
    notify({ kind: "ok", title: "The credential is saved." });
    refresh();
  };
  const isNarrowed = typed !== "" || provider !== null || type !== null;
  const add = <Button look="primary" icon={<Plus className="size-4" aria-hidden />} disabled={!may("credentials:write")} onClick={() => setNew(true)}>New credential</Button>;

  if (!may("credentials:read")) {
    return <Page title="Credentials"><Empty icon={<KeyRound className="size-8" />} title="Your role does not use credentials" text="An operator or above does. Ask an administrator of your organisation." /></Page>;
  }
  return (
    <Page title="Credentials" subtitle="Keys and granted access that nodes use. They can be used and replaced, and never be read." actions={add}>
      <div className="mb-3 flex flex-wrap items-end gap-2">
        <div className="w-64 max-w-full"><TextField label="Search" isLabelHidden placeholder="Search by name or service" type="search" value={typed} onChange={(event) => set("q", event.target.value)} /></div>
        <div className="w-52"><SelectField label="Service" isLabelHidden value={provider ?? ""} onChange={(value) => set("provider", value)} options={[{ value: "", label: "All services" }, ...services.map((one) => ({ value: one.name, label: one.title }))]} /></div>
        <div className="w-48"><SelectField label="Type" isLabelHidden value={type ?? ""} onChange={(value) => set("type", value)} options={[{ value: "", label: "All types" }, ...TYPES]} /></div>
      </div>
      <Failed errors={list.errors} retry={list.refresh} />
      {list.isFirst && list.errors.length === 0 && <Loading />}
      {!list.isFirst && list.items.length === 0 && !isNarrowed && (
        <Empty icon={<KeyRound className="size-8" />} title="There are no credentials yet" text="Agents that call a service or a model need one for it. The demo agents need none.">
          {may("credentials:write") && add}
        </Empty>
      )}
      {!list.isFirst && shown.length === 0 && isNarrowed && (
        <Empty title="No credential is like that" text="Change what you search for, or make one.">
          <Button onClick={() => setSearch({}, { replace: true })}>Show all</Button>
        </Empty>
      )}
      {shown.length > 0 && <List items={shown} titleOf={titleOf} usesOf={usesOf} setChange={setChange} />}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={() => { list.more(); counts.more(); }} />
      <Dialog isOpen={isNew} onClose={() => setNew(false)} title="New credential">
        <CredentialForm onDone={made} />
      </Dialog>
      {change && <ChangeDialog {...change} service={serviceNamed(services, change.credential.provider, [change.credential.type])} onClose={() => setChange(null)} onDone={() => { setChange(null); refresh(); }} />}
    </Page>
  );
}

function List({ items, titleOf, usesOf, setChange }: { items: CredentialPartsFragment[]; titleOf: (provider: string) => string; usesOf: Map<string, string>; setChange: (change: Change) => void }) {
  const may = useMay();
  const viewer = useViewer();
  const columns: Column<CredentialPartsFragment>[] = [
    {
      id: "name",
      header: "Name",
      className: "min-w-48",
      cell: (one) => (
        <div className="min-w-0">
          <span className="font-medium wrap-anywhere">{one.title}</span>
          {one.last4 && <span className="ml-2 font-mono text-xs whitespace-nowrap text-muted">…{one.last4}</span>}
          {(one.hosts.length > 0 || one.scopes.length > 0) && <span className="block max-w-72 truncate text-xs text-muted" title={[...one.hosts, ...one.scopes].join(", ")}>{[...one.hosts, ...one.scopes].join(", ")}</span>}
        </div>
      ),
    },
    { id: "service", header: "Service", className: "whitespace-nowrap", cell: (one) => (one.provider === "http" ? "Web addresses" : titleOf(one.provider)) },
    { id: "type", header: "Type", className: "whitespace-nowrap", cell: (one) => TYPE_NAMES[one.type] },
    {
      id: "state",
      header: "State",
      cell: (one) => {
        const state = stateOf(one);
        return (
          <span className="flex flex-wrap items-center gap-2">
            <Badge tone={state.tone} title={state.text}>{state.word}</Badge>
            {state.isBroken && may("credentials:write") && (
              <Button isSmall onClick={() => setChange({ kind: one.type === "OAUTH2" ? "connect" : "secret", credential: one })}>{one.type === "OAUTH2" ? "Connect again" : "Replace it"}</Button>
            )}
          </span>
        );
      },
    },
    { id: "whose", header: "Who may use it", className: "whitespace-nowrap", cell: (one) => (one.isShared ? "The organisation" : one.owner && one.owner.id !== viewer.id && one.owner.name !== viewer.name ? one.owner.name : "You alone") },
    {
      id: "uses",
      header: "Used by",
      cell: (one) => {
        const words = usesOf.get(one.id);
        if (words === undefined) return null;
        if (words === "") return <span className="text-muted">Nothing</span>;
        return <button type="button" className="text-left text-accent underline" onClick={() => setChange({ kind: "uses", credential: one })} aria-label={`${words}: what uses ${one.title}`}>{words}</button>;
      },
    },
    { id: "used", header: "Last used", className: "whitespace-nowrap", cell: (one) => (one.usedAt ? <span title={moment(one.usedAt)}>{ago(one.usedAt)}</span> : <span className="text-muted">Never</span>) },
    { id: "menu", header: "What to do with it", isHeaderHidden: true, className: "w-10 text-right", cell: (one) => may("credentials:write") && <Actions credential={one} setChange={setChange} /> },
  ];
  return <Table label="Credentials" columns={columns} rows={items} keyOf={(one) => one.id} />;
}

function Actions({ credential, setChange }: { credential: CredentialPartsFragment; setChange: (change: Change) => void }) {
  const ask = (kind: Change["kind"]) => () => setChange({ kind, credential });
  const items: MenuItem[] = [
    { label: "Rename", icon: <Pencil className="size-4" />, act: ask("rename") },
    credential.type === "OAUTH2"
      ? { label: "Connect again", icon: <RefreshCw className="size-4" />, act: ask("connect") }
      : { label: "Replace the secret", icon: <RefreshCw className="size-4" />, act: ask("secret") },
    { label: "What uses it", icon: <Workflow className="size-4" />, act: ask("uses") },
    ...(credential.isShared ? [] : [{ label: "Share with the organisation", icon: <Share2 className="size-4" />, act: ask("share") }]),
    "separator",
    { label: "Delete", icon: <Trash2 className="size-4" />, isDangerous: true, act: ask("delete") },
  ];
  return (
    <Menu items={items}>
      <button type="button" aria-label={`What to do with ${credential.title}`} className="inline-flex size-8 items-center justify-center rounded-md hover:bg-sunken">
        <MoreHorizontal className="size-4" aria-hidden />
      </button>
    </Menu>
  );
}
