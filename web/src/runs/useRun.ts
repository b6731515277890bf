/** A run as its page shows it: read once, and read again whenever something happened in it. */
import { useEffect, useMemo, useRef } from "react";
import { useQuery } from "urql";
import { type Told, told } from "@/data/errors";
import { type LiveRun, useLiveRun } from "@/run/liveRun";
import { isOver } from "@/ui/Status";
import { RunNodesDocument, type RunNodePartsFragment, RunPageDocument, type RunHeadFragment } from "./run.generated";

export type RunView = {
  run: RunHeadFragment | null;
  live: LiveRun;
  errors: Told[];
  isOver: boolean;
  /** Another number each time that something happened. */
  stamp: number;
  refresh: () => void;
};

export function useRun(id: string): RunView {
  const live = useLiveRun(id);
  const [{ data, error }, again] = useQuery({ query: RunPageDocument, variables: { id } });
  const run = data?.run.id === id ? data.run : null;
  const stamp = useStamp(live);
  const isDone = useRef(false);
  isDone.current = run !== null && isOver(run.status);
  useEffect(() => {
    if (stamp > 0 && !isDone.current) again({ requestPolicy: "network-only" });
  }, [stamp, again]);
  const refresh = () => {
    again({ requestPolicy: "network-only" });
    live.refresh();
  };
  return { run, live, errors: error && !run ? told(error) : [], isOver: isDone.current, stamp, refresh };
}

/** Counts how often a run was read again because of what happened in it. */
function useStamp(live: LiveRun): number {
  const counted = useRef({ run: live.run, count: 0 });
  if (counted.current.run !== live.run) counted.current = { run: live.run, count: counted.current.count + 1 };
  return counted.current.count;
}

const NONE: RunNodePartsFragment[] = [];

/** Counting the executions of a run reads them all: of a large one, seldom. */
const LARGE = 10_000;
const LARGE_MS = 15_000;

/** The nodes of a run, now (`at` is null) or at a moment; what was shown stays until others are there. */
export function useRunNodes(id: string, at: string | null, stamp: number, executions: number): { nodes: RunNodePartsFragment[]; isThere: boolean } {
  const [{ data }, again] = useQuery({ query: RunNodesDocument, variables: { id, at } });
  const read = useRef({ stamp, at: Date.now() });
  useEffect(() => {
    if (stamp === read.current.stamp || at !== null) return;
    const wait = executions < LARGE ? 0 : Math.max(0, read.current.at + LARGE_MS - Date.now());
    const timer = setTimeout(() => {
      read.current = { stamp, at: Date.now() };
      again({ requestPolicy: "network-only" });
    }, wait);
    return () => clearTimeout(timer);
  }, [stamp, again, at, executions]);
  const nodes = data?.run.id === id ? data.run.nodes : null;
  return useMemo(() => ({ nodes: nodes ?? NONE, isThere: nodes !== null }), [nodes]);
}
