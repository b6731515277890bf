/** Lists page by page: what was read stays, `more` reads the next page behind its cursor, and a change reads all anew. */
import { useCallback, useEffect, useRef, useState } from "react";
import { type TypedDocumentNode, useClient } from "urql";
import { type Told, told } from "./errors";

export type Page<Item> = {
  nodes: Item[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
  totalCount?: number | null;
};

export type Connection<Item> = {
  items: Item[];
  total: number | null;
  hasMore: boolean;
  isLoading: boolean;
  /** Whether the first page was never there yet. */
  isFirst: boolean;
  errors: Told[];
  more: () => void;
  /** Read again as many as are shown; what is there stays until then. */
  refresh: () => void;
  /** Change what is shown, as a live event says. */
  patch: (change: (items: Item[]) => Item[]) => void;
};

/** Read a list. `pick` finds the connection in the answer; `variables` beside `first` and `after` make another list. */
export function useConnection<Data, Variables extends { first?: unknown; after?: unknown }, Item>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Omit<Variables, "first" | "after">,
  pick: (data: Data) => Page<Item> | null | undefined,
  { size = 50, isPaused = false }: { size?: number; isPaused?: boolean } = {},
): Connection<Item> {
  const client = useClient();
  const key = JSON.stringify(variables);
  const [state, setState] = useState<{ key: string; items: Item[]; cursor: string | null; hasMore: boolean; total: number | null }>(
    { key: "", items: [], cursor: null, hasMore: false, total: null },
  );
  const [errors, setErrors] = useState<Told[]>([]);
  const [isLoading, setLoading] = useState(!isPaused);
  // The number of the newest request: what an older one answers is late, and dropped.
  const turn = useRef(0);
  const picked = useRef(pick);
  picked.current = pick;
  const shown = state.key === key ? state : null;

  const read = useCallback(
    async (after: string | null, first: number, before: Item[]) => {
      const mine = ++turn.current;
      setLoading(true);
      const asked = { ...JSON.parse(key), first, after } as unknown as Variables & Record<string, unknown>;
      const answer = await client.query(document, asked as never, { requestPolicy: "network-only" }).toPromise();
      if (mine !== turn.current) return;
      setLoading(false);
      setErrors(answer.error ? told(answer.error) : []);
      const page = answer.data ? picked.current(answer.data) : null;
      if (!page) return;
      setState({
        key,
        items: [...before, ...page.nodes],
        cursor: page.pageInfo.endCursor ?? null,
        hasMore: page.pageInfo.hasNextPage,
        total: page.totalCount ?? null,
      });
    },
    [client, document, key],
  );

  useEffect(() => {
    if (!isPaused) void read(null, size, []);
  }, [read, size, isPaused]);

  const more = useCallback(() => {
    if (shown?.hasMore && !isLoading) void read(shown.cursor, size, shown.items);
  }, [shown, isLoading, read, size]);
  const refresh = useCallback(() => {
    void read(null, Math.min(Math.max(size, shown?.items.length ?? 0), 100), []);
  }, [read, size, shown]);
  const patch = useCallback((change: (items: Item[]) => Item[]) => {
    setState((now) => ({ ...now, items: change(now.items) }));
  }, []);
  return {
    items: shown?.items ?? [],
    total: shown?.total ?? null,
    hasMore: shown?.hasMore ?? false,
    isLoading,
    isFirst: shown === null,
    errors,
    more,
    refresh,
    patch,
  };
}
