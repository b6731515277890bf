/** What of the canvas is under the pointer or has the focus, as far as values of a run went through it; pure. */
import type { GraphDocument } from "@/graph/document";
import { baseName } from "@/graph/pins";
import type { FoldedPin, LiveEmission } from "@/run/fold";
import { pinKey } from "@/run/liveRun";

export type Place = { kind: "link"; linkId: string } | { kind: "pin"; nodeId: string; pin: string; side: "input" | "output" };
export type Seen = { count: number; last: readonly LiveEmission[]; sources: { nodeId: string; pin: string }[] };

/** Read from what React Flow writes into the page: edges and handles name what they are. */
export function placeOf(target: Element): Place | null {
  const handle = target.closest<HTMLElement>(".react-flow__handle");
  const { nodeid, handleid } = handle?.dataset ?? {};
  if (nodeid && handleid) return { kind: "pin", nodeId: nodeid, pin: handleid, side: handle?.classList.contains("source") ? "output" : "input" };
  const linkId = target.closest(".react-flow__edge")?.getAttribute("data-id");
  return linkId ? { kind: "link", linkId } : null;
}

/** The values that went through a place, the newest last; null where none did. */
export function valuesAt(place: Place, document: GraphDocument, pins: ReadonlyMap<string, FoldedPin>): Seen | null {
  const sources = sourcesOf(place, document);
  const found = sources.flatMap(({ nodeId, pin }) => pins.get(pinKey(nodeId, pin)) ?? []);
  const count = found.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return null;
  const last = found.flatMap((one) => one.last).sort((one, other) => one.execution - other.execution || one.sequence - other.sequence);
  return { count, last, sources };
}

function sourcesOf(place: Place, document: GraphDocument): { nodeId: string; pin: string }[] {
  if (place.kind === "pin" && place.side === "output") return [{ nodeId: place.nodeId, pin: baseName(place.pin) }];
  const links = document.links.filter((link) => (place.kind === "link" ? link.id === place.linkId : link.sink_id === place.nodeId && link.sink_name === place.pin));
  const named = links.map((link) => ({ nodeId: link.source_id, pin: baseName(link.source_name) }));
  return named.filter((one, at) => named.findIndex((other) => other.nodeId === one.nodeId && other.pin === one.pin) === at);
}
