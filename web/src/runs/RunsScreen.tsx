/** All runs: a list with filters that stand in its address, kept up to date by what happens, and actions on many at once. */
import { ArrowDownWideNarrow, ArrowUpNarrowWide, ListVideo } from "lucide-react";
import { useMemo, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { ago, between, moment } from "@/data/times";
import { useConnection } from "@/data/useConnection";
import { useNow } from "@/data/useNow";
import { versionWord } from "@/run/source";
import { IconButton, LinkButton } from "@/ui/Button";
import { Checkbox, Toggle } from "@/ui/fields";
import { Page } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { Badge, isOver, StateBadge } from "@/ui/Status";
import { type Column, More, Table } from "@/ui/Table";
import { BulkBar } from "./BulkBar";
import { FilterBar } from "./FilterBar";
import { type Filters, isFiltered, readFilters, variablesOf, writeFilters } from "./filters";
import { SavedViews } from "./SavedViews";
import { RunsListDocument, type RunsRowFragment } from "./runs.generated";
import { useLiveList } from "./useLiveList";
import { count, money, triggerWord } from "./words";

const TICK_MS = 1_000;

export function Component() {
  const [address, setAddress] = useSearchParams();
  const filters = readFilters(address);
  const isLive = address.get("live") !== "off";
  const [opened] = useState(() => Date.now());
  const list = useConnection(RunsListDocument, variablesOf(filters, opened), (data) => data.runs);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  useLiveList(isLive, list.refresh);
  const rows = useMemo(() => list.items.filter((row) => chosen.has(row.id)), [list.items, chosen]);
  const change = (next: Filters) => {
    setChosen(new Set());
    setAddress(writeFilters(next, address));
  };
  const live = (isOn: boolean) => {
    const next = new URLSearchParams(address);
    if (isOn) next.delete("live");
    else next.set("live", "off");
    setAddress(next, { replace: true });
    if (isOn) list.refresh();
  };
  return (
    <Page title="Runs" isWide subtitle="Every run is kept, with all that it did." actions={<Toggle label="Live" isOn={isLive} onChange={live} />}>
      <SavedViews filters={filters} onChange={change} />
      <div className="mb-3 flex items-start gap-2">
        <div className="min-w-0 flex-1"><FilterBar filters={filters} onChange={change} /></div>
        <IconButton
          label={filters.isOldestFirst ? "The oldest first: show the newest first" : "The newest first: show the oldest first"}
          icon={filters.isOldestFirst ? <ArrowUpNarrowWide className="size-4" aria-hidden /> : <ArrowDownWideNarrow className="size-4" aria-hidden />}
          onClick={() => change({ ...filters, isOldestFirst: !filters.isOldestFirst })}
        />
      </div>
      <Failed errors={list.errors} retry={list.refresh} />
      {list.isFirst ? (
        list.errors.length === 0 && <Loading text="Reading the runs" />
      ) : list.items.length === 0 ? (
        <NoRuns isFiltered={isFiltered(filters)} clear={() => setAddress({})} />
      ) : (
        <RunsTable rows={list.items} chosen={chosen} setChosen={setChosen} />
      )}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      <BulkBar rows={rows} clear={() => setChosen(new Set())} onDone={() => list.refresh()} />
    </Page>
  );
}

function NoRuns({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  if (isFiltered) {
    return (
      <Empty icon={<ListVideo className="size-8" />} title="No run fits these filters" text="Take some away, or look at a longer time.">
        <button type="button" className="text-accent underline" onClick={clear}>Show all runs</button>
      </Empty>
    );
  }
  return (
    <Empty icon={<ListVideo className="size-8" />} title="Nothing has run yet" text="Run an agent, and it shows here at once: what it does, what it gives and what it costs.">
      <LinkButton look="primary" to="/library">Choose an agent</LinkButton>
    </Empty>
  );
}

function RunsTable({ rows, chosen, setChosen }: { rows: RunsRowFragment[]; chosen: ReadonlySet<string>; setChosen: (chosen: ReadonlySet<string>) => void }) {
  const navigate = useNavigate();
  const now = useNow(TICK_MS, rows.some((row) => !isOver(row.status)));
  const here = rows.filter((row) => chosen.has(row.id)).length;
  const columns: Column<RunsRowFragment>[] = [
    {
      id: "choose",
      className: "w-8",
      header: <Checkbox label="Choose all that are shown" isLabelHidden isOn={here === 0 ? false : here === rows.length ? true : "indeterminate"} onChange={(isOn) => setChosen(isOn ? new Set(rows.map((row) => row.id)) : new Set())} />,
      cell: (row) => (
        <Checkbox
          label={`Choose the run of ${row.agentName}, ${moment(row.createdAt)}`}
          isLabelHidden
          isOn={chosen.has(row.id)}
          onChange={(isOn) => {
            const next = new Set(chosen);
            if (isOn) next.add(row.id);
            else next.delete(row.id);
            setChosen(next);
          }}
        />
      ),
    },
    { id: "state", header: "State", cell: (row) => <StateBadge state={row.status} /> },
    {
      id: "agent",
      header: "Agent",
      className: "min-w-48",
      cell: (row) => (
        <div className="min-w-0">
          <Link to={`/runs/${row.id}`} className="font-medium underline-offset-2 hover:underline">{row.agentName}</Link>
          <span className="ml-1.5 text-xs whitespace-nowrap text-muted">{versionWord(row.graphVersion).toLowerCase()}</span>
        </div>
      ),
    },
    { id: "why", header: "What is wrong", className: "max-w-80", cell: (row) => <Wrong row={row} /> },
    { id: "started", header: "Started", cell: (row) => <span className="whitespace-nowrap" title={moment(row.createdAt)}>{ago(row.createdAt, now)}</span> },
    { id: "took", header: "Took", className: "text-right tabular-nums", cell: (row) => <span className="whitespace-nowrap">{between(row.startedAt, row.endedAt, now)}</span> },
    { id: "cost", header: "Cost", className: "text-right", cell: (row) => <Cost row={row} /> },
    { id: "how", header: "How", className: "min-w-36", cell: (row) => <span className="text-muted">{triggerWord(row.trigger)}{row.createdBy ? `, ${row.createdBy.name || row.createdBy.email}` : ""}</span> },
  ];
  return <Table label="Runs" columns={columns} rows={rows} keyOf={(row) => row.id} onRow={(row) => void navigate(`/runs/${row.id}`)} isChosen={(row) => chosen.has(row.id)} />;
}

/** What language models cost; what has no known price is in no sum. */
function Cost({ row: { llmUsage } }: { row: RunsRowFragment }) {
  if (llmUsage.calls === 0) return <span className="text-muted" title="No language model was called">$0</span>;
  const isMore = llmUsage.unpricedCalls > 0;
  return <span className="whitespace-nowrap tabular-nums" title={isMore ? `The price of ${count(llmUsage.unpricedCalls, "call is", "calls is")} not known` : undefined}>{money(llmUsage.costMicroUsd)}{isMore && " or more"}</span>;
}

function Wrong({ row }: { row: RunsRowFragment }) {
  if (row.problem) return <span title={row.problem.message}><Badge tone="danger">Stands still</Badge></span>;
  const stats = row.stats as { node_error_count?: number; first_error?: { title?: string; message?: string } | null } | null;
  const first = stats?.first_error;
  if (row.status === "TERMINATED") return <span className="line-clamp-2 text-xs break-words text-muted">{row.error?.message}</span>;
  if (row.error && row.status !== "COMPLETED") return <span className="line-clamp-2 text-xs break-words text-danger">{first?.message ? `${first.title ?? "A node"}: ${first.message}` : row.error.message}</span>;
  if (row.waitingReason) return <span className="line-clamp-2 text-xs text-muted">{row.waitingReason}</span>;
  const failed = stats?.node_error_count ?? 0;
  return failed > 0 ? <span className="text-xs text-warn">{failed === 1 ? "One node failed on the way" : `${failed} nodes failed on the way`}</span> : null;
}
