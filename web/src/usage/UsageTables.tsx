/** The figures by what one wants to know them by: models, agents, people, days. What is shown can be taken along as CSV. */
import { Download } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { save } from "@/library/download";
import { Button } from "@/ui/Button";
import { Failed, Loading } from "@/ui/states";
import { type Column, Table } from "@/ui/Table";
import { csvOf } from "./csv";
import { byModel, type Day, dollars, type ModelUse } from "./usage";
import { UsageOfDocument, type UsageOfQuery } from "./usage-of.generated";

type Used = { calls: number; inputTokens: number; outputTokens: number; costMicroUsd?: number | null };
type Shown<Row> = { label: string; rows: Row[]; keyOf: (row: Row) => string; names: { header: string; text: (row: Row) => string; cell?: (row: Row) => React.ReactNode }[]; usageOf: (row: Row) => Used };

const GROUPS = [
  { id: "model", label: "By model" },
  { id: "agent", label: "By agent" },
  { id: "person", label: "By person" },
  { id: "day", label: "By day" },
] as const;

export const figure = (value: number): string => Math.round(value).toLocaleString();

export function UsageTables({ days, count }: { days: Day[]; count: number }) {
  const [search, setSearch] = useSearchParams();
  const group = GROUPS.find((one) => one.id === search.get("group"))?.id ?? "model";
  const set = (id: string) =>
    setSearch((now) => {
      const next = new URLSearchParams(now);
      next.set("group", id);
      return next;
    }, { replace: true });
  const isRead = group === "agent" || group === "person";
  const [{ data, error }, again] = useQuery({ query: UsageOfDocument, variables: { days: count }, pause: !isRead, requestPolicy: "cache-and-network" });
  return (
    <section aria-label="Usage in tables" className="flex flex-col gap-2">
      <div role="group" aria-label="What the table tells apart" className="flex flex-wrap gap-1">
        {GROUPS.map((one) => <Button key={one.id} isSmall look={one.id === group ? "primary" : "plain"} aria-pressed={one.id === group} onClick={() => set(one.id)}>{one.label}</Button>)}
      </div>
      {isRead && error && !data && <Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} />}
      {isRead && !data && !error && <Loading text="Adding up" />}
      {group === "model" && <Shown {...models(days)} />}
      {group === "day" && <Shown {...daily(days)} />}
      {group === "agent" && data && <Shown {...agents(data)} />}
      {group === "person" && data && <Shown {...people(data)} />}
    </section>
  );
}

function Shown<Row>({ label, rows, keyOf, names, usageOf }: Shown<Row>) {
  const columns: Column<Row>[] = [
    ...names.map((name): Column<Row> => ({ id: name.header, header: name.header, cell: (row) => name.cell?.(row) ?? <span className="break-all">{name.text(row)}</span> })),
    { id: "calls", header: "Calls", className: RIGHT, cell: (row) => figure(usageOf(row).calls) },
    { id: "in", header: "Tokens read", className: RIGHT, cell: (row) => figure(usageOf(row).inputTokens) },
    { id: "out", header: "Tokens written", className: RIGHT, cell: (row) => figure(usageOf(row).outputTokens) },
    { id: "cost", header: "Cost", className: RIGHT, cell: (row) => dollars(usageOf(row).costMicroUsd) },
  ];
  const take = () => {
    const header = [...names.map((name) => name.header), "Calls", "Tokens read", "Tokens written", "Cost in dollars"];
    const lines = rows.map((row) => {
      const { calls, inputTokens, outputTokens, costMicroUsd } = usageOf(row);
      return [...names.map((name) => name.text(row)), calls, inputTokens, outputTokens, costMicroUsd == null ? "" : costMicroUsd / 1_000_000];
    });
    save(`${label.toLowerCase().replaceAll(" ", "-")}.csv`, csvOf([header, ...lines]), "text/csv");
  };
  return (
    <>
      <Table label={label} columns={columns} rows={rows} keyOf={keyOf} />
      <div><Button isSmall icon={<Download className="size-4" aria-hidden />} onClick={take}>Download as CSV</Button></div>
    </>
  );
}

const RIGHT = "text-right tabular-nums";
const providerName = (one: ModelUse): string => (one.provider === "demo" ? "Demo, made here" : one.provider);

const models = (days: Day[]): Shown<ModelUse> => ({
  label: "Usage by model",
  rows: byModel(days),
  keyOf: (one) => `${one.provider} ${one.model}`,
  names: [{ header: "Model", text: (one) => one.model }, { header: "Provider", text: providerName }],
  usageOf: (one) => one,
});

const daily = (days: Day[]): Shown<Day> => ({
  label: "Usage by day",
  rows: [...days].reverse(),
  keyOf: (one) => one.day,
  names: [{ header: "Day", text: (one) => one.day }],
  usageOf: (one) => one.usage,
});

const agents = (data: UsageOfQuery): Shown<UsageOfQuery["llmUsageByAgent"][number]> => ({
  label: "Usage by agent",
  rows: data.llmUsageByAgent,
  keyOf: (one) => one.graphId,
  names: [{ header: "Agent", text: (one) => one.name, cell: (one) => <Link className="break-words underline" to={`/library/${one.graphId}`}>{one.name}</Link> }],
  usageOf: (one) => one.usage,
});

const people = (data: UsageOfQuery): Shown<UsageOfQuery["llmUsageByPerson"][number]> => ({
  label: "Usage by person",
  rows: data.llmUsageByPerson,
  keyOf: (one) => one.person?.id ?? "",
  names: [{ header: "Who began the run", text: (one) => one.person?.name ?? "Nobody, or somebody who has left" }],
  usageOf: (one) => one.usage,
});
