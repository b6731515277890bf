/** Whether a credential fits a need: the rules of `misfit` in `schema/credentials.py`, told before the API has to. */
import type { CredentialType } from "@/data/schema.generated";
import type { Json, Schema } from "@/graph/document";

export type Requirement = {
  key?: string;
  providers: readonly string[];
  types: readonly CredentialType[];
  scopes: readonly string[];
  isRequired: boolean;
  hasDemo: boolean;
};

export type Held = { provider: string; type: CredentialType; scopes: readonly string[]; endedAt?: string | null };

/** The provider whose answers are made here, without a key. */
const DEMO = "demo";

/** Whether a credential is one of those that a person would look for here, usable or not. */
export function isOfKind(held: Held, need: Requirement): boolean {
  const isOfProvider = need.providers.includes(held.provider) || (need.hasDemo && held.provider === DEMO);
  return isOfProvider && need.types.includes(held.type);
}

/** Why a credential of the right kind cannot be used all the same; null: it can. */
export function misfit(held: Held, need: Requirement): string | null {
  if (held.endedAt) return "its provider refused it, connect it again";
  const lacking = need.scopes.filter((scope) => !held.scopes.includes(scope));
  return held.type === "OAUTH2" && lacking.length > 0 ? `it lacks ${lacking.map(shortScope).join(", ")}` : null;
}

/** A scope as people read it: Google's are addresses. */
export const shortScope = (scope: string): string => scope.split("/").at(-1) || scope;

/** What a pin of a node asks for; `deciding` is the value of the field that decides on the provider. */
export function requirementOf(pin: Schema, isRequired: boolean, deciding: Json | undefined): Requirement {
  const mapping = (pin.discriminator_mapping ?? null) as Record<string, string> | null;
  const chosen = mapping && deciding !== undefined && deciding !== null ? mapping[String(deciding)] : undefined;
  return {
    providers: chosen ? [chosen] : (pin.credentials_provider as string[]),
    types: ((pin.credentials_types ?? []) as string[]).map((one) => one.toUpperCase() as CredentialType),
    scopes: (pin.credentials_scopes ?? []) as string[],
    isRequired,
    hasDemo: pin.credentials_demo === true,
  };
}

/** A node's reference to a credential. Nodes name it by the id that files have, which the API's own id holds within (`api/graphql/ids.py`). */
export function referenceOf(credential: { id: string; provider: string; type: CredentialType; title: string }): { id: string; provider: string; type: string; title: string } {
  return { id: fileId(credential.id), provider: credential.provider, type: credential.type.toLowerCase(), title: credential.title };
}

export function fileId(id: string): string {
  try {
    return atob(id.replaceAll("-", "+").replaceAll("_", "/")).split(":")[1] ?? id;
  } catch {
    return id;
  }
}

/** The API's id of a reference in a node; null where it names none, as after an export. */
export function credentialIdOf(reference: Json | undefined): string | null {
  const id = reference && typeof reference === "object" && !Array.isArray(reference) ? reference.id : null;
  if (typeof id !== "string" || id === "") return null;
  return btoa(`Credential:${id}`).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
