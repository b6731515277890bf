/** Times and sizes in words: moments in the reader's time zone, durations in two units at most. */

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
/** For months and years: 40 days on is "in 1 month", and no day of "next month". */
const COUNTED = new Intl.RelativeTimeFormat(undefined, { numeric: "always" });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

export function moment(at: string | null | undefined): string {
  return at ? MOMENT.format(new Date(at)) : "";
}

/** "3 minutes ago", "in 2 hours". */
export function ago(at: string, now: number = Date.now()): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const [unit, size] = STEPS.find(([, one]) => Math.abs(seconds) >= one) ?? ["second", 1];
  return (unit === "month" || unit === "year" ? COUNTED : RELATIVE).format(Math.trunc(seconds / size), unit);
}

/** A duration in milliseconds: "under 1 ms", "350 ms", "4.2 s", "3 min 5 s", "2 h 4 min", "3 d 2 h". */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (Math.round(ms) < 1) return "under 1 ms";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1_000);
  const [large, small] =
    seconds < 3_600
      ? [`${Math.floor(seconds / 60)} min`, `${seconds % 60} s`]
      : seconds < 86_400
        ? [`${Math.floor(seconds / 3_600)} h`, `${Math.floor((seconds % 3_600) / 60)} min`]
        : [`${Math.floor(seconds / 86_400)} d`, `${Math.floor((seconds % 86_400) / 3_600)} h`];
  return small.startsWith("0 ") ? large : `${large} ${small}`;
}

export function between(from: string | null | undefined, to: string | null | undefined, now: number = Date.now()): string {
  return from ? duration((to ? new Date(to).getTime() : now) - new Date(from).getTime()) : "";
}

export function bytes(size: number): string {
  if (size < 1_024) return `${size} B`;
  if (size < 1_048_576) return `${(size / 1_024).toFixed(1)} KB`;
  return `${(size / 1_048_576).toFixed(1)} MB`;
}
