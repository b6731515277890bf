import { describe, expect, it } from "vitest";
import { passwordProblem, ROLES, rolesUpTo, RUNNER_RIGHTS, wordsOf } from "./rights";

describe("roles and rights", () => {
  it("nobody gives a role above their own", () => {
    expect(rolesUpTo("EDITOR").map((one) => one.value)).toEqual(["VIEWER", "AUDITOR", "OPERATOR", "EDITOR"]);
    expect(rolesUpTo("OWNER")).toEqual(ROLES);
  });
  it("a key for a program does not decide approvals unless somebody says so", () => {
    expect(RUNNER_RIGHTS).not.toContain("approvals:decide");
    expect(RUNNER_RIGHTS.map(wordsOf).some((one) => one.includes(":"))).toBe(false);
  });
  it("a right that has no words yet is shown as it is", () => {
    expect(wordsOf("moon:read")).toBe("moon:read");
  });
});

describe("a new password", () => {
  it("is long enough and typed twice", () => {
    expect(passwordProblem("short", "short").password).toContain("12");
    expect(passwordProblem("long enough it is", "another one it is").again).toBeDefined();
    expect(passwordProblem("long enough it is", "long enough it is")).toEqual({});
  });
});
