/** API keys: make one with the rights it needs, take it along once, end it. */
import { Plus } from "lucide-react";
import { useState } from "react";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { ago, moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useMay, useViewer } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Card } from "@/ui/Page";
import { Badge } from "@/ui/Status";
import { Empty, Failed, Loading } from "@/ui/states";
import { type Column, Table } from "@/ui/Table";
import { NewKeyDialog } from "./NewKeyDialog";
import { RevokeApiKeyDocument, SettingsKeysDocument, type SettingsKeyPartsFragment } from "./settings.generated";
import { wordsOf } from "./rights";

export function KeysSection() {
  const may = useMay();
  const viewer = useViewer();
  const [{ data, error }, again] = useQuery({ query: SettingsKeysDocument, pause: !may("keys:write") });
  const read = () => again({ requestPolicy: "network-only" });
  const [isNew, setNew] = useState(false);
  const [ending, setEnding] = useState<SettingsKeyPartsFragment | null>(null);
  const [revoke] = useChange(RevokeApiKeyDocument);
  const isOver = (one: SettingsKeyPartsFragment) => one.revokedAt != null || (one.expiresAt != null && new Date(one.expiresAt) < new Date());
  const columns: Column<SettingsKeyPartsFragment>[] = [
    { id: "name", header: "Name", className: "min-w-48", cell: (one) => <><span className="font-medium wrap-anywhere">{one.name}</span> <span className="block font-mono text-xs text-muted">{one.prefix}…</span></> },
    { id: "owner", header: "Whose", className: "whitespace-nowrap", cell: (one) => (one.owner ? (one.owner.id === viewer.id ? "Yours" : one.owner.name) : "Somebody who has left") },
    { id: "scopes", header: "May", cell: (one) => <span className="text-xs whitespace-nowrap" title={one.scopes.map(wordsOf).join(", ")}>{one.scopes.length === 1 ? wordsOf(one.scopes[0] ?? "") : `${one.scopes.length} rights`}</span> },
    { id: "used", header: "Last used", className: "whitespace-nowrap", cell: (one) => (one.lastUsedAt ? <span title={moment(one.lastUsedAt)}>{ago(one.lastUsedAt)}</span> : <span className="text-muted">Never</span>) },
    { id: "state", header: "State", cell: (one) => (one.revokedAt ? <Badge>Ended</Badge> : isOver(one) ? <Badge tone="warn">Expired</Badge> : <Badge tone="ok" title={one.expiresAt ? `Until ${moment(one.expiresAt)}` : "Without end"}>In force</Badge>) },
    { id: "end", header: "End it", isHeaderHidden: true, className: "text-right", cell: (one) => !isOver(one) && <Button isSmall look="danger" aria-label={`End ${one.name}`} onClick={() => setEnding(one)}>End</Button> },
  ];
  if (!may("keys:write")) return <Card title="API keys"><p className="text-sm text-muted">Your role makes no keys. An operator or above does; an administrator of your organisation can give you that role.</p></Card>;
  return (
    <Card title="API keys" actions={<Button isSmall look="primary" icon={<Plus className="size-4" aria-hidden />} onClick={() => setNew(true)}>New key</Button>}>
      <p className="mb-3 text-sm text-muted">For programs and for the command line. A key may do what you choose, and never more than your role.</p>
      {error && !data && <Failed errors={told(error)} retry={read} />}
      {!data && !error && <Loading />}
      {data && data.apiKeys.length === 0 && <Empty title="There are no API keys" text="Make one for a program that starts runs or reads what they gave." />}
      {data && data.apiKeys.length > 0 && <Table label="API keys" columns={columns} rows={data.apiKeys} keyOf={(one) => one.id} />}
      {isNew && <NewKeyDialog onClose={() => { setNew(false); read(); }} />}
      <Confirm isOpen={ending !== null} onClose={() => setEnding(null)} title={`End the key ${ending?.name ?? ""}?`} text="Programs that use it are refused from now on. It cannot be taken back." action="End it" act={async () => { if (ending) await revoke({ id: ending.id }); read(); }} />
    </Card>
  );
}
