/** How a node of a run stands, on the node: its state, how often it ran, its attempts, and what it gives. */
import { useEffect, useState } from "react";
import { duration } from "@/data/times";
import { Badge, StateBadge, type Tone } from "@/ui/Status";
import type { NodeMark } from "./marks";

const BORDERS: Record<Tone, string> = {
  ok: "border-ok",
  warn: "border-warn",
  danger: "border-danger",
  info: "border-info",
  accent: "border-accent",
  neutral: "border-line-strong",
};

const STATE_TONES: Partial<Record<NonNullable<NodeMark["state"]>, Tone>> = { RUNNING: "info", REVIEW: "warn", PAUSED: "warn", COMPLETED: "ok", FAILED: "danger" };

export const toneOf = (mark: NodeMark | undefined): Tone | null => mark?.tone ?? (mark?.state ? (STATE_TONES[mark.state] ?? null) : null);

export function markBorder(mark: NodeMark | undefined): string | null {
  const tone = toneOf(mark);
  return tone && BORDERS[tone];
}

const SOFT: Record<Tone, string> = { ok: "bg-ok-soft", warn: "bg-warn-soft", danger: "bg-danger-soft", info: "bg-info-soft", accent: "bg-accent-soft", neutral: "bg-surface" };

/** From afar a border cannot be seen: the whole node has the colour then. */
export function markGround(mark: NodeMark | undefined): string | null {
  const tone = toneOf(mark);
  return tone && SOFT[tone];
}

/** In the node's head. */
export function MarkBadges({ mark }: { mark: NodeMark }) {
  return (
    <span className="flex shrink-0 items-center gap-1">
      {mark.badge && <Badge tone={mark.tone ?? "neutral"}>{mark.badge}</Badge>}
      {(mark.count ?? 0) > 1 && <span className="text-xs text-muted">×{mark.count}</span>}
      {mark.state && <StateBadge state={mark.state} isIconOnly />}
    </span>
  );
}

/** Below the node: it has no place in the node's size, so that nothing moves while a run goes on. */
export function MarkBelow({ mark }: { mark: NodeMark }) {
  const isTrying = (mark.attempt ?? 1) > 1 || mark.retryAt;
  if (!isTrying && !mark.error && !mark.text) return null;
  return (
    <div className="pointer-events-none absolute inset-x-0 top-full mt-1 flex flex-col gap-1 text-xs">
      {isTrying && (
        <span className="self-start rounded-md bg-warn-soft px-1.5 py-0.5 text-warn">
          Attempt {mark.attempt ?? 1}
          {mark.retryAt && <Countdown at={mark.retryAt} />}
        </span>
      )}
      {mark.error && <span className="line-clamp-2 rounded-md bg-danger-soft px-1.5 py-0.5 break-words text-danger">{mark.error}</span>}
      {mark.text && (
        <span className="rounded-md border border-line bg-raised px-1.5 py-0.5 text-text">
          {mark.isGrowing ? <span className="flex max-h-8 flex-col justify-end overflow-hidden"><span className="break-words">{ending(mark.text)}</span></span> : <span className="line-clamp-2 break-words">{mark.text.slice(0, TEXT_MAX)}</span>}
        </span>
      )}
    </div>
  );
}

const TEXT_MAX = 160;
const ending = (text: string): string => (text.length > TEXT_MAX ? `…${text.slice(-TEXT_MAX)}` : text);

function Countdown({ at }: { at: string }) {
  const [now, setNow] = useState(Date.now);
  const left = new Date(at).getTime() - now;
  useEffect(() => {
    if (left <= 0) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [left <= 0, at]);
  return <span>{left > 0 ? `, next try in ${duration(Math.ceil(left / 1000) * 1000)}` : ", trying again"}</span>;
}
