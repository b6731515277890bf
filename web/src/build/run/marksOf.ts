/** What a run puts on the canvas: on each node how it stands, on each link how much went along it; pure. */
import type { LinkMark, NodeMark } from "@/canvas/marks";
import type { GraphDocument } from "@/graph/document";
import { baseName } from "@/graph/pins";
import type { FoldedPin, LiveEmission } from "@/run/fold";
import { type LiveNode, type LiveRun, pinKey } from "@/run/liveRun";

export type Marks = { nodes: Map<string, NodeMark>; links: Map<string, LinkMark> };

export function marksOf(live: Pick<LiveRun, "nodes" | "pins">, document: GraphDocument): Marks {
  const newest = newestOf(live.pins.values());
  const nodes = new Map<string, NodeMark>();
  for (const node of live.nodes.values()) nodes.set(node.nodeId, markOf(node, newest.get(node.nodeId)));
  const links = new Map<string, LinkMark>();
  for (const link of document.links) {
    const count = live.pins.get(pinKey(link.source_id, baseName(link.source_name)))?.count ?? 0;
    const isFailure = baseName(link.source_name) === "error";
    if (count > 0) links.set(link.id, { count, tone: isFailure ? "danger" : live.nodes.get(link.source_id)?.state === "RUNNING" ? "info" : "ok" });
  }
  return { nodes, links };
}

function markOf(node: LiveNode, gave: LiveEmission | undefined): NodeMark {
  const isTrying = node.state === "RUNNING" && (node.attempt > 1 || node.retryAt !== null);
  return {
    state: node.state,
    count: node.executionCount,
    attempt: isTrying ? node.attempt : undefined,
    retryAt: isTrying ? node.retryAt : null,
    text: node.text?.text ?? (gave && node.state !== "FAILED" ? textOf(gave) : undefined),
    isGrowing: node.text !== null,
    error: node.state === "FAILED" ? (node.error?.message ?? null) : isTrying || node.state === "PAUSED" ? node.trouble : null,
  };
}

/**
 * What is shown of what a node gave: the last value of the pin on which its newest execution spoke first, for blocks give first what
 * they are for. What it says on `error` is told as its error.
 */
function newestOf(pins: Iterable<FoldedPin>): Map<string, LiveEmission> {
  const found = new Map<string, { value: LiveEmission; first: LiveEmission }>();
  for (const { nodeId, pin, last } of pins) {
    const value = last.at(-1);
    const first = last.find((one) => one.execution === value?.execution);
    if (!value || !first || pin === "error") continue;
    const known = found.get(nodeId)?.first;
    const isBetter = !known || first.execution > known.execution || (first.execution === known.execution && first.sequence < known.sequence);
    if (isBetter) found.set(nodeId, { value, first });
  }
  return new Map([...found].map(([nodeId, { value }]) => [nodeId, value]));
}

export function textOf({ value }: Pick<LiveEmission, "value">): string {
  if (value.file) return value.file.name;
  return value.isInline && typeof value.json === "string" ? value.json : value.preview;
}
