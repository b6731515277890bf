/**
 * Whether a value of one pin may go to another, and what becomes of it there. The engine converts everything (`schema/coerce.py`); what
 * would lose the value on the way is refused here, at the pointer, with the reason and what to do.
 */
import type { Schema } from "./document";
import { type PinType, resolve, typesOf } from "./types";

/** `reason` says why not, or what the value is converted to; empty: it goes as it is. */
export type Fit = { isOk: boolean; reason: string };

const AS_IT_IS: Fit = { isOk: true, reason: "" };
const FROM: Record<PinType, string> = { string: "Text", number: "Number", boolean: "Yes or no", object: "Object", array: "List", any: "Any value" };
const TO: Record<PinType, string> = { string: "text", number: "number", boolean: "yes or no", object: "object", array: "list", any: "any value" };

type Rule = string | { refused: string };

const becomes = (what: string): Rule => what;
const refused = (why: string): Rule => ({ refused: why });

// From (row) to (column), in the order of `schema/coerce.py`.
const RULES: Record<Exclude<PinType, "any">, Partial<Record<PinType, Rule>>> = {
  string: {
    number: becomes("A text that is no number counts as 0."),
    boolean: becomes("“true” and “1” are yes, all else is no."),
    array: becomes("A text that is no JSON list becomes a list of one."),
    object: becomes("A text that is no JSON object becomes an object with a “value”."),
  },
  number: {
    string: becomes(""),
    boolean: becomes("0 is no, all else is yes."),
    array: becomes("It becomes a list of one."),
    object: refused("Put it into an object first, or link it to one of this pin’s keys."),
  },
  boolean: {
    string: becomes(""),
    number: becomes("Yes is 1, no is 0."),
    array: becomes("It becomes a list of one."),
    object: refused("Put it into an object first, or link it to one of this pin’s keys."),
  },
  object: {
    string: becomes("It becomes JSON text."),
    number: refused("Only how many keys it has would arrive. Take one of its values first."),
    boolean: refused("Only whether it is empty would arrive. Take one of its values first."),
    array: becomes("It becomes a list of keys and values."),
  },
  array: {
    string: becomes("It becomes JSON text."),
    number: refused("Only how many items it has would arrive. Take one of them first."),
    boolean: refused("Only whether it is empty would arrive. Take one of its items first."),
    object: becomes("Its items get their numbers as keys."),
  },
};

export function fits(source: Schema, sink: Schema): Fit {
  if (sink.credentials_provider !== undefined) {
    return { isOk: false, reason: "A credential is chosen by a person, never by a link. Choose it in the node." };
  }
  const [from, to] = [typesOf(source), typesOf(sink)];
  if (to.size === 0 || from.size === 0) return AS_IT_IS;
  const enums = refusedByEnum(source, sink);
  if (enums) return enums;
  if ([...from].some((type) => to.has(type))) return integerLoss(source, sink) ?? AS_IT_IS;
  return converted(from, to);
}

function converted(from: Set<PinType>, to: Set<PinType>): Fit {
  const fitsFound: Fit[] = [];
  for (const type of from) for (const other of to) fitsFound.push(rule(type, other));
  return fitsFound.find((one) => one.isOk) ?? fitsFound[0] ?? AS_IT_IS;
}

function rule(from: PinType, to: PinType): Fit {
  const one = from === "any" ? undefined : RULES[from][to];
  if (one === undefined) return AS_IT_IS;
  const names = `${FROM[from]} to ${TO[to]}`;
  if (typeof one === "string") return { isOk: true, reason: `${names}: will be converted. ${one}`.trim() };
  return { isOk: false, reason: `${names} does not fit. ${one.refused}` };
}

/** A pin that takes some words only gets none of them from a number, a list or an object. */
function refusedByEnum(source: Schema, sink: Schema): Fit | null {
  const words = resolve(sink, sink.$defs).enum;
  if (!words || words.length === 0 || words.some((word) => typeof word !== "string")) return null;
  if (typesOf(source).has("string")) return null;
  const shown = words.slice(0, 4).join(", ") + (words.length > 4 ? ", …" : "");
  return { isOk: false, reason: `This pin takes only ${shown}.` };
}

function integerLoss(source: Schema, sink: Schema): Fit | null {
  const isWhole = (schema: Schema) => resolve(schema, schema.$defs).type === "integer";
  return isWhole(sink) && resolve(source, source.$defs).type === "number"
    ? { isOk: true, reason: "Number to whole number: will be converted. Its decimals are cut off." }
    : null;
}
