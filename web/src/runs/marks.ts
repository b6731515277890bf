/** What the canvas of a run shows on its nodes and links. Pure. */
import type { LinkMark, NodeMark } from "@/canvas/AgentCanvas";
import type { State } from "@/data/schema.generated";
import type { GraphDocument } from "@/graph/document";
import type { LiveNode } from "@/run/liveRun";
import type { RunNodePartsFragment } from "./run.generated";
import { type Counts, stateOf } from "./timeline";

/** What only events say of a node: the text that it streams, and how it is tried again. */
export type Now = Pick<LiveNode, "text" | "trouble" | "attempt">;

const sum = (counts: Counts) => Object.entries(counts).reduce((total, [state, count]) => total + (state === "INCOMPLETE" ? 0 : (count ?? 0)), 0);

export function countsOf(node: RunNodePartsFragment): Counts {
  return Object.fromEntries(node.counts.map((one) => [one.status, one.count])) as Counts;
}

/** Marks for now: as rows have it, and what is heard beside them. */
export function marksNow(nodes: readonly RunNodePartsFragment[], heard: ReadonlyMap<string, Now>): Map<string, NodeMark> {
  return new Map(
    nodes.map((node) => {
      const counts = countsOf(node);
      const state = stateOf(counts) ?? undefined;
      const now = state === "RUNNING" || state === "PAUSED" ? heard.get(node.nodeId) : undefined;
      const isOpen = state === "RUNNING" || state === "QUEUED";
      const attempt = isOpen && node.attemptsMax > 0 && node.nextAttemptAt ? node.attemptsMax + 1 : Math.max(node.attemptsMax, now?.attempt ?? 1);
      const mark: NodeMark = {
        state,
        count: sum(counts),
        error: node.error?.message ?? (attempt > 1 || state === "PAUSED" ? now?.trouble : null) ?? null,
        retryAt: node.nextAttemptAt ?? null,
        attempt: attempt > 1 ? attempt : undefined,
        text: now?.text?.text,
        isGrowing: now?.text != null,
      };
      return [node.nodeId, mark];
    }),
  );
}

/** Marks at a moment: by the times of the executions. */
export function marksAt(counts: ReadonlyMap<string, Counts>, errors: ReadonlyMap<string, string>): Map<string, NodeMark> {
  const found = new Map<string, NodeMark>();
  for (const [nodeId, one] of counts) {
    const state = stateOf(one) ?? undefined;
    found.set(nodeId, { state, count: sum(one), error: (one.FAILED ?? 0) > 0 ? (errors.get(nodeId) ?? null) : null });
  }
  return found;
}

const TONES: Partial<Record<State, LinkMark["tone"]>> = { RUNNING: "info", FAILED: "danger" };

/** How many values went over each link: as many as its source's pin gave. A path behind a pin's name is a part of the same value. */
export function linkMarks(document: GraphDocument, nodes: readonly RunNodePartsFragment[]): Map<string, LinkMark> {
  const counts = new Map<string, number>();
  for (const node of nodes) for (const one of node.pins) counts.set(`${node.nodeId}\n${one.pin}`, one.count);
  const states = new Map(nodes.map((node) => [node.nodeId, stateOf(countsOf(node))]));
  const found = new Map<string, LinkMark>();
  for (const link of document.links) {
    const pin = link.source_name.split(/_[$#@]_/)[0] ?? link.source_name;
    const count = counts.get(`${link.source_id}\n${link.source_name}`) ?? counts.get(`${link.source_id}\n${pin}`) ?? 0;
    const state = states.get(link.source_id);
    if (count > 0) found.set(link.id, { count, tone: (state && TONES[state]) ?? "neutral" });
  }
  return found;
}
