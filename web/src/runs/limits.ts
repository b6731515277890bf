/** What somebody writes into the fields of a run's limits, before it is sent. Pure. */

export type LimitValues = { executionsMax: string; minutes: string; inFlightMax: string };
export type Used = { executions: number; minutes: number };

/** Why a field cannot be sent as it is; nothing where it is as it was. A limit that is met already would halt the run at once. */
export function limitProblems(values: LimitValues, before: LimitValues, used: Used): Partial<Record<keyof LimitValues, string>> {
  const found: Partial<Record<keyof LimitValues, string>> = {};
  for (const name of ["executionsMax", "minutes", "inFlightMax"] as const) {
    const text = values[name].trim();
    if (text === before[name]) continue;
    const number = Number(text);
    if (text === "") found[name] = "A limit cannot be taken away. Give a higher one.";
    else if (!Number.isFinite(number) || number <= 0) found[name] = "Give a number above 0.";
    else if (name !== "minutes" && !Number.isInteger(number)) found[name] = "Give a whole number.";
    else if (name === "executionsMax" && number <= used.executions) found[name] = `It has used ${used.executions.toLocaleString()} already.`;
    else if (name === "minutes" && number <= used.minutes) found[name] = "It has used as much already.";
  }
  return found;
}
