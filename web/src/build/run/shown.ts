/** Which run the editor shows, and on which version: both stand in the address, so that a reload and a link keep them. */
import { useCallback } from "react";
import { useSearchParams } from "react-router";

export type ShownRun = {
  runId: string | null;
  /** The version whose document is shown, read-only, in place of the draft; 0: the draft as the run has it. */
  version: number | null;
  show: (runId: string | null, version?: number | null) => void;
};

export function useShownRun(): ShownRun {
  const [search, setSearch] = useSearchParams();
  const show = useCallback(
    (runId: string | null, version: number | null = null) =>
      setSearch(() => {
        // Not the router's: it is a drawing behind where something else has just changed the address.
        const next = new URLSearchParams(location.search);
        for (const name of ["run", "version", "start", "preset"]) next.delete(name);
        if (runId !== null) next.set("run", runId);
        if (runId !== null && version !== null) next.set("version", String(version));
        return next;
      }),
    [setSearch],
  );
  const version = Number(search.get("version") ?? NaN);
  return { runId: search.get("run"), version: Number.isInteger(version) && version >= 0 ? version : null, show };
}
