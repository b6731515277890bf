import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject, Schema } from "@/graph/document";
import { TooltipProvider } from "@/ui/Tooltip";
import { problemsOf, SchemaForm } from "./SchemaForm";

afterEach(cleanup);

/** A form as a screen has it; `now()` is what it would send. */
function open(properties: Record<string, Schema>, initial: JsonObject = {}, required: string[] = []) {
  const schema: Schema = { type: "object", properties, required };
  let last = initial;
  function Screen() {
    const [value, setValue] = useState(initial);
    last = value;
    return <TooltipProvider><SchemaForm schema={schema} value={value} onChange={setValue} problems={problemsOf(schema, value)} /></TooltipProvider>;
  }
  render(<Screen />);
  return { now: () => last };
}

const type = (label: string | RegExp, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
const click = (name: string | RegExp) => fireEvent.click(screen.getByRole("button", { name }));

describe("SchemaForm", () => {
  test("a text that is emptied is no value, so that its default counts", () => {
    const { now } = open({ a: { type: "string", title: "A" } });
    type("A", "x");
    expect(now()).toEqual({ a: "x" });
    type("A", "");
    expect(now()).toEqual({});
  });

  test("a default that is emptied stays empty, and can be had back", () => {
    const { now } = open({ a: { type: "string", title: "A", default: "d" } }, { a: "x" });
    type("A", "");
    expect(now()).toEqual({ a: "" });
    click("Use the default");
    expect(now()).toEqual({});
  });

  test("a half written number stays as it is, and no number is told", () => {
    const { now } = open({ n: { type: "number", title: "N" } });
    type("N", "1.");
    expect(now()).toEqual({ n: 1 });
    expect((screen.getByLabelText("N") as HTMLInputElement).value).toBe("1.");
    type("N", "1.x");
    expect(now()).toEqual({ n: "1.x" });
    expect(screen.getByText("This must be a number.")).toBeTruthy();
    expect(screen.getByLabelText("N").getAttribute("aria-invalid")).toBe("true");
  });

  test("rarely needed fields are behind a button, and come out where something is wrong with one", () => {
    open({ a: { type: "integer", title: "A", advanced: true, default: 1 }, b: { type: "string", title: "B" } });
    expect(screen.queryByLabelText("A")).toBeNull();
    click(/More settings/);
    type("A", "x");
    click(/More settings/);
    expect(screen.getByLabelText("A")).toBeTruthy();
  });

  test("a field that is needed and has no default is never hidden", () => {
    open({ a: { type: "string", title: "A", advanced: true } }, {}, ["a"]);
    expect(screen.getByLabelText(/^A/)).toBeTruthy();
    expect(screen.getByText("This is needed.")).toBeTruthy();
  });

  test("entries of a list are added, moved and removed", () => {
    const { now } = open({ l: { type: "array", title: "L", items: { type: "string" } } }, { l: ["a", "b"] });
    click("Add an entry to L");
    type("L, entry 3", "c");
    click("Move L, entry 3 up");
    expect(now()).toEqual({ l: ["a", "c", "b"] });
    click("Remove L, entry 1");
    expect(now()).toEqual({ l: ["c", "b"] });
  });

  test("a key counts when it has a name that no other has", () => {
    const { now } = open({ m: { type: "object", title: "M", additionalProperties: { type: "string" } } }, { m: { a: "1" } });
    click("Add an entry to M");
    type("Key 2 of M", "a");
    expect(screen.getByText("Another entry has this key.")).toBeTruthy();
    expect(now()).toEqual({ m: { a: "1" } });
    type("Key 2 of M", "ab");
    type("Value of ab in M", "2");
    expect(now()).toEqual({ m: { a: "1", ab: "2" } });
  });

  test("another type keeps what can be kept", () => {
    const { now } = open({ u: { title: "U", anyOf: [{ type: "string" }, { type: "integer" }, { type: "boolean" }] } }, { u: "12" });
    type("Type of U", "1");
    expect(now()).toEqual({ u: 12 });
    type("Type of U", "2");
    expect(now()).toEqual({});
    type("U", "true");
    expect(now()).toEqual({ u: true });
  });

  test("any value can be written as JSON, and what is no JSON yet changes nothing", () => {
    const { now } = open({ v: { title: "V" } }, { v: { a: 1 } });
    type("V", '{"a": 2');
    expect(now()).toEqual({ v: { a: 1 } });
    expect(screen.getByText(/This is no JSON yet/)).toBeTruthy();
    type("V", '{"a": 2}');
    expect(now()).toEqual({ v: { a: 2 } });
  });

  test("constants of an object are set with its first field", () => {
    const { now } = open({ o: { title: "O", oneOf: [{ type: "object", title: "Text", properties: { kind: { const: "text" }, text: { type: "string", title: "Words" } } }, { type: "object", title: "Talk", properties: { kind: { const: "talk" }, turns: { type: "integer", title: "Turns" } } }] } });
    type("Words", "hello");
    expect(now()).toEqual({ o: { kind: "text", text: "hello" } });
    type("Type of O", "1");
    expect(now()).toEqual({ o: { kind: "talk" } });
  });

  test("a value that does not belong where it is is shown and kept", () => {
    const { now } = open({ a: { type: "string", title: "A" } }, { a: { odd: true } });
    expect((screen.getByLabelText("A") as HTMLTextAreaElement).value).toContain("odd");
    expect(now()).toEqual({ a: { odd: true } });
  });

  test("a secret is dots", () => {
    open({ s: { type: "string", title: "S", secret: true } }, { s: "x" });
    expect((screen.getByLabelText("S") as HTMLInputElement).type).toBe("password");
  });

  test("cells of a spreadsheet are pasted into a table", () => {
    const { now } = open({ t: { type: "array", title: "T", items: { type: "object", properties: { name: { type: "string" }, age: { type: "integer" } } } } }, { t: [{}] });
    fireEvent.paste(screen.getByLabelText("name, row 1"), { clipboardData: { getData: () => "Ann\t30\nBob\t40\n" } });
    expect(now()).toEqual({ t: [{ name: "Ann", age: 30 }, { name: "Bob", age: 40 }] });
  });
});
