/** Who did what, the newest first, and whether nothing of it was changed afterwards. */
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { moment } from "@/data/times";
import { useConnection } from "@/data/useConnection";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Page";
import { Badge, type Tone } from "@/ui/Status";
import { Empty, Failed, Loading } from "@/ui/states";
import { type Column, More, Table } from "@/ui/Table";
import { SettingsAuditDocument, type SettingsAuditQuery, SettingsAuditWholeDocument } from "./settings.generated";

type Entry = SettingsAuditQuery["auditLog"]["nodes"][number];

const OUTCOMES: Record<string, { word: string; tone: Tone }> = {
  ALLOWED: { word: "Done", tone: "ok" },
  DENIED: { word: "Not allowed", tone: "danger" },
  REFUSED: { word: "Refused", tone: "warn" },
};

const columns: Column<Entry>[] = [
  { id: "at", header: "When", className: "whitespace-nowrap", cell: (one) => moment(one.at) },
  { id: "who", header: "Who", className: "min-w-24 wrap-anywhere", cell: (one) => <>{one.actor?.name ?? "Somebody who has left"}{one.keyId && <span className="block text-xs text-muted">by an API key</span>}</> },
  { id: "what", header: "What", cell: (one) => <span className="font-mono text-xs whitespace-nowrap">{one.operation}</span> },
  { id: "outcome", header: "Outcome", cell: (one) => { const { word, tone } = OUTCOMES[one.outcome] ?? { word: one.outcome, tone: "neutral" as const }; return <span className="flex flex-wrap items-center gap-1"><Badge tone={tone}>{word}</Badge>{one.code && <span className="font-mono text-xs text-muted">{one.code}</span>}</span>; } },
  { id: "object", header: "About", cell: (one) => <span className="block max-w-24 truncate font-mono text-xs text-muted" title={one.objectId ?? ""}>{one.objectId ?? ""}</span> },
  { id: "from", header: "From", cell: (one) => <span className="font-mono text-xs" title={`Request ${one.requestId}`}>{one.ip ?? ""}</span> },
];

export function AuditSection() {
  const list = useConnection(SettingsAuditDocument, {}, (data) => data.auditLog, { size: 50 });
  return (
    <Card title="Audit log" actions={<Whole />}>
      <p className="mb-3 text-sm text-muted">Every change that somebody made or tried. Each line carries a mark of the one before it, so a line that was changed or taken out shows.</p>
      <Failed errors={list.errors} retry={list.refresh} />
      {list.isFirst && list.errors.length === 0 && <Loading />}
      {!list.isFirst && list.items.length === 0 && <Empty title="Nothing was done yet" text="What members change from now on stands here." />}
      {list.items.length > 0 && <Table label="Audit log" columns={columns} rows={list.items} keyOf={(one) => one.id} />}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
    </Card>
  );
}

/** It reads the whole log, so it is asked for by hand. */
function Whole() {
  const [{ data, error, fetching }, check] = useQuery({ query: SettingsAuditWholeDocument, pause: true });
  return (
    <span role="status" className="flex flex-wrap items-center gap-2 text-sm">
      {error && <span className="text-danger">{told(error)[0]?.message}</span>}
      {data && (data.isAuditLogWhole
        ? <span className="flex items-center gap-1 text-ok"><ShieldCheck className="size-4" aria-hidden /> The log is whole</span>
        : <span className="flex items-center gap-1 text-danger"><ShieldAlert className="size-4" aria-hidden /> A line was changed or taken out. Compare with a backup of the database.</span>)}
      <Button isSmall isBusy={fetching} onClick={() => check({ requestPolicy: "network-only" })}>Check that it is whole</Button>
    </span>
  );
}
