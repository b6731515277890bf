/** What of a value does not fit its schema, each at its field and in words. The API decides; this only tells at once. */
import { isObject } from "@/graph/document";
import { type OutputUnit, Validator } from "@cfworker/json-schema";
import type { Json, JsonObject, Schema } from "@/graph/document";
import { branchesOf, branchFor, isNullable, resolve } from "./schema";

export type FieldProblem = { path: string[]; message: string };

/**
 * Every problem of a value. Fields that are null count as absent, as the engine reads them.
 * Patterns are left to the API: they may be a stranger's, and a browser's expressions can take for ever.
 */
export function problemsOf(schema: Schema, value: JsonObject): FieldProblem[] {
  const found: FieldProblem[] = [];
  collect(schema, value, [], schema, found);
  return found;
}

/** The problems at or below a path, their paths made relative to it. */
export function below(problems: FieldProblem[], ...steps: string[]): FieldProblem[] {
  return problems.filter((one) => steps.every((step, at) => one.path[at] === step)).map((one) => ({ ...one, path: one.path.slice(steps.length) }));
}

/** What is said at a field itself. */
export function ownOf(problems: FieldProblem[]): string | null {
  const own = problems.filter((one) => one.path.length === 0).map((one) => one.message);
  return own.length > 0 ? own.join(" ") : null;
}

/** Walks down as a form does, so that each problem is at the control that mends it, also within a union. */
function collect(given: Schema | boolean | undefined, value: Json | undefined, path: string[], root: Schema, found: FieldProblem[]): void {
  const schema = resolve(given, root);
  if (schema.credentials_provider) return;
  if (value === null && isNullable(schema, root)) return;
  const branches = branchesOf(schema, root);
  const one = branches.length > 1 ? branches[branchFor(value, branches, root)] : branches[0];
  if (!one || value === undefined) return;
  if (one.type === "object" || one.properties) {
    if (isObject(value)) return collectObject(one, value, path, root, found);
    if (one.type === "object") found.push({ path, message: "This must be an object." });
    return;
  }
  if (one.type === "array" && Array.isArray(value)) {
    value.forEach((item, index) => collect(one.items, item, [...path, String(index)], root, found));
  }
  const message = wrongOf(one, value);
  if (message) found.push({ path, message });
}

function collectObject(schema: Schema, value: JsonObject, path: string[], root: Schema, found: FieldProblem[]): void {
  for (const name of schema.required ?? []) {
    const field = resolve(schema.properties?.[name], root);
    if (field.credentials_provider || "const" in field) continue;
    const isMissing = value[name] === undefined || (value[name] === null && !isNullable(field, root));
    if (isMissing && field.default === undefined) found.push({ path: [...path, name], message: "This is needed." });
  }
  for (const [name, item] of Object.entries(value)) {
    if (item === null && (path.length === 0 || schema.required?.includes(name))) continue;
    const field = schema.properties?.[name] ?? schema.additionalProperties;
    if (field === false) found.push({ path: [...path, name], message: "There is no such field." });
    else collect(field, item, [...path, name], root, found);
  }
}


/** What is asked here; all else, such as patterns within other keywords, is the API's. */
const ASKED = new Set([
  "type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
  "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
]);
const validators = new WeakMap<Schema, Validator>();

/** What is wrong with a value itself, not with what is in it. */
function wrongOf(schema: Schema, value: Json): string | null {
  let validator = validators.get(schema);
  if (!validator) {
    const flat = Object.fromEntries(Object.entries(schema).filter(([key]) => ASKED.has(key)));
    validator = new Validator(flat, "2020-12", true);
    validators.set(schema, validator);
  }
  const { valid, errors } = validator.validate(value);
  return valid ? null : say(errors[0], schema);
}

const TYPES: Record<string, string> = { string: "a text", integer: "a whole number", number: "a number", boolean: "yes or no", array: "a list", object: "an object", null: "nothing" };

function say(error: OutputUnit | undefined, schema: Schema): string {
  switch (error?.keyword) {
    case "type":
      return `This must be ${TYPES[String(schema.type)] ?? "of another type"}.`;
    case "enum":
      return "This is none of the choices.";
    case "const":
      return `This must be ${JSON.stringify(schema.const)}.`;
    case "minimum":
      return `This must be at least ${schema.minimum}.`;
    case "exclusiveMinimum":
      return `This must be more than ${String(schema.exclusiveMinimum)}.`;
    case "maximum":
      return `This must be at most ${schema.maximum}.`;
    case "exclusiveMaximum":
      return `This must be less than ${String(schema.exclusiveMaximum)}.`;
    case "multipleOf":
      return `This must be a multiple of ${String(schema.multipleOf)}.`;
    case "minLength":
      return schema.minLength === 1 ? "This must not be empty." : `This must have at least ${schema.minLength} characters.`;
    case "maxLength":
      return `This may have at most ${schema.maxLength} characters.`;
    case "minItems":
      return schema.minItems === 1 ? "This needs at least one entry." : `This needs at least ${String(schema.minItems)} entries.`;
    case "maxItems":
      return `This may have at most ${String(schema.maxItems)} entries.`;
    case "uniqueItems":
      return "No entry may be there twice.";
    case "minProperties":
      return `This needs at least ${String(schema.minProperties)} entries.`;
    case "maxProperties":
      return `This may have at most ${String(schema.maxProperties)} entries.`;
    default:
      return error?.error ?? "This does not fit.";
  }
}
