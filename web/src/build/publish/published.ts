/** Which version of the open agent runs, and whether the draft says something else. */
import { create } from "zustand";
import type { GraphDocument } from "@/graph/document";

export type Published = { number: number; name: string | null; document: GraphDocument };

export const usePublished = create<{ agentId: string | null; active: Published | null; newest: number | null }>(() => ({ agentId: null, active: null, newest: null }));

export { whole } from "@/graph/whole";
