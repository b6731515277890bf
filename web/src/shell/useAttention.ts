/**
 * What needs a person's attention, wherever they are in the app: how many approvals wait for them, and which runs failed.
 *
 * The number is asked for every half a minute, after each change of screen and each decision. The stream of all runs' events is
 * heard only where somebody wants notices of failed runs: on a busy installation it is long.
 */
import { useEffect, useRef } from "react";
import { useLocation, useNavigate } from "react-router";
import { useClient, useQuery } from "urql";
import { onDecision } from "@/approvals/waiting";
import { useEvery } from "@/data/useEvery";
import { show, useNotices } from "./notices";
import { FailedRunDocument, FailedRunsDocument, WaitingApprovalsDocument } from "./shell.generated";

const LOOK_AGAIN_MS = 30_000;

export function useAttention(): number {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const { kinds, permission } = useNotices();
  const [{ data }, again] = useQuery({ query: WaitingApprovalsDocument });
  const read = () => again({ requestPolicy: "network-only" });
  const reading = useRef(read);
  reading.current = read;
  // A page in the background asks, too, where it would give notice of what it finds.
  useEvery(LOOK_AGAIN_MS, read, true, { isHiddenToo: kinds.approvals && permission === "granted" });
  useEffect(() => reading.current(), [pathname]);
  useEffect(() => onDecision(() => reading.current()), []);

  const count = data?.waiting.nodes.length ?? 0;
  const newest = data?.newest.nodes[0];
  const known = useRef<string | null | undefined>(undefined);
  useEffect(() => {
    if (!data) return;
    const before = known.current;
    known.current = newest?.id ?? null;
    // The first answer is where things stood when the page came; only what comes later is news.
    if (before === undefined || !newest || newest.id === before || !kinds.approvals) return;
    show("An approval waits for you", `${newest.agentName}: ${newest.title}`, newest.id, () => navigate(`/approvals?id=${encodeURIComponent(newest.id)}`));
  }, [data, newest, kinds.approvals, navigate]);

  useFailures(kinds.failures && permission === "granted");
  return count;
}

/** Each event is taken by itself: of those that come together a state would keep the last only. */
function useFailures(isWanted: boolean): void {
  const client = useClient();
  const navigate = useNavigate();
  const going = useRef(navigate);
  going.current = navigate;
  useEffect(() => {
    if (!isWanted) return;
    const heard = client.subscription(FailedRunsDocument, {}).subscribe(({ data }) => {
      const moved = data?.organisationEvents;
      if (moved?.__typename === "RunMoved" && moved.status === "FAILED") void tell(moved.runId, moved.error?.message);
    });
    const tell = async (id: string, why: string | undefined) => {
      const { data } = await client.query(FailedRunDocument, { id }).toPromise();
      // The run that started it says what became of that.
      if (data?.run.parent) return;
      const text = why ?? "Open it to see where.";
      show("A run failed", data ? `${data.run.agentName}: ${text}` : text, id, () => going.current(`/runs/${encodeURIComponent(id)}`));
    };
    return () => heard.unsubscribe();
  }, [client, isWanted]);
}
