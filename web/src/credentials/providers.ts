/** The services that a credential can be for, as the form lists them: those of blocks, of models and of OAuth, and headers to hosts. */
import type { CredentialType } from "@/data/schema.generated";
import type { CredentialProvidersQuery } from "./credentials.generated";

export type Service = { name: string; title: string; types: CredentialType[]; scopes: string[]; hosts: string[]; hasOAuth: boolean };

export const TYPE_WORDS: Record<CredentialType, string> = {
  API_KEY: "API key",
  OAUTH2: "Sign in there",
  USER_PASSWORD: "User and password",
  HOST_SCOPED: "Headers for hosts",
};

/** As a list names what is there already. */
export const TYPE_NAMES: Record<CredentialType, string> = {
  API_KEY: "API key",
  OAUTH2: "Access granted there",
  USER_PASSWORD: "User and password",
  HOST_SCOPED: "Headers",
};

const HEADERS: Service = { name: "http", title: "Web addresses of your own", types: ["HOST_SCOPED"], scopes: [], hosts: [], hasOAuth: false };

/** Everything that can be chosen, by title; headers for hosts stand last. */
export function servicesOf(data: CredentialProvidersQuery | undefined): Service[] {
  const services = new Map<string, Service>();
  for (const one of data?.providers ?? []) {
    if (one.types.length > 0) services.set(one.name, one);
  }
  for (const one of data?.oAuthProviders ?? []) {
    const known = services.get(one.name);
    if (!known) services.set(one.name, { name: one.name, title: nameOf(one.name), types: ["OAUTH2"], scopes: [], hosts: one.hosts, hasOAuth: true });
    else if (!known.types.includes("OAUTH2")) services.set(one.name, { ...known, types: [...known.types, "OAUTH2"], hasOAuth: true });
  }
  services.delete(HEADERS.name);
  return [...[...services.values()].sort((a, b) => a.title.localeCompare(b.title)), HEADERS];
}

/** A service that no list has, by its own name: what was made elsewhere is still to be used. */
export function serviceNamed(services: Service[], name: string, types: readonly CredentialType[] = []): Service {
  const known = services.find((one) => one.name === name);
  return known ?? { name, title: nameOf(name), types: types.length > 0 ? [...types] : ["API_KEY"], scopes: [], hosts: [], hasOAuth: false };
}

/** "google_maps" as "Google maps". */
export function nameOf(provider: string): string {
  const words = provider.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The entries of a text of lines or commas. */
export function entriesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((one) => one !== "");
}
