/** The types that a JSON Schema takes or gives, as pins show them: one colour each. */
import type { Schema } from "./document";

export type PinType = "string" | "number" | "boolean" | "object" | "array" | "any";

export function resolve(schema: Schema, defs: Schema["$defs"]): Schema {
  const name = schema.$ref?.split("/").at(-1);
  const target = name === undefined ? undefined : defs?.[name];
  if (!target) return schema;
  const { $ref: _, ...own } = schema;
  return { ...resolve(target, defs), ...own };
}

/** The one type of a schema; "any" where it has none or several. */
export function typeOf(schema: Schema, defs: Schema["$defs"] = schema.$defs): PinType {
  const types = typesOf(schema, defs);
  const [first] = types;
  return types.size === 1 && first ? first : types.size === 2 && types.has("number") && types.has("boolean") ? "number" : "any";
}

/** The types that a schema takes or gives, integers among the numbers; empty: any. */
export function typesOf(schema: Schema, defs: Schema["$defs"] = schema.$defs): Set<PinType> {
  const whole = resolve(schema, defs);
  const members = whole.anyOf ?? whole.oneOf;
  if (members) {
    const found = members.filter((member) => member.type !== "null").map((member) => typesOf(member, defs));
    return found.some((one) => one.size === 0) ? new Set() : new Set(found.flatMap((one) => [...one]));
  }
  if (whole.allOf?.length === 1 && whole.allOf[0]) return typesOf(whole.allOf[0], defs);
  const named = [whole.type ?? []].flat().filter((type) => type !== "null");
  if (named.length > 0) return new Set(named.map((type) => (type === "integer" ? "number" : type) as PinType));
  const said = whole.enum ?? (whole.const === undefined ? [] : [whole.const]);
  return new Set(said.filter((one) => one !== null).map((one) => (Array.isArray(one) ? "array" : (typeof one as PinType))));
}

/** The colour of a type, as a CSS variable. */
export const colourOf = (type: PinType | string): string =>
  `var(--pin-${type === "integer" ? "number" : ["string", "number", "boolean", "object", "array"].includes(type) ? type : "any"})`;
