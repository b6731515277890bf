import { expect, test } from "vitest";
import { partsOf } from "./Words";

test("what stands between backticks is code, and nothing else is", () => {
  expect(partsOf("The repository, as `owner/name`.")).toEqual(["The repository, as ", "owner/name", "."]);
  expect(partsOf("`a` and `b`")).toEqual(["", "a", " and ", "b", ""]);
  for (const plain of ["", "no code", "one ` alone", "``", "over `a\nline`", "<b>bold</b> **bold**"]) expect(partsOf(plain)).toEqual([plain]);
});
