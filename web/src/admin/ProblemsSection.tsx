/** Runs that stand still although nothing ended or halted them, each with what Temporal says of it. */
import { CircleCheck } from "lucide-react";
import { Link } from "react-router";
import { ago, moment } from "@/data/times";
import { useConnection } from "@/data/useConnection";
import { useEvery } from "@/data/useEvery";
import { StateBadge } from "@/ui/Status";
import { Empty, Failed, Loading } from "@/ui/states";
import { type Column, More, Table } from "@/ui/Table";
import { AdminProblemsDocument, type AdminProblemsQuery } from "./admin.generated";

type Run = AdminProblemsQuery["runs"]["nodes"][number];

const PROBLEMS: Record<string, string> = {
  WORKFLOW_TASK_FAILS: "Mend or go back to the workers' version that it began with; it goes on by itself then.",
  LOST: "Rows of it are missing since the database was set back. Continue it as a new run.",
};

const columns: Column<Run>[] = [
  { id: "run", header: "Run", cell: (one) => <Link className="font-medium text-accent underline" to={`/runs/${encodeURIComponent(one.id)}`}>{one.agentName}</Link> },
  { id: "state", header: "State", cell: (one) => <StateBadge state={one.status} /> },
  {
    id: "problem",
    header: "What is wrong",
    cell: (one) => one.problem && (
      <div className="max-w-xl min-w-64">
        <p className="break-words">{one.problem.message}</p>
        <p className="text-muted">{PROBLEMS[one.problem.code] ?? ""}</p>
        {one.problem.cause && <details className="text-xs"><summary className="cursor-pointer text-muted">What Temporal says</summary><pre className="mt-1 max-h-40 overflow-auto rounded bg-sunken p-2 whitespace-pre-wrap">{one.problem.cause}</pre></details>}
      </div>
    ),
  },
  { id: "since", header: "Since", className: "whitespace-nowrap", cell: (one) => one.problem && <span title={moment(one.problem.since)}>{ago(one.problem.since)}</span> },
  { id: "temporal", header: "Temporal", cell: (one) => one.temporalUrl && /^https?:/.test(one.temporalUrl) && <a className="text-accent underline" href={one.temporalUrl} target="_blank" rel="noopener noreferrer nofollow">Open there</a> },
];

export function ProblemsSection() {
  const list = useConnection(AdminProblemsDocument, {}, (data) => data.runs, { size: 30 });
  useEvery(15_000, list.refresh);
  return (
    <div className="flex flex-col gap-3">
      <Failed errors={list.errors} retry={list.refresh} />
      {list.isFirst && list.errors.length === 0 && <Loading />}
      {!list.isFirst && list.items.length === 0 && <Empty icon={<CircleCheck className="size-8 text-ok" />} title="No run is stuck" text="A run that stands still although nothing halted it stands here, with the reason. The runs are those of your organisation." />}
      {list.items.length > 0 && <Table label="Stuck runs" columns={columns} rows={list.items} keyOf={(one) => one.id} />}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
    </div>
  );
}
