import { expect, test } from "vitest";
import { formOf } from "./EventDialog";

test("an object with named parts is the form itself", () => {
  const schema = { type: "object", properties: { amount: { type: "number" } } };
  expect(formOf(schema)?.schema).toBe(schema);
  expect(formOf(schema)?.payloadOf({ amount: 3 })).toEqual({ amount: 3 });
});

test("a schema of one value becomes one field, and the event carries that value", () => {
  const form = formOf({ type: "string", $defs: { A: {} } });
  expect(form?.schema.properties?.payload).toMatchObject({ type: "string" });
  expect(form?.schema.$defs).toEqual({ A: {} });
  expect(form?.payloadOf({ payload: "paid" })).toBe("paid");
});

test("a schema that takes anything has no form", () => {
  expect(formOf({})).toBeNull();
  expect(formOf({ type: "object" })).toBeNull();
});
