/** Which version of the open agent runs, and whether the draft says something else. */
import { create } from "zustand";
import type { GraphDocument } from "@/graph/document";

export type Published = { number: number; name: string | null; document: GraphDocument };

export const usePublished = create<{ agentId: string | null; active: Published | null; newest: number | null }>(() => ({ agentId: null, active: null, newest: null }));

/** A document as the API gives it, with lists and objects that files may leave out. */
export function whole(given: unknown): GraphDocument {
  const document = (given ?? {}) as GraphDocument;
  const nodes = (document.nodes ?? []).map((node) => (node.metadata && node.input_default ? node : { ...node, metadata: node.metadata ?? {}, input_default: node.input_default ?? {} }));
  return { ...document, nodes, links: document.links ?? [] };
}
