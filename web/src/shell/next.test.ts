import { expect, test } from "vitest";
import { safeNext } from "./next";

const at = (next: string | null) => safeNext(next, "https://drystone.example");

test("a screen of the app is kept, with its filters", () => {
  expect(at("/runs?status=FAILED#x")).toBe("/runs?status=FAILED#x");
});

test.each([null, "", "runs", "https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\n\\evil.example", "/.//evil.example", "javascript:alert(1)", "/sign-in?next=/", "/x/../sign-in"])(
  "%j leads to the library",
  (next) => expect(at(next)).toBe("/library"),
);
