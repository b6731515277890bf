import { describe, expect, it } from "vitest";
import { askedIn, LINK_CHARS_MAX, linkOf } from "./link";

const read = (link: string) => {
  const url = new URL(link);
  return askedIn(url.searchParams, url.hash);
};

describe("a link to a run's form", () => {
  it("opens it with the same values", () => {
    const asked = { presetId: "p1", inputs: { "a & b": "100 % + #1", list: [1, { x: null }], text: "zwölf\n" } };
    expect(read(linkOf("http://x", "g=", asked) ?? "")).toEqual(asked);
  });

  it("is none where nothing is asked for", () => {
    expect(askedIn(new URLSearchParams("run=1"), "#inputs={}")).toBeNull();
  });

  it("leaves out what cannot be read", () => {
    for (const hash of ["#inputs=%7B", "#inputs=[1]", "#inputs=3", "#other", ""]) expect(askedIn(new URLSearchParams("start=1"), hash)?.inputs).toBeNull();
  });

  it("is not made where it would be too long", () => {
    expect(linkOf("http://x", "g", { presetId: null, inputs: { text: "x".repeat(LINK_CHARS_MAX) } })).toBeNull();
  });
});
