import { describe, expect, it } from "vitest";
import { deadlineText, formOf, whyNot } from "./words";

const NOW = Date.parse("2026-11-26T12:00:00Z");
const me = { id: "me", role: "OPERATOR" as const, mayDecide: true };
const approval = { roles: [], allowsSelf: true, askedBy: { id: "other" }, votes: [] };

describe("the deadline in words", () => {
  it("says how long is left, and what happens then", () => {
    expect(deadlineText("2026-11-26T12:04:10Z", "REJECT", NOW)).toBe("4 min 10 s left, then it counts as rejected");
    expect(deadlineText("2026-11-26T12:04:10Z", null, NOW)).toBe("4 min 10 s left");
  });
  it("does not say that it is too late: a decision that is made before the run takes note still counts", () => {
    expect(deadlineText("2026-11-26T11:00:00Z", "FAIL", NOW)).toContain("may still be decided");
  });
});

describe("why somebody may not decide", () => {
  it("is that they have said what they think, before all else", () => {
    expect(whyNot({ ...approval, votes: [{ person: { id: "me" } }] }, { ...me, mayDecide: false })).toContain("You have said");
  });
  it("is their role, their own run, or that others are asked", () => {
    expect(whyNot(approval, { ...me, mayDecide: false })).toContain("role");
    expect(whyNot({ ...approval, allowsSelf: false, askedBy: { id: "me" } }, me)).toContain("You started this run");
    expect(whyNot({ ...approval, roles: ["ADMIN"] }, me)).toContain("administrator");
  });
});

describe("the form of what is asked", () => {
  it("is the one that the agent gives", () => {
    const schema = { type: "object", properties: { to: { type: "string" } } };
    const form = formOf(schema, { to: "ann" });
    expect(form?.schema).toBe(schema);
    expect(form?.unwrap(form.wrap({ to: "bob" }))).toEqual({ to: "bob" });
  });
  it("is one field for what is no object, and gives it back as it was", () => {
    const form = formOf({ type: "integer", minimum: 1, $defs: { one: {} } }, 3);
    expect(form?.schema.properties?.value).toMatchObject({ type: "integer", minimum: 1 });
    expect(form?.schema.$defs).toBeDefined();
    expect(form?.unwrap(form.wrap(4))).toBe(4);
  });
  it("is made of data that came without one, as long as it is flat", () => {
    expect(formOf(null, { to: "ann", count: 2, isUrgent: false })?.schema.properties).toMatchObject({ to: { type: "string" }, count: { type: "number" }, isUrgent: { type: "boolean" } });
    expect(formOf(null, "text")?.schema.properties?.value).toMatchObject({ type: "string" });
    expect(formOf(null, { deep: { er: 1 } })).toBeNull();
    expect(formOf(null, [1, 2])).toBeNull();
    expect(formOf(null, null)).toBeNull();
  });
});
