/** Reading a JSON Schema for a form: what stands behind a reference, which choices it leaves, and which control fits. Never draws anything. */
import type { Json, JsonObject, Schema } from "@/graph/document";

export type Control =
  | "text" | "long-text" | "secret" | "number" | "boolean" | "choice" | "constant"
  | "date" | "time" | "date-time" | "file" | "list" | "table" | "object" | "map" | "union" | "json" | "credential";

const HOPS_MAX = 20;
/** Where a schema says nothing of a value's type: what a person may want to write. */
const ANY: Schema[] = [
  { type: "string", title: "Text", format: "long-text" },
  { type: "number", title: "Number" },
  { type: "boolean", title: "Yes or no" },
  { title: "JSON", format: "json" },
];
const SHORT = /(^|_)(name|title|url|id|key|model|path|email|host|token)s?$/;
const SHORT_FORMATS = new Set(["short-text", "uri", "url", "email", "hostname", "uuid", "ipv4", "ipv6"]);

/** Follow references and put the parts of `allOf` together; what the place itself says goes first. */
export function resolve(schema: Schema | boolean | undefined, root: Schema): Schema {
  let found: Schema = typeof schema === "object" && schema !== null ? schema : {};
  for (let hop = 0; hop < HOPS_MAX && found.$ref; hop++) {
    const { $ref, ...own } = found;
    found = { ...target($ref, root), ...own };
    if (target($ref, root).$ref === $ref) break;
  }
  if (!found.allOf) return found;
  const { allOf, ...own } = found;
  return [...allOf.map((part) => resolve(part, root)), own].reduce(
    (whole, part) => ({ ...whole, ...part, properties: whole.properties || part.properties ? { ...whole.properties, ...part.properties } : undefined, required: [...(whole.required ?? []), ...(part.required ?? [])] }),
    {},
  );
}

function target(reference: string, root: Schema): Schema {
  const steps = reference.startsWith("#/") ? reference.slice(2).split("/") : [];
  let at: unknown = steps.length > 0 ? root : {};
  for (const step of steps) {
    at = (at as Record<string, unknown> | null | undefined)?.[decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return typeof at === "object" && at !== null ? (at as Schema) : {};
}

const isNull = (schema: Schema): boolean => schema.type === "null" || (schema.const === null && "const" in schema);

/** The types that a value may have, null left out; one where the schema leaves no choice. */
export function branchesOf(schema: Schema, root: Schema): Schema[] {
  const members = schema.anyOf ?? schema.oneOf;
  if (members) {
    const rest = members.map((one) => resolve(one, root)).filter((one) => !isNull(one));
    const flat = rest.flatMap((one) => (one.anyOf || one.oneOf || Array.isArray(one.type) ? branchesOf(one, root) : [one]));
    return flat.length > 0 ? flat : [{}];
  }
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((one) => one !== "null");
    return types.map((type) => ({ ...schema, type, title: undefined, default: undefined }));
  }
  if (schema.type === undefined && !schema.enum && !("const" in schema) && !schema.properties && !schema.items && !schema.format && schema.additionalProperties === undefined) return ANY;
  return [schema];
}

export function isNullable(schema: Schema, root: Schema): boolean {
  if (Array.isArray(schema.type)) return schema.type.includes("null");
  return (schema.anyOf ?? schema.oneOf ?? []).some((one) => isNull(resolve(one, root)));
}

/** Which control a schema gets. `name` is the field's, which tells a short text from a long one. */
export function controlOf(schema: Schema, root: Schema, name = ""): Control {
  if (schema.credentials_provider) return "credential";
  if (schema.format === "json") return "json";
  const branches = branchesOf(schema, root);
  if (branches.length > 1) return "union";
  const one = branches[0] ?? {};
  if ("const" in one) return "constant";
  if (one.enum) return "choice";
  switch (one.type) {
    case "boolean":
      return "boolean";
    case "integer":
    case "number":
      return "number";
    case "array":
      return isTable(one, root) ? "table" : "list";
    case "object":
      return one.properties ? "object" : "map";
    default:
      if (one.properties) return "object";
      if (one.items) return "list";
      if (one.additionalProperties !== undefined && one.type === undefined) return "map";
      return textControl(schema, one, name);
  }
}

function textControl(schema: Schema, one: Schema, name: string): Control {
  const format = one.format ?? schema.format;
  if (schema.secret || one.secret || format === "password") return "secret";
  if (format === "date" || format === "time" || format === "date-time" || format === "file") return format;
  if (format === "long-text") return "long-text";
  const isShort = SHORT.test(name) || SHORT_FORMATS.has(format ?? "") || (one.maxLength ?? 1_000) <= 100;
  return isShort ? "text" : "long-text";
}

const FLAT = new Set(["string", "number", "integer", "boolean"]);

/** Lists of objects whose fields are plain are tables; so are those of objects that may have any field. */
function isTable(schema: Schema, root: Schema): boolean {
  const items = resolve(schema.items, root);
  if (items.type !== "object") return false;
  const fields = Object.values(items.properties ?? {}).map((one) => resolve(one, root));
  return fields.length <= 8 && fields.every((one) => FLAT.has(String(branchesOf(one, root)[0]?.type)) && branchesOf(one, root).length === 1 && one.format === undefined);
}

/** The branch that a value is of; the first where it is of none. */
export function branchFor(value: Json | undefined, branches: Schema[], root: Schema): number {
  const found = branches.findIndex((one) => fitsBranch(value, one, root));
  return Math.max(found, 0);
}

function fitsBranch(value: Json | undefined, schema: Schema, root: Schema): boolean {
  if (value === undefined || value === null) return false;
  if ("const" in schema) return JSON.stringify(schema.const) === JSON.stringify(value);
  if (schema.enum) return schema.enum.some((one) => JSON.stringify(one) === JSON.stringify(value));
  if (schema.format === "json") return typeof value === "object";
  if (!hasType(value, schema)) return false;
  if (typeof value !== "object" || Array.isArray(value)) return true;
  const fields = Object.entries(schema.properties ?? {}).map(([name, one]) => [name, resolve(one, root)] as const);
  const isRight = fields.every(([name, one]) => !("const" in one) || value[name] === one.const);
  return isRight && (fields.some(([, one]) => "const" in one) || (schema.required ?? []).every((name) => name in value));
}

function hasType(value: Json, schema: Schema): boolean {
  switch (schema.type) {
    case "string":
      return typeof value === "string";
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && !Array.isArray(value);
    default:
      return true;
  }
}

/** A value to begin with where something is added: constants filled in, all else left for the person. */
export function emptyOf(schema: Schema, root: Schema): Json {
  const one = branchesOf(resolve(schema, root), root)[0] ?? {};
  if (schema.default !== undefined) return schema.default;
  if ("const" in one) return one.const ?? null;
  switch (controlOf(one, root)) {
    case "list":
    case "table":
      return [];
    case "object":
    case "map":
      return constantsOf(one, root);
    case "boolean":
      return false;
    case "number":
    case "json":
    case "choice":
      return null;
    default:
      return "";
  }
}

/** The fields of an object that can only have one value. */
export function constantsOf(schema: Schema, root: Schema): JsonObject {
  const found: JsonObject = {};
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    const field = resolve(one, root);
    if ("const" in field) found[name] = field.const ?? null;
  }
  return found;
}

export function titleOfField(name: string, schema: Schema): string {
  if (schema.title) return schema.title;
  const words = name.replace(/[_-]+/g, " ").trim();
  return words ? words.charAt(0).toUpperCase() + words.slice(1) : "Value";
}

const TYPE_WORDS: Record<string, string> = { string: "Text", integer: "Whole number", number: "Number", boolean: "Yes or no", array: "List", object: "Object" };

/** What a choice of type is called. */
export function nameOfBranch(schema: Schema, root: Schema): string {
  if (schema.title && (schema.properties || schema.format === "json" || !schema.type || schema.title === TYPE_WORDS[String(schema.type)])) return schema.title;
  if (schema.enum) return "A choice";
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.format === "file") return "File";
  if (schema.type === "array") {
    const items = branchesOf(resolve(schema.items, root), root);
    const word = items.length === 1 ? TYPE_WORDS[String(items[0]?.type)] : undefined;
    return word ? `List of ${word.toLowerCase()}` : "List";
  }
  return TYPE_WORDS[String(schema.type)] ?? schema.title ?? "Any value";
}

/** A default, short enough to stand in an empty field. */
export function placeholderOf(schema: Schema): string | undefined {
  if (schema.placeholder) return schema.placeholder;
  const { default: value } = schema;
  if (value === undefined || value === null || value === "") return undefined;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Texts that a field may be filled from: the keys that decide which provider a credential must be of. */
export function suggestionsOf(schema: Schema): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const one of Object.values(schema.properties ?? {})) {
    if (typeof one.discriminator === "string" && typeof one.discriminator_mapping === "object" && one.discriminator_mapping) {
      found[one.discriminator] = Object.keys(one.discriminator_mapping);
    }
  }
  return found;
}
