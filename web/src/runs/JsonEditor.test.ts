import { expect, test } from "vitest";
import { draftOf, isWrong, readDraft } from "./JsonEditor";

test("a text is edited as it is, anything else as JSON", () => {
  expect(readDraft({ ...draftOf("a"), text: "{not json" })).toBe("{not json");
  expect(draftOf({ a: 1 })).toEqual({ text: '{\n  "a": 1\n}', isText: false });
  expect(readDraft({ text: "[1, 2]", isText: false })).toEqual([1, 2]);
  expect(isWrong({ text: "[1,", isText: false })).toBe(true);
});
