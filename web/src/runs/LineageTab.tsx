/** Where a run comes from and what came of it: what started it, what it continues, what continues it, and what it started. */
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { ago, between, moment } from "@/data/times";
import { useConnection } from "@/data/useConnection";
import { versionWord } from "@/run/source";
import { Card } from "@/ui/Page";
import { Failed, Loading } from "@/ui/states";
import { StateBadge } from "@/ui/Status";
import { More } from "@/ui/Table";
import { RunChildrenDocument, type RunHeadFragment, RunLineageDocument, type RunRelativeFragment } from "./run.generated";
import { useStamped } from "./useStamped";
import { continuationWords, triggerWord } from "./words";

export function LineageTab({ run, stamp, titles }: { run: RunHeadFragment; stamp: number; titles: ReadonlyMap<string, string> }) {
  const { data, errors, again } = useStamped(RunLineageDocument, { id: run.id }, stamp);
  const children = useConnection(RunChildrenDocument, { id: run.id }, (found) => found.run.children, { size: 25 });
  const { refresh } = children;
  const [first] = useState(stamp);
  useEffect(() => {
    if (stamp !== first) refresh();
    // Read again when the run was, and not when the list's own state changes.
  }, [stamp]);
  if (errors.length > 0) return <Failed errors={errors} retry={again} />;
  if (!data) return <Loading text="Reading the lineage" />;
  const { parent, continuedFrom, continuation, continuations } = data.run;
  const titleOf = (nodeId: string) => titles.get(nodeId) ?? nodeId;
  return (
    <div className="mx-auto flex w-full max-w-4xl flex-col gap-3 py-3">
      <Card title="Started by">
        {parent ? <Relative run={parent} /> : <p className="text-sm text-muted">{triggerWord(run.trigger)}{run.createdBy && `, ${run.createdBy.name || run.createdBy.email}`}, {moment(run.createdAt)}. Its trace is <code className="font-mono text-xs break-all">{run.traceId}</code>.</p>}
      </Card>
      <Card title="Continues">
        {continuedFrom ? <Relative run={continuedFrom} /> : <p className="text-sm text-muted">{continuation ? "A run that was deleted." : "Nothing: it began anew."}</p>}
        {continuation != null && <p className="mt-1 text-sm text-muted">{continuationWords(continuation, titleOf)}</p>}
      </Card>
      <Card title="Continued by">
        {continuations.length === 0 ? <p className="text-sm text-muted">No run continues this one.</p> : <ul className="flex flex-col gap-2">{continuations.map((one) => <li key={one.id}><Relative run={one} note={one.continuation != null ? continuationWords(one.continuation, titleOf) : undefined} /></li>)}</ul>}
      </Card>
      <Card title="Runs that its nodes started">
        <Failed errors={children.errors} retry={children.refresh} />
        {children.isFirst && children.errors.length === 0 ? <Loading /> : children.items.length === 0 ? <p className="text-sm text-muted">None. A node that runs another agent starts one.</p> : <ul className="flex flex-col gap-2">{children.items.map((one) => <li key={one.id}><Relative run={one} /></li>)}</ul>}
        <More hasMore={children.hasMore} isLoading={children.isLoading} more={children.more} />
      </Card>
    </div>
  );
}

function Relative({ run, note }: { run: RunRelativeFragment; note?: string }) {
  return (
    <div className="flex flex-wrap items-center gap-2 text-sm">
      <StateBadge state={run.status} />
      <Link className="font-medium text-accent underline" to={`/runs/${run.id}`}>{run.agentName}</Link>
      <span className="text-muted">{versionWord(run.graphVersion).toLowerCase()}, <span title={moment(run.createdAt)}>{ago(run.createdAt)}</span>{run.startedAt && `, took ${between(run.startedAt, run.endedAt)}`}</span>
      {note && <span className="w-full text-muted">{note}</span>}
    </div>
  );
}
