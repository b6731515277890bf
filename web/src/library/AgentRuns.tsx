/** The runs of one agent, the newest first; it looks again while one of them goes on. */
import { ListVideo } from "lucide-react";
import { useEffect } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import type { State } from "@/data/schema.generated";
import { ago, between, moment } from "@/data/times";
import { useConnection } from "@/data/useConnection";
import { isDraft } from "@/run/source";
import { triggerWord } from "@/runs/words";
import { Button, LinkButton } from "@/ui/Button";
import { SelectField } from "@/ui/fields";
import { Empty, Failed, Loading } from "@/ui/states";
import { isOver, StateBadge, STATES } from "@/ui/Status";
import { type Column, More, Table } from "@/ui/Table";
import { LibraryAgentRunsDocument, type LibraryAgentRunsQuery } from "./agent.generated";

type Row = LibraryAgentRunsQuery["runs"]["nodes"][number];
const LOOK_AGAIN_MS = 3_000;

const COLUMNS: Column<Row>[] = [
  { id: "status", header: "State", cell: (run) => <StateBadge state={run.status} /> },
  { id: "started", header: "Started", className: "whitespace-nowrap", cell: (run) => <Link className="underline-offset-2 hover:underline" to={`/runs/${run.id}`} title={moment(run.createdAt)}>{ago(run.createdAt)}</Link> },
  { id: "took", header: "Took", className: "text-right whitespace-nowrap tabular-nums", cell: (run) => between(run.startedAt, run.endedAt) },
  { id: "version", header: "Version", className: "text-right tabular-nums", cell: (run) => (isDraft(run.graphVersion) ? "Draft" : run.graphVersion) },
  { id: "by", header: "How", cell: (run) => <span>{triggerWord(run.trigger)}{run.createdBy ? `, ${run.createdBy.name}` : ""}</span> },
  { id: "error", header: "Why it failed", className: "max-w-72", cell: (run) => <span className="line-clamp-2 text-xs break-words text-danger">{run.error?.message}</span> },
];

export function AgentRuns({ agentId, onRun }: { agentId: string; onRun?: () => void }) {
  const navigate = useNavigate();
  const [address, setAddress] = useSearchParams();
  const state = address.get("status");
  const list = useConnection(LibraryAgentRunsDocument, { graphId: agentId, status: state && state in STATES ? [state as State] : null }, (data) => data.runs);
  const { refresh } = list;
  const isLive = list.items.some((run) => !isOver(run.status));
  useEffect(() => {
    if (!isLive) return;
    const timer = setInterval(() => document.visibilityState === "visible" && refresh(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isLive, refresh]);

  if (list.errors.length > 0) return <Failed errors={list.errors} retry={refresh} />;
  if (list.isFirst) return <Loading text="Reading the runs" />;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-end gap-2">
        <div className="w-52"><SelectField label="State" options={[{ value: "", label: "Any" }, ...Object.entries(STATES).map(([value, look]) => ({ value, label: look.word }))]} value={state ?? ""} onChange={(value) => setAddress(value ? { status: value } : {}, { replace: true })} /></div>
        <LinkButton to={`/runs?agent=${agentId}`} className="ml-auto">All filters</LinkButton>
      </div>
      {list.items.length === 0 ? (
        <Empty icon={<ListVideo className="size-6" />} title={state ? "No run fits" : "It has not run yet"} text={state ? "Choose another state." : "A run is kept with all that it did; it goes on whatever is killed meanwhile."}>
          {!state && onRun && <Button look="primary" onClick={onRun}>Run it</Button>}
        </Empty>
      ) : (
        <Table label="Runs of this agent" columns={COLUMNS} rows={list.items} keyOf={(run) => run.id} onRow={(run) => void navigate(`/runs/${run.id}`)} />
      )}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
    </div>
  );
}
