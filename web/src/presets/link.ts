/** A link to an agent's page that opens its run form with a preset's values. A preset is its owner's, so the values go along. */
import type { JsonObject } from "@/graph/document";
import { linkOf } from "@/run/link";

export function presetLink(origin: string, agentId: string, preset: { id: string; inputs: JsonObject }): string | null {
  const inputs = Object.fromEntries(Object.entries(preset.inputs).filter(([, value]) => value !== "***"));
  // The same query and hash open the form on the canvas and here; who only runs agents lands here.
  return linkOf(origin, agentId, { presetId: preset.id, inputs })?.replace("/build/", "/library/") ?? null;
}
