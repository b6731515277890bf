import { beforeEach, expect, test } from "vitest";
import { copiesOf, copyName, forgetKept, unsavedAgents } from "./kept";

beforeEach(() => localStorage.clear());

test("an agent with two copies counts once, and another person's do not count", () => {
  for (const one of [copyName("p", "o", "a", "1"), copyName("p", "o", "a", "2"), copyName("p", "o2", "b", "3"), copyName("q", "o", "a", "4")]) localStorage.setItem(one, "1");
  expect(unsavedAgents("p")).toBe(2);
  expect(copiesOf("p", "o", "a").sort()).toEqual([copyName("p", "o", "a", "1"), copyName("p", "o", "a", "2")]);
});

test("what a person worked on is forgotten, what another one did not save is not, and neither is how this browser looks", () => {
  const theirs = copyName("q/1", "o", "a", "4");
  for (const one of [copyName("p", "o", "a", "1"), "drystone.draft.a", "drystone.recent-blocks", "drystone.theme", theirs]) localStorage.setItem(one, "1");
  forgetKept("p");
  expect(Object.keys(localStorage).sort()).toEqual([theirs, "drystone.theme"].sort());
});
