/** What models used and cost, the limits that all runs of the organisation begin with, and what blocks say they cost. */
import { ChartColumn } from "lucide-react";
import { useSearchParams } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { Button } from "@/ui/Button";
import { SelectField } from "@/ui/fields";
import { Card, Page } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { BlockCosts } from "./BlockCosts";
import { LimitsCard } from "./LimitsCard";
import { barsOf, type Day, dollars, type Measure, MEASURES, RANGES, totalOf } from "./usage";
import { UsageByDayDocument } from "./usage.generated";
import { UsageChart } from "./UsageChart";
import { figure, UsageTables } from "./UsageTables";

export function Component() {
  const [search, setSearch] = useSearchParams();
  const days = Number(RANGES.find((one) => one.value === search.get("days"))?.value ?? "30");
  const measure: Measure = MEASURES.find((one) => one.id === search.get("by"))?.id ?? "cost";
  const [{ data, error }, again] = useQuery({ query: UsageByDayDocument, variables: { days } });
  const set = (name: string, value: string) => setSearch((now) => { const next = new URLSearchParams(now); next.set(name, value); return next; }, { replace: true });
  return (
    <Page title="Usage" subtitle="What language models used, as their providers count it. Drystone charges nothing for runs.">
      <div className="flex flex-col gap-4">
        <Card
          title="Language models"
          actions={
            <div className="flex flex-wrap items-center gap-2">
              <div role="group" aria-label="What the chart shows" className="flex gap-1">
                {MEASURES.map((one) => <Button key={one.id} isSmall look={one.id === measure ? "primary" : "plain"} aria-pressed={one.id === measure} onClick={() => set("by", one.id)}>{one.label}</Button>)}
              </div>
              <div className="w-32"><SelectField label="How far back" isLabelHidden options={RANGES} value={String(days)} onChange={(value) => set("days", value)} /></div>
            </div>
          }
        >
          {error && !data && <Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} />}
          {!data && !error && <Loading />}
          {data && data.llmUsageByDay.length === 0 && <Empty icon={<ChartColumn className="size-8" />} title="No model was asked in this time" text="Each call of a run counts here: its tokens, and its cost where the price is known." />}
          {data && data.llmUsageByDay.length > 0 && <Usage days={data.llmUsageByDay} count={days} measure={measure} />}
        </Card>
        <LimitsCard />
        <BlockCosts />
      </div>
    </Page>
  );
}

function Usage({ days, count, measure }: { days: Day[]; count: number; measure: Measure }) {
  const total = totalOf(days);
  const bars = barsOf(days, count, measure, Date.now());
  const word = MEASURES.find((one) => one.id === measure)?.label ?? "";
  return (
    <div className="flex flex-col gap-4">
      <dl className="flex flex-wrap gap-x-8 gap-y-2">
        <Total term="Cost" value={dollars(total.costMicroUsd)} />
        <Total term="Calls" value={figure(total.calls)} />
        <Total term="Tokens read" value={figure(total.inputTokens)} />
        <Total term="Tokens written" value={figure(total.outputTokens)} />
      </dl>
      {total.unpricedCalls > 0 && <p className="rounded-md bg-warn-soft px-3 py-2 text-sm">{figure(total.unpricedCalls)} {total.unpricedCalls === 1 ? "call is" : "calls are"} not in the cost: the price of the model is not known here.</p>}
      <UsageChart bars={bars} measure={measure} label={`${word} by day, of the last ${count} days`} />
      <UsageTables days={days} count={count} />
      <p className="text-xs text-muted">Days are those of UTC. Runs that were deleted are not counted. The answers of the demo cost nothing. An agent's figures have those of the agents that it runs in them; schedules and webhooks run in the name of a person.</p>
    </div>
  );
}

const Total = ({ term, value }: { term: string; value: string }) => (
  <div><dt className="text-xs text-muted">{term}</dt><dd className="text-lg font-semibold tabular-nums">{value}</dd></div>
);
