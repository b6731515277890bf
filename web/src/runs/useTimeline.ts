/** Reads a run's executions page by page into columns; while the run goes on it reads again what was not over. */
import { useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { type Told, told } from "@/data/errors";
import { RunTimelineDocument } from "./run.generated";
import { type Columns, NO_COLUMNS, settledTo, withPage } from "./timeline";

const PAGE = 2_000;
/** Executions that a page keeps; of a run with more, these are its first. */
export const EXECUTIONS_MAX = 20_000;

export type Timeline = { columns: Columns; isComplete: boolean; /** Whether the run has more than are kept. */ isCut: boolean; errors: Told[] };

export function useTimeline(runId: string, createdAt: string | null, stamp: number): Timeline {
  const client = useClient();
  const [state, setState] = useState<Timeline & { runId: string }>({ runId, columns: NO_COLUMNS, isComplete: false, isCut: false, errors: [] });
  const kept = useRef<{ runId: string; columns: Columns }>({ runId, columns: NO_COLUMNS });
  useEffect(() => {
    if (!createdAt) return;
    if (kept.current.runId !== runId) kept.current = { runId, columns: NO_COLUMNS };
    let isLeft = false;
    const zero = new Date(createdAt).getTime();
    const read = async () => {
      let after = settledTo(kept.current.columns);
      let columns = kept.current.columns;
      for (let hasMore = true; hasMore && columns.executions.length < EXECUTIONS_MAX; ) {
        const answer = await client.query(RunTimelineDocument, { id: runId, first: PAGE, after }, { requestPolicy: "network-only" }).toPromise();
        if (isLeft) return;
        if (!answer.data) {
          setState((now) => ({ ...now, runId, errors: answer.error ? told(answer.error) : [] }));
          return;
        }
        const page = answer.data.run.timeline;
        columns = withPage(columns, page, after, zero);
        hasMore = page.hasNextPage;
        after = page.endExecution ?? after;
        kept.current = { runId, columns };
        const isCut = hasMore && columns.executions.length >= EXECUTIONS_MAX;
        setState({ runId, columns, isComplete: !hasMore || isCut, isCut, errors: [] });
      }
    };
    void read();
    return () => {
      isLeft = true;
    };
  }, [client, runId, createdAt, stamp]);
  return state.runId === runId ? state : { columns: NO_COLUMNS, isComplete: false, isCut: false, errors: [] };
}
