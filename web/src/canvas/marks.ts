/** What a canvas shows on nodes and links besides the agent itself: how a run stands, or how two versions differ. */
import type { State } from "@/data/schema.generated";
import type { Tone } from "@/ui/Status";

export type NodeMark = {
  state?: State;
  /** Its colour where it is not that of `state`. */
  tone?: Tone;
  /** How often it ran. */
  count?: number;
  /** The attempt under way, from 1; shown from the second on. */
  attempt?: number;
  /** When the next attempt begins: a countdown shows it. */
  retryAt?: string | null;
  /** What it gave, as text; of one that still grows, the end is shown. */
  text?: string;
  isGrowing?: boolean;
  /** Why it failed, or its last attempt did. */
  error?: string | null;
  /** A word at its corner, such as "Added". */
  badge?: string;
};

export type LinkMark = { count?: number; tone?: Tone };
