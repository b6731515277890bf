/** Fetches a value that is kept apart, when it is wanted; what was fetched stays as long as the page does, up to a limit. */
import { useCallback, useEffect, useState } from "react";
import { problemOf } from "@/data/session";
import { pathOf, type ShownValue } from "./kinds";

/** Bytes up to which a value is fetched without being asked for, and beyond which no page shows one. */
export const UNASKED_BYTES_MAX = 128 * 1024;
export const SHOWN_BYTES_MAX = 20 * 1024 * 1024;
const KEPT_MAX = 100;
const kept = new Map<string, Promise<unknown>>();

export function fetchJson(path: string): Promise<unknown> {
  let found = kept.get(path);
  if (!found) {
    found = fetch(path).then(async (answer) => {
      if (!answer.ok) throw new Error(await problemOf(answer));
      return (await answer.json()) as unknown;
    });
    found.catch(() => kept.delete(path));
    kept.set(path, found);
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_MAX) break;
      kept.delete(oldest);
    }
  }
  return found;
}

export type Loaded = { isThere: boolean; json: unknown; isLoading: boolean; problem: string | null; load: (() => void) | null };

/** Give a value's JSON: what is inline at once, small ones by themselves (unless `isLazy`), others by `load`. */
export function useJson(value: ShownValue, isLazy = false): Loaded {
  const path = pathOf(value.valueUrl);
  const isHere = value.isInline || (value.json !== undefined && value.json !== null);
  const isUnasked = !isHere && !isLazy && value.size <= UNASKED_BYTES_MAX;
  const [asked, setAsked] = useState<string | null>(null);
  const [state, setState] = useState<{ path: string; json?: unknown; problem?: string } | null>(null);
  const wanted = !isHere && path && (isUnasked || asked === path) ? path : null;
  useEffect(() => {
    if (!wanted) return;
    let isLeft = false;
    fetchJson(wanted).then(
      (json) => !isLeft && setState({ path: wanted, json }),
      (error: unknown) => !isLeft && setState({ path: wanted, problem: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      isLeft = true;
    };
  }, [wanted]);
  const load = useCallback(() => setAsked(path), [path]);
  if (isHere) return { isThere: true, json: value.json, isLoading: false, problem: null, load: null };
  const mine = state?.path === path ? state : null;
  const isThere = mine !== null && mine.problem === undefined;
  return {
    isThere,
    json: mine?.json,
    isLoading: wanted !== null && mine === null,
    problem: mine?.problem ?? null,
    load: path && !isThere && value.size <= SHOWN_BYTES_MAX ? load : null,
  };
}
