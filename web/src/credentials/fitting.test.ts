import { describe, expect, test } from "vitest";
import { credentialIdOf, fileId, isOfKind, misfit, referenceOf, requirementOf, type Requirement } from "./fitting";

const NEED: Requirement = { providers: ["github"], types: ["OAUTH2", "API_KEY"], scopes: ["repo"], isRequired: true, hasDemo: false };

describe("what fits", () => {
  test("another provider or type is not looked for", () => {
    expect(isOfKind({ provider: "gitlab", type: "API_KEY", scopes: [] }, NEED)).toBe(false);
    expect(isOfKind({ provider: "github", type: "USER_PASSWORD", scopes: [] }, NEED)).toBe(false);
    expect(isOfKind({ provider: "demo", type: "API_KEY", scopes: [] }, { ...NEED, hasDemo: true })).toBe(true);
  });
  test("lacking scopes and an end are told; a key has no scopes", () => {
    expect(misfit({ provider: "github", type: "OAUTH2", scopes: [] }, NEED)).toBe("it lacks repo");
    expect(misfit({ provider: "github", type: "API_KEY", scopes: [] }, NEED)).toBeNull();
    expect(misfit({ provider: "github", type: "API_KEY", scopes: [], endedAt: "2026-01-01" }, NEED)).toMatch(/connect it again/);
  });
});

test("the model decides on the provider, where it is known", () => {
  const pin = { credentials_provider: ["openai", "groq"], credentials_types: ["api_key"], discriminator_mapping: { "gpt-5": "openai" } };
  expect(requirementOf(pin, true, "gpt-5").providers).toEqual(["openai"]);
  expect(requirementOf(pin, true, "of-my-own").providers).toEqual(["openai", "groq"]);
  expect(requirementOf(pin, true, undefined).types).toEqual(["API_KEY"]);
});

test("a reference names the credential as files do, and back", () => {
  const id = "Q3JlZGVudGlhbDowMTk5OWZmZi0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE";
  const reference = referenceOf({ id, provider: "github", type: "API_KEY", title: "Mine" });
  expect(reference).toEqual({ id: "01999fff-0000-7000-8000-000000000001", provider: "github", type: "api_key", title: "Mine" });
  expect(credentialIdOf(reference)).toBe(id);
  expect(credentialIdOf({ provider: "github" })).toBeNull();
  expect(fileId("?")).toBe("?");
});
