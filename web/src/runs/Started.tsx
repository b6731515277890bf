/** Who or what started a run, with a way there. */
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { RunHeadFragment } from "./run.generated";
import { triggerWord } from "./words";

export function Started({ run }: { run: RunHeadFragment }) {
  const who = run.createdBy ? run.createdBy.name || run.createdBy.email : null;
  if (run.parent) return <>Started by <Way to={`/runs/${run.parent.id}`}>a run of {run.parent.agentName}</Way> </>;
  if (run.continuedFrom) return <>Continues <Way to={`/runs/${run.continuedFrom.id}`}>another run</Way>{who && <>, started by {who}</>} </>;
  if (run.trigger === "manual" && who) return <>Started by {who} </>;
  return <><By run={run} />{who && <> for {who}</>} </>;
}

function By({ run: { trigger, cause, graph, signalKey } }: { run: RunHeadFragment }) {
  if (cause?.kind === "SCHEDULE") return <>Started by the schedule <Way to={`/library/${cause.graphId}?tab=schedules&schedule=${cause.id}`}>{cause.name}</Way></>;
  if (cause?.kind === "WEBHOOK") return <>Started by the webhook <Way to={`/library/${cause.graphId}?tab=triggers&webhook=${cause.id}`}>{cause.name}</Way></>;
  if (trigger === "schedule" || trigger === "webhook") return <>Started by a {trigger} that was deleted</>;
  if (trigger === "signal" && graph) return <>Started by <Way to={`/library/${graph.id}?tab=triggers`}>an event</Way>{signalKey && <> for “{signalKey}”</>}</>;
  return <>Started {triggerWord(trigger).toLowerCase()}</>;
}

function Way({ to, children }: { to: string; children: ReactNode }) {
  return <Link className="text-accent underline" to={to}>{children}</Link>;
}
