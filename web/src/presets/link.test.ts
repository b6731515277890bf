import { expect, test } from "vitest";
import { presetLink } from "./link";

test("a link has the values behind #, and never the stars of a secret", () => {
  const link = presetLink("https://x.test", "agent", { id: "p", inputs: { city: "Bath", token: "***" } });
  expect(link).toBe(`https://x.test/library/agent?start=1&preset=p#inputs=${encodeURIComponent('{"city":"Bath"}')}`);
});

test("values that are too long have no link", () => {
  expect(presetLink("https://x.test", "agent", { id: "p", inputs: { text: "x".repeat(9_000) } })).toBeNull();
});
