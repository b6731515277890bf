import { describe, expect, it } from "vitest";
import { entriesOf, nameOf, serviceNamed, servicesOf } from "./providers";
import { fieldOf, missingIn, NOTHING_TYPED, secretOf } from "./secret";
import { named, stateOf } from "./state";
import { granted } from "./useGrant";

const NOW = Date.parse("2026-11-26T12:00:00Z");
const kept = (more: object) => ({ type: "API_KEY" as const, endedAt: null, expiresAt: null, usedAt: null, ...more });

describe("the services of the form", () => {
  const data = {
    providers: [
      { name: "github", title: "GitHub", hosts: [], hasOAuth: false, keyHeader: null, types: ["API_KEY" as const], scopes: [] },
      { name: "openai", title: "OpenAI", hosts: ["api.openai.com"], hasOAuth: false, keyHeader: null, types: ["API_KEY" as const], scopes: [] },
      { name: "http", title: "Web addresses of your own", hosts: [], hasOAuth: false, keyHeader: null, types: ["HOST_SCOPED" as const], scopes: [] },
      { name: "bare", title: "Bare", hosts: [], hasOAuth: false, keyHeader: null, types: [], scopes: [] },
    ],
    oAuthProviders: [{ name: "mine_too", hosts: ["api.mine.example"] }, { name: "github", hosts: [] }],
  };
  it("are those of blocks, of models and of OAuth, with headers for hosts last", () => {
    const names = servicesOf(data).map((one) => one.name);
    expect(names).toContain("openai");
    expect(names).toContain("mine_too");
    expect(names).not.toContain("bare");
    expect(names.at(-1)).toBe("http");
  });
  it("take OAuth where it is set up", () => {
    expect(servicesOf(data).find((one) => one.name === "github")).toMatchObject({ types: ["API_KEY", "OAUTH2"], hasOAuth: true });
  });
  it("have one for a name that nobody knows", () => {
    expect(serviceNamed([], "some_service", ["USER_PASSWORD"])).toMatchObject({ title: "Some service", types: ["USER_PASSWORD"] });
    expect(nameOf("google_maps")).toBe("Google maps");
  });
});

describe("a secret that is typed", () => {
  it("says at each field what is missing", () => {
    expect(missingIn("API_KEY", NOTHING_TYPED)).toEqual({ key: "Enter the key." });
    expect(Object.keys(missingIn("USER_PASSWORD", NOTHING_TYPED))).toEqual(["username", "password"]);
    expect(Object.keys(missingIn("HOST_SCOPED", NOTHING_TYPED))).toEqual(["hosts", "headers"]);
  });
  it("becomes the API's input, with its hosts one by one", () => {
    expect(secretOf("API_KEY", { ...NOTHING_TYPED, key: " k ", hosts: "a.example,\n b.example:81" })).toEqual({ apiKey: { key: "k", hosts: ["a.example", "b.example:81"] } });
    const typed = { ...NOTHING_TYPED, hosts: "h", headers: [{ name: " X-Key ", value: " v" }, { name: "", value: "lost" }] };
    expect(secretOf("HOST_SCOPED", typed)).toEqual({ hostScoped: { hosts: ["h"], headers: [{ name: "X-Key", value: " v" }] } });
    expect(secretOf("OAUTH2", NOTHING_TYPED)).toBeNull();
    expect(entriesOf(" , ")).toEqual([]);
  });
  it("has its refusal at the field that a path names last", () => {
    expect(fieldOf(["secret", "hostScoped", "headers"])).toBe("headers");
    expect(fieldOf(["input"])).toBeNull();
  });
});

describe("how a credential stands", () => {
  it("is refused once its provider has said so, whatever else", () => {
    expect(stateOf(kept({ type: "OAUTH2", endedAt: "2026-11-26T11:00:00Z" }), NOW)).toMatchObject({ word: "Refused", isBroken: true });
  });
  it("is no alarm where a granted token has ended, for it is renewed", () => {
    expect(stateOf(kept({ type: "OAUTH2", expiresAt: "2026-11-26T11:00:00Z" }), NOW).isBroken).toBe(false);
    expect(stateOf(kept({ expiresAt: "2026-11-26T11:00:00Z" }), NOW).isBroken).toBe(true);
  });
  it("is found by its name, its service or its last characters", () => {
    const all = [{ title: "Work", provider: "github", last4: "9xyz", owner: null }];
    const titleOf = () => "GitHub";
    expect(named(all, "work hub", titleOf)).toHaveLength(1);
    expect(named(all, "9xyz", titleOf)).toHaveLength(1);
    expect(named(all, "slack", titleOf)).toHaveLength(0);
  });
});

describe("access that was granted", () => {
  const before = new Map([["a", "1"], ["b", "1"]]);
  it("is the credential that is new, or that was renewed", () => {
    expect(granted(before, [{ id: "a", updatedAt: "1" }, { id: "c", updatedAt: "1" }])).toBe("c");
    expect(granted(before, [{ id: "a", updatedAt: "1" }, { id: "b", updatedAt: "2" }])).toBe("b");
  });
  it("is none while nothing changed, or where what changed was refused", () => {
    expect(granted(before, [{ id: "a", updatedAt: "1" }])).toBeNull();
    expect(granted(before, [{ id: "a", updatedAt: "2", endedAt: "2" }])).toBeNull();
  });
});
