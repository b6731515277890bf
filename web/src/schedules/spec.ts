/** When a schedule is due: between what the form holds and what the API takes. Pure. */
import type { CalendarInput, ScheduleSpecInput } from "@/data/schema.generated";

export const KINDS = ["hourly", "daily", "weekdays", "weekly", "monthly", "interval", "custom"] as const;
export type Kind = (typeof KINDS)[number];
export const UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
export type Unit = keyof typeof UNITS;
export type CalendarForm = { year: string; month: string; day: string; weekday: string; hour: string; minute: string };

export type SpecForm = {
  kind: Kind;
  minute: string;
  /** HH:MM */
  time: string;
  weekday: string;
  day: string;
  every: string;
  unit: Unit;
  offset: string;
  cron: string;
  calendars: CalendarForm[];
  timezone: string;
  jitter: string;
  /** As `<input type="datetime-local">` has it, in the reader's time zone. */
  startAt: string;
  endAt: string;
};

export type SpecErrors = Partial<Record<keyof SpecForm, string>>;

export const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
export const NEW_CALENDAR: CalendarForm = { year: "*", month: "*", day: "*", weekday: "*", hour: "9", minute: "0" };

export const newSpec = (timezone: string): SpecForm => ({
  kind: "daily",
  minute: "0",
  time: "09:00",
  weekday: "1",
  day: "1",
  every: "30",
  unit: "minutes",
  offset: "",
  cron: "",
  calendars: [],
  timezone,
  jitter: "",
  startAt: "",
  endAt: "",
});

const isWhole = (text: string, from: number, to: number): boolean => /^\d+$/.test(text.trim()) && Number(text) >= from && Number(text) <= to;

/** The one cron line of what is chosen from the list; null where it is no such thing. */
function lineOf(form: SpecForm): string | null {
  const [hour = "", minute = ""] = form.time.split(":");
  const at = `${Number(minute)} ${Number(hour)}`;
  switch (form.kind) {
    case "hourly":
      return `${Number(form.minute)} * * * *`;
    case "daily":
      return `${at} * * *`;
    case "weekdays":
      return `${at} * * 1-5`;
    case "weekly":
      return `${at} * * ${form.weekday}`;
    case "monthly":
      return `${at} ${form.day} * *`;
    default:
      return null;
  }
}

export const linesOf = (cron: string): string[] => cron.split("\n").map((line) => line.trim()).filter(Boolean);

export function readSpec(form: SpecForm): { spec: ScheduleSpecInput | null; errors: SpecErrors } {
  const errors: SpecErrors = {};
  const { kind } = form;
  const isDayTime = kind === "daily" || kind === "weekdays" || kind === "weekly" || kind === "monthly";
  if (kind === "hourly" && !isWhole(form.minute, 0, 59)) errors.minute = "Give a minute from 0 to 59.";
  if (isDayTime && !/^\d{1,2}:\d{2}$/.test(form.time)) errors.time = "Give a time, such as 09:00.";
  if (kind === "monthly" && !isWhole(form.day, 1, 31)) errors.day = "Give a day from 1 to 31.";
  const every = Number(form.every);
  const hasInterval = kind === "interval" || (kind === "custom" && form.every.trim() !== "");
  if (hasInterval && !isWhole(form.every, 1, 10_000_000)) errors.every = "Give a whole number from 1 up.";
  if (hasInterval && form.offset.trim() !== "" && !isWhole(form.offset, 0, 100_000_000)) errors.offset = "Give whole seconds, or nothing.";
  const cron = kind === "custom" ? linesOf(form.cron) : [];
  if (kind === "custom" && cron.length === 0 && form.calendars.length === 0 && !hasInterval) errors.cron = "Give a cron line, a calendar or an interval.";
  if (form.jitter.trim() !== "" && !isWhole(form.jitter, 0, 86_400)) errors.jitter = "Give whole seconds, or nothing.";
  if (!form.timezone.trim()) errors.timezone = "Choose a time zone.";
  if (form.startAt && form.endAt && form.startAt >= form.endAt) errors.endAt = "The end must be later than the start.";
  if (Object.keys(errors).length > 0) return { spec: null, errors };
  const line = lineOf(form);
  return {
    errors,
    spec: {
      cron: line === null ? cron : [line],
      calendars: kind === "custom" ? form.calendars : [],
      intervalSeconds: hasInterval ? every * UNITS[form.unit] : null,
      offsetSeconds: hasInterval ? Number(form.offset || 0) : 0,
      timezone: form.timezone.trim(),
      jitterSeconds: Number(form.jitter || 0),
      startAt: form.startAt ? new Date(form.startAt).toISOString() : null,
      endAt: form.endAt ? new Date(form.endAt).toISOString() : null,
    },
  };
}

type Saved = {
  cron: string[];
  calendars: Required<CalendarInput>[];
  intervalSeconds?: number | null;
  offsetSeconds: number;
  timezone: string;
  jitterSeconds: number;
  startAt?: string | null;
  endAt?: string | null;
};

/** What the form holds for a saved schedule: a choice from the list where it is one, else everything as it is. */
export function writeSpec(saved: Saved): SpecForm {
  const form: SpecForm = {
    ...newSpec(saved.timezone),
    jitter: saved.jitterSeconds ? String(saved.jitterSeconds) : "",
    offset: saved.offsetSeconds ? String(saved.offsetSeconds) : "",
    startAt: localOf(saved.startAt),
    endAt: localOf(saved.endAt),
    calendars: saved.calendars.map(({ year, month, day, weekday, hour, minute }) => ({ year, month, day, weekday, hour, minute })),
    cron: saved.cron.join("\n"),
  };
  const interval = saved.intervalSeconds ?? null;
  if (interval !== null) {
    const unit = (["days", "hours", "minutes", "seconds"] as const).find((one) => interval % UNITS[one] === 0) ?? "seconds";
    form.every = String(interval / UNITS[unit]);
    form.unit = unit;
  }
  const [line] = saved.cron;
  if (saved.calendars.length === 0) {
    if (saved.cron.length === 0 && interval !== null) return { ...form, kind: "interval" };
    const chosen = saved.cron.length === 1 && interval === null && line !== undefined ? fromLine(line) : null;
    if (chosen) return { ...form, cron: "", ...chosen };
  }
  return { ...form, kind: "custom", every: interval === null ? "" : form.every };
}

/** The choice from the list that a cron line is; null where it is none. */
export function fromLine(line: string): Partial<SpecForm> | null {
  const found = /^(\d{1,2}) (\*|\d{1,2}) (\*|\d{1,2}) \* (\*|\d|1-5|mon-fri)$/i.exec(line.trim());
  if (!found) return null;
  const [, minute = "", hour = "", day = "", weekday = ""] = found;
  if (hour === "*") return day === "*" && weekday === "*" ? { kind: "hourly", minute } : null;
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (day !== "*") return weekday === "*" ? { kind: "monthly", day, time } : null;
  if (weekday === "*") return { kind: "daily", time };
  if (/^\d$/.test(weekday)) return { kind: "weekly", weekday: String(Number(weekday) % 7), time };
  return { kind: "weekdays", time };
}

/** A moment as a field of date and time has it, in the reader's time zone. */
export function localOf(at: string | null | undefined): string {
  if (!at) return "";
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** When it is due, in a sentence; null where the form's own words would say less than the API's. */
export function specWords(form: SpecForm): string | null {
  const zone = ` (${form.timezone})`;
  switch (form.kind) {
    case "hourly":
      return `Every hour at minute ${Number(form.minute)}${zone}`;
    case "daily":
      return `Every day at ${form.time}${zone}`;
    case "weekdays":
      return `Monday to Friday at ${form.time}${zone}`;
    case "weekly":
      return `Every ${WEEKDAYS[Number(form.weekday)] ?? "week"} at ${form.time}${zone}`;
    case "monthly":
      return `On day ${form.day} of each month at ${form.time}${zone}`;
    case "interval":
      return form.every === "1" ? `Every ${form.unit.slice(0, -1)}` : `Every ${form.every} ${form.unit}`;
    case "custom":
      return null;
  }
}
