/** What models used, as figures for a chart and its tables. Pure; days without a call are filled in, so that a gap is seen as one. */
import type { UsageByDayQuery } from "./usage.generated";

export type Day = UsageByDayQuery["llmUsageByDay"][number];
export type ModelUse = Day["usage"]["byModel"][number];
export type Measure = "cost" | "tokens" | "calls";
export type Bar = { day: string; value: number };

const DAY_MS = 86_400_000;

export const MEASURES: { id: Measure; label: string }[] = [
  { id: "cost", label: "Cost" },
  { id: "tokens", label: "Tokens" },
  { id: "calls", label: "Calls" },
];

export const RANGES = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "366", label: "A year" },
];

export function valueOf(usage: Pick<Day["usage"], "calls" | "inputTokens" | "outputTokens" | "costMicroUsd">, measure: Measure): number {
  if (measure === "cost") return usage.costMicroUsd / 1_000_000;
  return measure === "calls" ? usage.calls : usage.inputTokens + usage.outputTokens;
}

/** A bar for each of the last days, today (in UTC, as the API counts) the last. */
export function barsOf(days: readonly Day[], count: number, measure: Measure, now: number): Bar[] {
  const known = new Map(days.map((one) => [one.day, valueOf(one.usage, measure)]));
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(now - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    return { day, value: known.get(day) ?? 0 };
  });
}

export function totalOf(days: readonly Day[]) {
  return days.reduce(
    (sum, { usage }) => ({
      calls: sum.calls + usage.calls,
      inputTokens: sum.inputTokens + usage.inputTokens,
      outputTokens: sum.outputTokens + usage.outputTokens,
      costMicroUsd: sum.costMicroUsd + usage.costMicroUsd,
      unpricedCalls: sum.unpricedCalls + usage.unpricedCalls,
    }),
    { calls: 0, inputTokens: 0, outputTokens: 0, costMicroUsd: 0, unpricedCalls: 0 },
  );
}

/** All days together by model, the dearest first; one whose price is not known has no cost, and not a cost of nothing. */
export function byModel(days: readonly Day[]): ModelUse[] {
  const found = new Map<string, ModelUse>();
  for (const one of days.flatMap((day) => day.usage.byModel)) {
    const key = `${one.provider} ${one.model}`;
    const before = found.get(key);
    found.set(key, {
      ...one,
      calls: one.calls + (before?.calls ?? 0),
      inputTokens: one.inputTokens + (before?.inputTokens ?? 0),
      outputTokens: one.outputTokens + (before?.outputTokens ?? 0),
      costMicroUsd: one.costMicroUsd == null && before?.costMicroUsd == null ? null : (one.costMicroUsd ?? 0) + (before?.costMicroUsd ?? 0),
    });
  }
  return [...found.values()].sort((a, b) => (b.costMicroUsd ?? 0) - (a.costMicroUsd ?? 0) || b.calls - a.calls);
}

export function dollars(microUsd: number | null | undefined): string {
  if (microUsd == null) return "Not known";
  const usd = microUsd / 1_000_000;
  if (usd === 0) return "$0";
  return usd < 0.01 ? `$${usd.toPrecision(2)}` : usd.toLocaleString("en-US", { style: "currency", currency: "USD" });
}

export function inWords(value: number, measure: Measure): string {
  if (measure === "cost") return dollars(value * 1_000_000);
  return `${Math.round(value).toLocaleString()} ${measure}`;
}

/** A round figure at or above the largest, for the axis: 1, 2 or 5 with zeros. */
export function axisMax(values: readonly number[]): number {
  const largest = Math.max(0, ...values);
  if (largest === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  return ([1, 2, 5, 10].find((step) => step * power >= largest - 1e-12) ?? 10) * power;
}

/** The number in a field; null where it is empty, undefined where it is none. */
export function limitIn(typed: string): number | null | undefined {
  if (typed.trim() === "") return null;
  const value = Number(typed);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
