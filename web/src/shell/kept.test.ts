import { beforeEach, expect, test } from "vitest";
import { forgetKept, unsavedAgents } from "./kept";

beforeEach(() => localStorage.clear());

test("an agent with two copies counts once", () => {
  localStorage.setItem("drystone.draft.a", "1");
  localStorage.setItem("drystone.draft.a.found", "1");
  localStorage.setItem("drystone.draft.b", "1");
  expect(unsavedAgents()).toBe(2);
});

test("what a person worked on is forgotten, and how this browser looks is not", () => {
  for (const one of ["drystone.draft.a", "drystone.draft.a.found", "drystone.theme"]) localStorage.setItem(one, "1");
  forgetKept();
  expect(Object.keys(localStorage)).toEqual(["drystone.theme"]);
});
