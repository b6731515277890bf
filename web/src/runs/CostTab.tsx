/** What a run used: calls of language models by model, and its limits. */
import { Coins } from "lucide-react";
import { duration } from "@/data/times";
import { Card } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { type Column, Table } from "@/ui/Table";
import { RunCostDocument, type RunCostQuery, type RunHeadFragment } from "./run.generated";
import { useStamped } from "./useStamped";
import { count, money } from "./words";

type Model = RunCostQuery["run"]["llmUsage"]["byModel"][number];

const COLUMNS: Column<Model>[] = [
  { id: "model", header: "Model", cell: (one) => <><span className="font-medium">{one.model}</span> <span className="text-muted">{one.provider === "demo" ? "made here, nobody was asked" : one.provider}</span></> },
  { id: "calls", header: "Calls", className: "text-right", cell: (one) => one.calls.toLocaleString() },
  { id: "in", header: "Tokens in", className: "text-right", cell: (one) => one.inputTokens.toLocaleString() },
  { id: "out", header: "Tokens out", className: "text-right", cell: (one) => one.outputTokens.toLocaleString() },
  { id: "cost", header: "Cost", className: "text-right", cell: (one) => (one.costMicroUsd == null ? <span className="text-muted">not known</span> : money(one.costMicroUsd)) },
];

export function CostTab({ run, stamp }: { run: RunHeadFragment; stamp: number; titles: ReadonlyMap<string, string> }) {
  const { data, errors, again } = useStamped(RunCostDocument, { id: run.id }, stamp);
  if (errors.length > 0) return <Failed errors={errors} retry={again} />;
  if (!data) return <Loading text="Reading what it cost" />;
  const usage = data.run.llmUsage;
  const { effective, usedExecutions, usedWallSeconds } = run.limits;
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-3 py-3">
      {usage.calls === 0 ? (
        <Empty icon={<Coins className="size-6" />} title="No language model was called" text="What this run took over from another counts there, and costs nothing here." />
      ) : (
        <Card title={`Language models: ${money(usage.costMicroUsd)}${usage.unpricedCalls > 0 ? " or more" : ""}`}>
          <Table label="Cost by model" columns={COLUMNS} rows={usage.byModel} keyOf={(one) => `${one.provider} ${one.model}`} />
          <p className="mt-2 text-sm text-muted">
            {count(usage.calls, "call")}, {(usage.inputTokens + usage.outputTokens).toLocaleString()} tokens. A call counts once, however often its node was tried.
            {usage.unpricedCalls > 0 && ` The price of ${count(usage.unpricedCalls, "call is", "calls is")} not known.`}
          </p>
        </Card>
      )}
      <Card title="What it used of its limits">
        <dl className="flex flex-col gap-3 text-sm">
          <Used name="Node executions" used={usedExecutions} most={effective.executionsMax ?? null} words={(value) => value.toLocaleString()} />
          <Used name="Time" used={usedWallSeconds} most={effective.wallSecondsMax ?? null} words={(value) => duration(value * 1_000)} />
        </dl>
      </Card>
    </div>
  );
}

function Used({ name, used, most, words }: { name: string; used: number; most: number | null; words: (value: number) => string }) {
  return (
    <div>
      <dt className="font-medium">{name}</dt>
      <dd>
        <span className="text-muted">{words(used)}{most === null ? ", not limited" : ` of ${words(most)}`}</span>
        {most !== null && <span className="mt-1 block h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden><span className={`block h-full ${used >= most ? "bg-danger" : "bg-accent"}`} style={{ width: `${Math.min(100, (used / most) * 100)}%` }} /></span>}
      </dd>
    </div>
  );
}
