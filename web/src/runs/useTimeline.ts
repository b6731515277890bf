/** Reads a run's executions page by page into columns; while the run goes on it reads again what was not over. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useClient } from "urql";
import { type Told, told } from "@/data/errors";
import type { State } from "@/data/schema.generated";
import { RunTimelineDocument } from "./run.generated";
import { type Columns, NO_COLUMNS, settledTo, upTo, withPage } from "./timeline";

const PAGE = 2_000;
/** Executions that a page keeps; of a run with more, these are its first. */
const EXECUTIONS_MAX = 20_000;

export type Timeline = { columns: Columns; isComplete: boolean; /** Whether the run has more than are kept. */ isCut: boolean; errors: Told[]; again: () => void };

/** Which executions are read: all, or of a node, or those that failed. */
export type Choice = { nodeId: string | null; isFailedOnly: boolean };
const ALL: Choice = { nodeId: null, isFailedOnly: false };
const NOTHING: Omit<Timeline, "again"> = { columns: NO_COLUMNS, isComplete: false, isCut: false, errors: [] };

/** Where `createdAt` is null nothing is read. */
export function useTimeline(runId: string, createdAt: string | null, stamp: number, { nodeId, isFailedOnly }: Choice = ALL): Timeline {
  const client = useClient();
  const of = `${runId} ${nodeId ?? ""} ${isFailedOnly}`;
  const [state, setState] = useState<Omit<Timeline, "again"> & { of: string }>({ of, ...NOTHING });
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((now) => now + 1), []);
  const kept = useRef<{ of: string; columns: Columns }>({ of, columns: NO_COLUMNS });
  useEffect(() => {
    if (!createdAt) return;
    if (kept.current.of !== of) kept.current = { of, columns: NO_COLUMNS };
    let isLeft = false;
    const zero = new Date(createdAt).getTime();
    const chosen = { nodeId, status: isFailedOnly ? (["FAILED"] as State[]) : null };
    const read = async () => {
      let after = settledTo(kept.current.columns);
      let columns = kept.current.columns;
      for (let hasMore = true; hasMore && upTo(columns.executions, after) < EXECUTIONS_MAX; ) {
        const answer = await client.query(RunTimelineDocument, { id: runId, first: PAGE, after, ...chosen }, { requestPolicy: "network-only" }).toPromise();
        if (isLeft) return;
        if (!answer.data) {
          setState((now) => ({ ...now, of, errors: answer.error ? told(answer.error) : [] }));
          return;
        }
        const page = answer.data.run.timeline;
        columns = withPage(columns, page, after, zero);
        hasMore = page.hasNextPage;
        after = page.endExecution ?? after;
        kept.current = { of, columns };
        const isCut = hasMore && columns.executions.length >= EXECUTIONS_MAX;
        setState({ of, columns, isComplete: !hasMore || isCut, isCut, errors: [] });
      }
    };
    void read();
    return () => {
      isLeft = true;
    };
  }, [client, runId, of, nodeId, isFailedOnly, createdAt, stamp, turn]);
  return useMemo(() => ({ ...(state.of === of ? state : NOTHING), again }), [state, of, again]);
}
