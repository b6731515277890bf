/** Those of a schedule's times that are not later than the end of a range, nor later than now. */
export function timesWithin(times: string[], to: string, now: number = Date.now()): string[] {
  const end = Math.min(new Date(to).getTime(), now);
  return times.filter((at) => new Date(at).getTime() <= end);
}
