/** What a run was told while it ran, what became of that, and when it did not go on. */
import { useEffect, useState } from "react";
import { ago, between, moment } from "@/data/times";
import { useConnection } from "@/data/useConnection";
import { Card } from "@/ui/Page";
import { Failed, Loading } from "@/ui/states";
import { Badge, type Tone } from "@/ui/Status";
import { type Column, More, Table } from "@/ui/Table";
import { type RunHeadFragment, RunOrdersDocument, type RunOrdersQuery, RunPastHaltsDocument } from "./run.generated";
import { useStamped } from "./useStamped";

type Order = RunOrdersQuery["run"]["orders"]["nodes"][number];

const WORDS: Record<string, string> = { pause: "Pause", resume: "Resume", limits: "Raise a limit", event: "An event", answer: "An answer to an approval", retry: "Try a node again", skip: "Skip a node", edit: "Change a node’s inputs", fail: "Let a node fail" };
const OUTCOMES: Record<string, { word: string; tone: Tone }> = { APPLIED: { word: "Done", tone: "ok" }, KEPT: { word: "Kept for later", tone: "info" }, REFUSED: { word: "Refused", tone: "danger" } };
const SOURCES: Record<string, string> = { api: "", link: "by a link", webhook: "by a webhook", temporal: "by Temporal", system: "by Drystone itself" };

const COLUMNS: Column<Order>[] = [
  { id: "word", header: "What", cell: (one) => <span className="font-medium">{WORDS[one.word] ?? one.word}</span> },
  { id: "detail", header: "With", className: "max-w-72", cell: (one) => <span className="text-xs break-words text-muted">{detailOf(one.detail)}</span> },
  { id: "who", header: "Who", cell: (one) => [one.createdBy ? one.createdBy.name || one.createdBy.email : "", SOURCES[one.source] ?? one.source].filter(Boolean).join(" ") },
  { id: "at", header: "When", cell: (one) => <span title={moment(one.createdAt)}>{ago(one.createdAt)}</span> },
  {
    id: "outcome",
    header: "What became of it",
    cell: (one) => {
      const outcome = one.outcome ? OUTCOMES[one.outcome] : null;
      return <span className="flex flex-wrap items-center gap-1.5"><Badge tone={outcome?.tone ?? "neutral"}>{outcome?.word ?? "Not taken yet"}</Badge>{one.reason && <span className="text-xs text-muted">{one.reason}</span>}</span>;
    },
  },
];

function detailOf(detail: unknown): string {
  if (typeof detail !== "object" || detail === null) return detail == null ? "" : String(detail);
  return Object.entries(detail).filter(([, value]) => value !== null && value !== "").map(([key, value]) => `${key.replaceAll("_", " ")}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`).join(", ");
}

export function OrdersTab({ run, stamp }: { run: RunHeadFragment; stamp: number }) {
  const list = useConnection(RunOrdersDocument, { id: run.id }, (data) => data.run.orders);
  const halts = useStamped(RunPastHaltsDocument, { id: run.id }, stamp);
  const { refresh } = list;
  const [first] = useState(stamp);
  useEffect(() => {
    if (stamp !== first) refresh();
    // Read again when the run was, and not when the list's own state changes.
  }, [stamp]);
  const past = halts.data?.run.halts ?? [];
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-3 py-3">
      <Card title="What it was told">
        <Failed errors={list.errors} retry={list.refresh} />
        {list.isFirst && list.errors.length === 0 ? <Loading text="Reading the orders" /> : list.items.length === 0 ? <p className="text-sm text-muted">Nothing. Pauses, raised limits, events and decisions stand here.</p> : <Table label="Orders" columns={COLUMNS} rows={list.items} keyOf={(one) => String(one.number)} />}
        <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      </Card>
      <Card title="When it did not go on">
        <Failed errors={halts.errors} retry={halts.again} />
        {halts.data && past.length === 0 && <p className="text-sm text-muted">It went on all the time.</p>}
        <ul className="flex flex-col gap-2 text-sm">
          {past.map((one) => (
            <li key={one.number} className="break-words">
              <span className="font-medium">{one.title ?? "The whole run"}:</span> {one.message}{" "}
              <span className="text-muted">
                <span title={moment(one.since)}>{ago(one.since)}</span>{one.setBy && ` by ${one.setBy.name}`}, {one.clearedAt ? `for ${between(one.since, one.clearedAt)}` : "still"}{one.answer && `, ended by “${WORDS[one.answer] ?? one.answer}”`}{one.clearedBy && ` of ${one.clearedBy.name}`}
              </span>
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}
