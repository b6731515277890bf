/** How a run or a node execution stands: one colour, one sign and one word for each state, everywhere. */
import { Ban, Check, CircleDashed, CirclePause, Clock, Hand, LoaderCircle, X } from "lucide-react";
import type { State } from "@/data/schema.generated";
import { cx } from "./classes";

type Look = { word: string; tone: Tone; icon: typeof Check; isSpinning?: boolean };
export type Tone = "ok" | "warn" | "danger" | "info" | "neutral" | "accent";

export const STATES: Record<State, Look> = {
  INCOMPLETE: { word: "Inputs missing", tone: "neutral", icon: CircleDashed },
  QUEUED: { word: "Queued", tone: "neutral", icon: Clock },
  RUNNING: { word: "Running", tone: "info", icon: LoaderCircle, isSpinning: true },
  REVIEW: { word: "Waiting for a person", tone: "warn", icon: Hand },
  PAUSED: { word: "Paused", tone: "warn", icon: CirclePause },
  COMPLETED: { word: "Completed", tone: "ok", icon: Check },
  FAILED: { word: "Failed", tone: "danger", icon: X },
  TERMINATED: { word: "Cancelled", tone: "neutral", icon: Ban },
};

export const isOver = (state: State): boolean => state === "COMPLETED" || state === "FAILED" || state === "TERMINATED";

const TONES: Record<Tone, string> = {
  ok: "bg-ok-soft text-ok",
  warn: "bg-warn-soft text-warn",
  danger: "bg-danger-soft text-danger",
  info: "bg-info-soft text-info",
  accent: "bg-accent-soft text-accent",
  neutral: "bg-sunken text-muted",
};

export function StateBadge({ state, isIconOnly }: { state: State; isIconOnly?: boolean }) {
  const look = STATES[state];
  const Icon = look.icon;
  return (
    <span className={cx("inline-flex shrink-0 items-center gap-1 rounded-full py-0.5 text-xs font-medium whitespace-nowrap", isIconOnly ? "px-1" : "px-2", TONES[look.tone])} data-state={state}>
      <Icon className={cx("size-3.5", look.isSpinning && "animate-spin")} aria-hidden />
      <span className={cx(isIconOnly && "sr-only")}>{look.word}</span>
    </span>
  );
}

export function Badge({ tone = "neutral", children, title }: { tone?: Tone; children: React.ReactNode; title?: string }) {
  return (
    <span className={cx("inline-flex max-w-full items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium", TONES[tone])}>
      <span className="truncate" title={title ?? (typeof children === "string" ? children : undefined)}>{children}</span>
    </span>
  );
}
