/** What a run is made of: a version of the agent, or its draft; pure. */
import type { JsonObject } from "@/graph/document";
import type { Chosen } from "./request";
import type { RunFormVersionFragment } from "./run-form.generated";

/** null: the version that is active. */
export type Source = "draft" | number | null;

/** What a person has filled in: it goes over to the form of another source. */
export type Filled = { value: JsonObject; chosen: Chosen; presetId: string | null };

/** What the form knows of either; a draft has no number, and another revision after each change. */
export type Runnable = Pick<RunFormVersionFragment, "inputSchema" | "document" | "problems" | "isActive"> & { number: number | null; name?: string | null; revision?: number };

/** The version that the API gives a run of a draft. */
export const DRAFT = 0;

export const isDraft = (graphVersion: number): boolean => graphVersion === DRAFT;

/** What a run is made of, in a word or two. */
export const versionWord = (graphVersion: number): string => (isDraft(graphVersion) ? "Draft" : `Version ${graphVersion}`);
