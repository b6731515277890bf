/**
 * What needs a person's attention, wherever they are in the app: how many approvals wait for them, and which runs failed.
 *
 * The number is asked for every half a minute, after each change of screen and each decision. The stream of all runs' events is
 * heard only where somebody wants notices of failed runs: on a busy installation it is long.
 */
import { useEffect, useRef } from "react";
import { useLocation, useNavigate } from "react-router";
import { useQuery, useSubscription } from "urql";
import { onDecision } from "@/approvals/waiting";
import { useEvery } from "@/data/useEvery";
import { show, useNotices } from "./notices";
import { FailedRunsDocument, WaitingApprovalsDocument } from "./shell.generated";

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

  const count = data?.approvals.totalCount ?? data?.approvals.nodes.length ?? 0;
  const newest = data?.approvals.nodes[0];
  const known = useRef<string | null | undefined>(undefined);
  useEffect(() => {
    if (!data) return;
    const before = known.current;
    known.current = newest?.id ?? null;
    // The first answer is where things stood when the page came; only what comes later is news.
    if (before === undefined || !newest || newest.id === before || !kinds.approvals) return;
    show("An approval waits for you", `${newest.agentName}: ${newest.title}`, newest.id, () => navigate(`/approvals?id=${encodeURIComponent(newest.id)}`));
  }, [data, newest, kinds.approvals, navigate]);

  const [{ data: event }] = useSubscription({ query: FailedRunsDocument, pause: !(kinds.failures && permission === "granted") });
  useEffect(() => {
    const moved = event?.organisationEvents;
    if (moved?.__typename !== "RunMoved" || moved.status !== "FAILED") return;
    show("A run failed", moved.error?.message ?? "Open it to see where.", moved.runId, () => navigate(`/runs/${encodeURIComponent(moved.runId)}`));
  }, [event, navigate]);
  return count;
}
