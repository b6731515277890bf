/** Limits as texts of fields, and back: minutes in the form are seconds in the API, and an empty field is no limit. */

export type Limits = { executionsMax: string; wallMinutes: string; inFlightMax: string; runningMax: string };
export type LimitValues = { executionsMax: number | null; wallSecondsMax: number | null; inFlightMax: number | null; runningMax: number | null };

export const NO_LIMITS: Limits = { executionsMax: "", wallMinutes: "", inFlightMax: "", runningMax: "" };

const text = (value: number | null | undefined): string => (value == null ? "" : String(value));

export const writeLimits = (values: Partial<LimitValues>): Limits => ({
  executionsMax: text(values.executionsMax),
  wallMinutes: values.wallSecondsMax == null ? "" : String(Math.round((values.wallSecondsMax / 60) * 100) / 100),
  inFlightMax: text(values.inFlightMax),
  runningMax: text(values.runningMax),
});

export function readLimits(texts: Limits): { limits: LimitValues | null; errors: Partial<Record<keyof Limits, string>> } {
  const errors: Partial<Record<keyof Limits, string>> = {};
  const whole = (name: keyof Limits): number | null => {
    const given = texts[name].trim();
    if (given === "") return null;
    const value = Number(given);
    if (!Number.isInteger(value) || value < 1) errors[name] = "Give a whole number from 1 up, or nothing.";
    return value;
  };
  const minutes = texts.wallMinutes.trim();
  const wall = minutes === "" ? null : Number(minutes);
  if (wall !== null && !(wall > 0)) errors.wallMinutes = "Give a number above 0, or nothing.";
  const limits = { executionsMax: whole("executionsMax"), wallSecondsMax: wall === null ? null : wall * 60, inFlightMax: whole("inFlightMax"), runningMax: whole("runningMax") };
  return { limits: Object.keys(errors).length > 0 ? null : limits, errors };
}
