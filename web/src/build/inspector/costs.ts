/** What a run of a block costs, in a few words. */
import type { BlockCost } from "@/blocks/blocks";

const UNITS: Record<string, string> = { RUN: "a run", BYTE: "a byte", SECOND: "a second", ITEMS: "an item", TOKENS: "a token", COST_USD: "a dollar of its provider" };

export function costWords(costs: readonly BlockCost[]): string | null {
  const amounts = costs.map((one) => one.amount);
  const [first] = costs;
  if (!first || amounts.every((one) => one === 0)) return null;
  const [least, most] = [Math.min(...amounts), Math.max(...amounts)];
  const what = `${least === most ? most : `${least} to ${most}`} ${most === 1 ? "credit" : "credits"}`;
  return `${what} ${first.divisor > 1 ? `for ${first.divisor} ${first.type.toLowerCase()}s` : (UNITS[first.type] ?? "a run")}`;
}
