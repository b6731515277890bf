/** Which queues no worker serves, asked for where a run shows no sign of going on: so that it can be said why. */
import { useEffect, useMemo, useState } from "react";
import { useQuery } from "urql";
import type { State } from "@/data/schema.generated";
import type { LiveRun } from "@/run/liveRun";
import { useMay } from "@/shell/viewer";
import { type RunHeadFragment, RunQueuesDocument } from "./run.generated";

/** So long a worker may take. */
const QUIETLY_MS = 5_000;
const AGAIN_MS = 10_000;
const OPEN: State[] = ["RUNNING", "REVIEW", "PAUSED", "QUEUED"];

/** Whether nothing in it runs or waits for something that is known: then it waits for a worker, or is about to go on. */
export function isQuiet(run: Pick<RunHeadFragment, "status" | "waitingReason" | "halts" | "waits">, nodes: LiveRun["nodes"]): boolean {
  if (run.status === "QUEUED") return !run.waitingReason;
  if (run.status !== "RUNNING" || run.halts.length > 0 || run.waits.length > 0) return false;
  return [...nodes.values()].every((node) => OPEN.every((state) => !node.counts[state]));
}

/** Null: it goes on, or this person may not see the queues. */
export function useIdleQueues(run: RunHeadFragment, live: LiveRun): string[] | null {
  const may = useMay()("fleet:read");
  const quiet = isQuiet(run, live.nodes);
  const [isLong, setLong] = useState(false);
  const isAsked = quiet && isLong && may;
  const [{ data }, again] = useQuery({ query: RunQueuesDocument, pause: !isAsked, requestPolicy: "network-only" });
  useEffect(() => {
    setLong(false);
    if (!quiet) return;
    const timer = setTimeout(() => setLong(true), QUIETLY_MS);
    return () => clearTimeout(timer);
  }, [quiet]);
  useEffect(() => {
    if (!isAsked) return;
    const timer = setInterval(() => again({ requestPolicy: "network-only" }), AGAIN_MS);
    return () => clearInterval(timer);
  }, [isAsked, again]);
  return useMemo(() => (isAsked ? (data?.fleet.queues?.filter((queue) => queue.pollers.length === 0).map((queue) => queue.name) ?? null) : null), [isAsked, data]);
}
