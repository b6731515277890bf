/** What somebody types for a secret, and the API's input of it. Nothing of this is kept anywhere but in the form. */
import type { CredentialType, SecretInput } from "@/data/schema.generated";
import { entriesOf } from "./providers";

export type Header = { name: string; value: string };
export type Typed = { key: string; hosts: string; username: string; password: string; headers: Header[] };

export const NOTHING_TYPED: Typed = { key: "", hosts: "", username: "", password: "", headers: [{ name: "Authorization", value: "" }] };

/** What is missing, by the name of its field; empty where all is there. */
export function missingIn(type: CredentialType, typed: Typed): Record<string, string> {
  const missing: Record<string, string> = {};
  if (type === "API_KEY" && typed.key.trim() === "") missing.key = "Enter the key.";
  if (type === "USER_PASSWORD") {
    if (typed.username === "") missing.username = "Enter the user's name.";
    if (typed.password === "") missing.password = "Enter the password.";
  }
  if (type === "HOST_SCOPED") {
    if (entriesOf(typed.hosts).length === 0) missing.hosts = "Name at least one host.";
    if (!typed.headers.some((one) => one.name.trim() !== "" && one.value !== "")) missing.headers = "Enter a header's name and its value.";
  }
  return missing;
}

/** The API's input; null for access that is granted at the provider. */
export function secretOf(type: CredentialType, typed: Typed): SecretInput | null {
  if (type === "API_KEY") return { apiKey: { key: typed.key.trim(), hosts: entriesOf(typed.hosts) } };
  if (type === "USER_PASSWORD") return { userPassword: { username: typed.username, password: typed.password } };
  if (type === "OAUTH2") return null;
  const headers = typed.headers.filter((one) => one.name.trim() !== "").map((one) => ({ name: one.name.trim(), value: one.value }));
  return { hostScoped: { hosts: entriesOf(typed.hosts), headers } };
}

/** Which field an error is about: the first name in its path that the form has. */
export function fieldOf(path: readonly string[] | undefined): string | null {
  const known = ["title", "key", "hosts", "username", "password", "headers", "scopes", "provider"];
  return [...(path ?? [])].reverse().find((one) => known.includes(one)) ?? null;
}
