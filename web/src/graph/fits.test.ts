import { describe, expect, test } from "vitest";
import type { Schema } from "./document";
import { fits } from "./fits";
import cases from "./fits.cases.json";

const text = { type: "string" };
const number = { type: "number" };
const list = { type: "array", items: {} };
const object = { type: "object", additionalProperties: true };

describe("what fits", () => {
  test("the same type goes as it is", () => {
    expect(fits(text, text)).toEqual({ isOk: true, reason: "" });
  });

  test("a pin of any type takes and gives everything", () => {
    expect(fits({}, number)).toEqual({ isOk: true, reason: "" });
    expect(fits(object, {})).toEqual({ isOk: true, reason: "" });
  });

  test("one member of a union is enough, and null is no member", () => {
    expect(fits(text, { anyOf: [number, text, { type: "null" }] })).toEqual({ isOk: true, reason: "" });
    expect(fits({ anyOf: [{ type: "integer" }, { type: "null" }] }, number).reason).toBe("");
  });

  test("what is converted says to what", () => {
    const fit = fits(text, { type: "integer" });
    expect(fit.isOk).toBe(true);
    expect(fit.reason).toContain("Text to number: will be converted");
    expect(fits(number, { type: "integer" }).reason).toContain("decimals");
  });
});

describe("what the engine does", () => {
  test.each(cases.map((one) => [one.from, one.to, one] as const))("%s to %s", (_from, _to, { source, sink, arrives }) => {
    const fit = fits(source as Schema, sink as Schema);
    expect(fit.isOk).toBe(arrives !== "never");
    if (arrives === "as it is") expect(fit.reason).toBe("");
    if (arrives === "converted") expect(fit.reason).toContain("will be converted");
  });

  test("what is lost on the way is said", () => {
    expect(fits(list, number)).toEqual({ isOk: true, reason: "List to number: will be converted. Only how many items it has arrives." });
  });
});

describe("what is refused", () => {
  test("what lacks the keys that a pin needs", () => {
    const named = { type: "object", properties: { name: {} }, required: ["name"] };
    expect(fits(number, named)).toMatchObject({ isOk: false });
    expect(fits(number, named).reason).toContain("an object with name");
    expect([fits(object, named).isOk, fits(text, named).isOk]).toEqual([true, true]);
  });

  test("a credential", () => {
    expect(fits(text, { type: "object", credentials_provider: ["openai"] }).isOk).toBe(false);
  });

  test("what is no word of a choice, through a reference too", () => {
    const sink = { $ref: "#/$defs/Way", $defs: { Way: { type: "string", enum: ["Add", "Subtract"] } } };
    expect(fits(number, sink)).toEqual({ isOk: false, reason: "This pin takes only Add, Subtract." });
    expect(fits(text, sink).isOk).toBe(true);
  });
});
