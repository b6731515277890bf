/**
 * Whether a value of one pin may go to another, and what becomes of it there: a link is refused, at the pointer and with the reason, where
 * no value could arrive by the engine's rules (`schema/coerce.py`); `fits.cases.json`, which is made by these, is what this is held to.
 */
import type { Schema } from "./document";
import { type PinType, resolve, typesOf } from "./types";

/** `reason` says why not, or what the value is converted to; empty: it goes as it is. */
export type Fit = { isOk: boolean; reason: string };

const AS_IT_IS: Fit = { isOk: true, reason: "" };
const FROM: Record<PinType, string> = { string: "Text", number: "Number", boolean: "Yes or no", object: "Object", array: "List", any: "Any value" };
const TO: Record<PinType, string> = { string: "text", number: "number", boolean: "yes or no", object: "object", array: "list", any: "any value" };

// From (row) to (column), in the order of `schema/coerce.py`.
const RULES: Record<Exclude<PinType, "any">, Partial<Record<PinType, string>>> = {
  string: {
    number: "A text that is no number counts as 0.",
    boolean: "“true” and “1” are yes, all else is no.",
    array: "A text that is no JSON list becomes a list of one.",
    object: "A text that is no JSON object becomes an object with a “value”.",
  },
  number: {
    string: "",
    boolean: "0 is no, all else is yes.",
    array: "It becomes a list of one.",
    object: "It becomes an object with a “value”.",
  },
  boolean: {
    string: "",
    number: "Yes is 1, no is 0.",
    array: "It becomes a list of one.",
    object: "It becomes an object with a “value”.",
  },
  object: {
    string: "It becomes JSON text.",
    number: "Only how many keys it has arrives.",
    boolean: "Only whether it has any keys arrives.",
    array: "It becomes a list of keys and values.",
  },
  array: {
    string: "It becomes JSON text.",
    number: "Only how many items it has arrives.",
    boolean: "Only whether it has any items arrives.",
    object: "Its items get their numbers as keys.",
  },
};

export function fits(source: Schema, sink: Schema): Fit {
  if (sink.credentials_provider !== undefined) {
    return { isOk: false, reason: "A credential is chosen by a person, never by a link. Choose it in the node." };
  }
  const [from, to] = [typesOf(source), typesOf(sink)];
  if (to.size === 0 || from.size === 0) return AS_IT_IS;
  const never = refusedByEnum(from, sink) ?? refusedByKeys(from, sink);
  if (never) return never;
  if ([...from].some((type) => to.has(type))) return integerLoss(source, sink) ?? AS_IT_IS;
  return converted(from, to);
}

function converted(from: Set<PinType>, to: Set<PinType>): Fit {
  const reasons = [...from].flatMap((type) => [...to].map((other) => conversion(type, other)));
  return { isOk: true, reason: reasons.find((one) => one !== "") ?? "" };
}

function conversion(from: PinType, to: PinType): string {
  const what = from === "any" ? undefined : RULES[from][to];
  return what === undefined ? "" : `${FROM[from]} to ${TO[to]}: will be converted. ${what}`.trim();
}

/** A pin that takes some words only takes those that a number or a yes or no is as text; none of them is a list or an object. */
function refusedByEnum(from: Set<PinType>, sink: Schema): Fit | null {
  const whole = resolve(sink, sink.$defs);
  const words = whole.enum;
  if (!words || words.length === 0 || words.some((word) => typeof word !== "string")) return null;
  const isText = whole.type === "string";
  const isTaken = (type: PinType) =>
    type === "string" || (isText && type === "number" && words.some((word) => isNumber(String(word)))) || (isText && type === "boolean" && words.some((word) => word === "true" || word === "false"));
  if ([...from].some(isTaken)) return null;
  const shown = words.slice(0, 4).join(", ") + (words.length > 4 ? ` and ${words.length - 4} more` : "");
  return { isOk: false, reason: `This pin takes only ${shown}.` };
}

const isNumber = (word: string): boolean => word.trim() !== "" && Number.isFinite(Number(word));

/** What is no object becomes one with a key of its own, which a pin that needs others does not take; a text may be an object's. */
function refusedByKeys(from: Set<PinType>, sink: Schema): Fit | null {
  const whole = resolve(sink, sink.$defs);
  const needed = whole.type === "object" ? (whole.required ?? []) : [];
  const isTaken = (type: PinType) =>
    type === "string" || type === "object" || needed.every((key) => (type === "array" ? /^\d+$/.test(key) : key === "value"));
  if (needed.length === 0 || [...from].some(isTaken)) return null;
  return { isOk: false, reason: `This pin takes an object with ${needed.join(", ")}. Put the value into one first, or link it to one of this pin’s keys.` };
}

function integerLoss(source: Schema, sink: Schema): Fit | null {
  const isWhole = (schema: Schema) => resolve(schema, schema.$defs).type === "integer";
  return isWhole(sink) && resolve(source, source.$defs).type === "number"
    ? { isOk: true, reason: "Number to whole number: will be converted. Its decimals are cut off." }
    : null;
}
