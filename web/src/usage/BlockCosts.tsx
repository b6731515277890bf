/** What blocks say that they cost, in credits. They are not charged here: the figures help to compare agents. */
import { useState } from "react";
import { useQuery } from "urql";
import { type BlockCost, useCatalogue } from "@/blocks/blocks";
import { costWords } from "@/market/needs";
import { TextField } from "@/ui/fields";
import { Card } from "@/ui/Page";
import { Failed, Loading } from "@/ui/states";
import { type Column, Table } from "@/ui/Table";
import { UsageProviderCostsDocument } from "./usage.generated";

type Priced = { id: string; name: string; costs: BlockCost[] };

const COSTS_SHOWN_MAX = 4;
const ROWS_SHOWN_MAX = 200;

function inWords(cost: BlockCost): string {
  const conditions = Object.entries(cost.filter ?? {}).map(([name, value]) => `${name} is ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return costWords(cost) + (conditions.length > 0 ? `, where ${conditions.join(" and ")}` : "");
}

const columns: Column<Priced>[] = [
  { id: "name", header: "Block or service", cell: (one) => <span className="font-medium">{one.name}</span> },
  {
    id: "costs",
    header: "Credits",
    cell: (one) => (
      <ul className="flex flex-col gap-0.5">
        {one.costs.slice(0, COSTS_SHOWN_MAX).map((cost, index) => <li key={index} className="break-words">{inWords(cost)}</li>)}
        {one.costs.length > COSTS_SHOWN_MAX && <li className="text-muted">and {one.costs.length - COSTS_SHOWN_MAX} more</li>}
      </ul>
    ),
  },
];

export function BlockCosts() {
  const { blocks, isComplete, errors } = useCatalogue();
  const [{ data }] = useQuery({ query: UsageProviderCostsDocument });
  const [typed, setTyped] = useState("");
  const own = [...blocks.values()].filter((one) => one.isInstalled && one.costs.length > 0).map((one): Priced => ({ id: one.uuid, name: one.name.replace(/Block$/, "").replace(/([a-z0-9])([A-Z])/g, "$1 $2"), costs: one.costs }));
  const services = (data?.providers ?? []).filter((one) => one.costs.length > 0).map((one): Priced => ({ id: one.name, name: `Other blocks of ${one.title}`, costs: one.costs as BlockCost[] }));
  const priced = [...own, ...services].sort((a, b) => a.name.localeCompare(b.name));
  const shown = priced.filter((one) => one.name.toLowerCase().includes(typed.trim().toLowerCase())).slice(0, ROWS_SHOWN_MAX);
  const isThere = isComplete && data !== undefined;
  return (
    <Card title="What blocks declare to cost">
      <p className="mb-3 text-sm text-muted">In credits, of which 100 stand for a dollar. Nothing is charged on this installation. What a service asks for its key is between you and the service.</p>
      <Failed errors={errors} />
      {!isThere && errors.length === 0 && <Loading text="Reading the blocks" />}
      {isThere && priced.length === 0 && <p className="text-sm">No block here declares a cost.</p>}
      {isThere && priced.length > 0 && (
        <details>
          <summary className="cursor-pointer text-sm text-accent">Show {priced.length}</summary>
          <div className="mt-2 flex flex-col gap-2">
            <div className="w-64 max-w-full"><TextField label="Search blocks" isLabelHidden type="search" placeholder="Search blocks" value={typed} onChange={(event) => setTyped(event.target.value)} /></div>
            {shown.length > 0 ? <Table label="Costs of blocks" columns={columns} rows={shown} keyOf={(one) => one.id} /> : <p className="text-sm text-muted">No block has that name.</p>}
          </div>
        </details>
      )}
    </Card>
  );
}
