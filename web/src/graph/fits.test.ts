import { describe, expect, test } from "vitest";
import { fits } from "./fits";

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

describe("what is refused", () => {
  test("a value that would be lost", () => {
    expect(fits(list, number)).toMatchObject({ isOk: false });
    expect(fits(list, number).reason).toContain("how many items");
    expect(fits(number, object).isOk).toBe(false);
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
