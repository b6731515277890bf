import { describe, expect, it } from "vitest";
import type { GraphDocument, Schema } from "@/graph/document";
import { givenCredentials, givenInputs, hasOwnCredentials, isMissing, isSurelyMissing, knownInputs, openInputs, placed } from "./request";

const schema: Schema = { type: "object", properties: { topic: { type: "string" }, token: { type: "string", secret: true } } };
const requirement = { key: "k", isRequired: true, hasDemo: false, places: [{ graphId: "g", nodeId: "a", pin: "credentials" }] };
const document = (own: unknown): GraphDocument =>
  ({ id: "g", name: "G", links: [], nodes: [{ id: "a", block_id: "b", input_default: { credentials: own }, metadata: {} }] }) as unknown as GraphDocument;

describe("a request", () => {
  it("leaves out what is empty, so that defaults count", () => {
    expect(givenInputs({ a: null, b: "", c: 0, d: false })).toEqual({ b: "", c: 0, d: false });
  });

  it("names the credentials that were chosen only", () => {
    expect(givenCredentials({ a: "1", b: null })).toEqual([{ key: "a", credentialId: "1" }]);
  });

  it("keeps no secret in a preset or a link, and takes none from there", () => {
    expect(openInputs(schema, { topic: "x", token: "s" })).toEqual({ topic: "x" });
    expect(knownInputs(schema, { topic: "x", token: "***", gone: 1 })).toEqual({ topic: "x" });
  });

  it("puts what was refused at its field", () => {
    const field = { code: "BAD_USER_INPUT", message: "needed", path: ["inputs", "topic"] };
    const other = { code: "CONFLICT", message: "other", path: [] };
    expect(placed(schema, [field, other])).toEqual({ fields: [{ path: ["topic"], message: "needed" }], others: [other] });
  });

  it("misses no credential that the node has, that was chosen, or that the demo stands in for", () => {
    expect(hasOwnCredentials(document({ id: "1" }), requirement)).toBe(true);
    expect(hasOwnCredentials(document({ provider: "github" }), requirement)).toBe(false);
    expect(isMissing(document(undefined), requirement, {})).toBe(true);
    expect(isMissing(document({ id: "1" }), requirement, {})).toBe(false);
    expect(isMissing(document(undefined), requirement, { k: "1" })).toBe(false);
    expect(isMissing(document(undefined), { ...requirement, hasDemo: true }, {})).toBe(false);
    expect(isMissing(document(undefined), { ...requirement, isRequired: false }, {})).toBe(false);
  });

  it("is sure of a credential that is missing only where it sees every node that needs it", () => {
    expect(isSurelyMissing(document(undefined), requirement, {})).toBe(true);
    const within = { ...requirement, places: [...requirement.places, { graphId: "sub", nodeId: "elsewhere", pin: "credentials" }] };
    expect(isSurelyMissing(document(undefined), within, {})).toBe(false);
  });
});
