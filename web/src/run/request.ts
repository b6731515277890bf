/** What a run is asked with, made from what a form holds; pure. */
import type { Told } from "@/data/errors";
import type { GraphDocument, JsonObject, Schema } from "@/graph/document";
import type { FieldProblem } from "@/schema-form/problems";

export type Chosen = Record<string, string | null>;
export type Requirement = {
  key: string;
  isRequired: boolean;
  hasDemo: boolean;
  places: { graphId: string; nodeId: string; nodeTitle?: string | null; pin: string }[];
};

/** Inputs that are empty are left out: their defaults count. */
export function givenInputs(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null && one !== undefined));
}

/** With `needed`, only those that are asked for: a preset may name one that only another version needs. */
export function givenCredentials(chosen: Chosen, needed?: readonly Pick<Requirement, "key">[]): { key: string; credentialId: string }[] {
  return Object.entries(chosen).flatMap(([key, credentialId]) => (credentialId && (needed?.some((one) => one.key === key) ?? true) ? [{ key, credentialId }] : []));
}

/** Inputs without those that are secret: what a preset keeps and a link shows. */
export function openInputs(schema: Schema, value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(givenInputs(value)).filter(([name]) => !schema.properties?.[name]?.secret));
}

/** Inputs of a preset or a link, as far as the agent has them still; a secret comes from neither. */
export const knownInputs = (schema: Schema, value: JsonObject): JsonObject => inputsOf(schema, openInputs(schema, value));

/** Of what was filled in, as far as a schema asks for it; also what is secret. */
export function inputsOf(schema: Schema, value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => schema.properties?.[name] !== undefined));
}

/** Put what the API refused at the fields that it names; what is left has no field. */
export function placed(schema: Schema, told: readonly Told[]): { fields: FieldProblem[]; others: Told[] } {
  const fields: FieldProblem[] = [];
  const others: Told[] = [];
  for (const one of told) {
    const name = one.path?.find((step) => schema.properties?.[step] !== undefined);
    if (name === undefined) others.push(one);
    else fields.push({ path: [name], message: one.message });
  }
  return { fields, others };
}

/** Nodes of a requirement that name a credential of their own, which counts where none is chosen. */
export function hasOwnCredentials(document: GraphDocument | null, requirement: Requirement): boolean {
  const nodes = new Map(document?.nodes.map((node) => [node.id, node]));
  return requirement.places.every(({ nodeId, pin }) => {
    const own = nodes.get(nodeId)?.input_default[pin];
    return typeof own === "object" && own !== null && "id" in own && Boolean(own.id);
  });
}

/** Whether nothing would run without a choice here. */
export function isMissing(document: GraphDocument | null, requirement: Requirement, chosen: Chosen): boolean {
  return requirement.isRequired && !requirement.hasDemo && !chosen[requirement.key] && !hasOwnCredentials(document, requirement);
}

/** The same, where all of it can be seen here: of nodes within sub-agents only the API knows what they name. */
export function isSurelyMissing(document: GraphDocument | null, requirement: Requirement, chosen: Chosen): boolean {
  const own = new Set(document?.nodes.map((node) => node.id));
  return requirement.places.every(({ nodeId }) => own.has(nodeId)) && isMissing(document, requirement, chosen);
}
