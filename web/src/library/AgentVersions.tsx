/** The published versions of an agent: which one runs, and what each changed. */
import { Link } from "react-router";
import { useState } from "react";
import { ago, moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useConnection } from "@/data/useConnection";
import { useMay } from "@/shell/viewer";
import { Button, LinkButton } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Empty, Failed, Loading } from "@/ui/states";
import { Badge } from "@/ui/Status";
import { More } from "@/ui/Table";
import { LibraryActivateDocument, LibraryAgentVersionsDocument } from "./agent.generated";

export function AgentVersions({ agent, onChange }: { agent: { id: string }; onChange: () => void }) {
  const canWrite = useMay()("graphs:write");
  const [wanted, setWanted] = useState<number | null>(null);
  const [activate] = useChange(LibraryActivateDocument);
  const list = useConnection(LibraryAgentVersionsDocument, { id: agent.id }, (data) => data.graph?.versions, { size: 20 });
  if (list.errors.length > 0) return <Failed errors={list.errors} retry={list.refresh} />;
  if (list.isFirst) return <Loading text="Reading the versions" />;
  if (list.items.length === 0) {
    return (
      <Empty title="It was never published" text="A version never changes. What runs, runs the version that it began with.">
        <LinkButton look="primary" to={`/build/${agent.id}`}>Open it and publish it</LinkButton>
      </Empty>
    );
  }
  return (
    <>
      <ol aria-label="Versions" className="rounded-xl border border-line bg-surface">
        {list.items.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-3 last:border-0">
            <div className="min-w-56 flex-1">
              <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
                Version {one.number}{one.name ? `: ${one.name}` : ""}
                {one.isActive && <Badge tone="ok">This one runs</Badge>}
              </p>
              {one.notes && <p className="text-sm break-words whitespace-pre-line text-muted">{one.notes}</p>}
              <p className="text-xs text-muted" title={moment(one.createdAt)}>
                {ago(one.createdAt)}{one.publishedBy ? `, by ${one.publishedBy.name}` : ""}, {one.nodesCount} {one.nodesCount === 1 ? "node" : "nodes"}
              </p>
            </div>
            <Link className="text-sm underline" to={`/build/${agent.id}?version=${one.number}`} aria-label={`What it changed: version ${one.number}`}>What it changed</Link>
            {!one.isActive && canWrite && <Button isSmall onClick={() => setWanted(one.number)} aria-label={`Let it run: version ${one.number}`}>Let it run</Button>}
          </li>
        ))}
      </ol>
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      <Confirm
        isOpen={wanted !== null}
        onClose={() => setWanted(null)}
        title={`Let version ${wanted ?? ""} run?`}
        text="New runs take this version, those of schedules and triggers included, unless they are pinned to another one. The draft stays as it is, and runs that go on keep theirs."
        action="Let it run"
        isDangerous={false}
        act={async () => {
          if (wanted === null) return;
          await activate({ input: { graphId: agent.id, number: wanted } });
          list.refresh();
          onChange();
        }}
      />
    </>
  );
}
