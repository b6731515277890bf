/** The last runs of the open agent: one of them can be shown on the canvas. */
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { ago, moment } from "@/data/times";
import { versionWord } from "@/run/source";
import { triggerWord } from "@/runs/words";
import { LinkButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { StateBadge } from "@/ui/Status";
import { Empty, Failed, Loading } from "@/ui/states";
import { BuildRecentRunsDocument } from "./run.generated";

export function RecentRuns({ agentId, onClose, onChoose }: { agentId: string; onClose: () => void; onChoose: (runId: string) => void }) {
  const [{ data, error }, again] = useQuery({ query: BuildRecentRunsDocument, variables: { id: agentId }, requestPolicy: "network-only" });
  return (
    <Dialog isOpen onClose={onClose} title="Show an earlier run" description="Its states, values and errors stand on the nodes and links." footer={<LinkButton to={`/library/${agentId}?tab=runs`}>All runs of this agent</LinkButton>}>
      {error && <Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} />}
      {!data && !error && <Loading />}
      {data && data.runs.nodes.length === 0 && <Empty title="It has not run yet" text="Run it, and its runs are here." />}
      <ul className="flex flex-col gap-1">
        {data?.runs.nodes.map((run) => (
          <li key={run.id}>
            <button type="button" className="flex w-full items-center gap-3 rounded-lg border border-line px-3 py-2 text-left text-sm hover:bg-sunken" onClick={() => onChoose(run.id)}>
              <StateBadge state={run.status} />
              <span className="min-w-0 flex-1 truncate" title={moment(run.createdAt)}>{ago(run.createdAt)}</span>
              <span className="text-xs text-muted">{versionWord(run.graphVersion)}, {triggerWord(run.trigger).toLowerCase()}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
