import { describe, expect, test } from "vitest";
import { columnsOf, dataUriType, isMarkdown, isTable, modeOf, modeOfMedia, modesFor, pathOf, safeLink, type ShownFile } from "./kinds";

const file = (mediaType: string): ShownFile => ({ id: "f", name: "x", mediaType, size: 1, status: "CLEAN", downloadUrl: null });

describe("a value's natural view", () => {
  test("a plain sentence is text, one with marks is Markdown", () => {
    expect(modeOf("Hello there, 3 * 4 is 12.")).toBe("text");
    expect(modeOf("# Report\n\n- one\n- two")).toBe("markdown");
    expect(isMarkdown("See **this**")).toBe(true);
  });

  test("HTML and SVG are shown as code and never as what they are", () => {
    expect(modeOf("<html><script>alert(1)</script>")).toBe("code");
    expect(modeOf('<svg onload="alert(1)">')).toBe("code");
    expect(modeOfMedia("image/svg+xml")).toBe("file");
    expect(modeOfMedia("text/html")).toBe("file");
    expect(modeOf("data:image/svg+xml;base64,PHN2Zz4=")).toBe("file");
  });

  test("a list of alike objects is a table, one of unlike ones is JSON", () => {
    expect(modeOf([{ a: 1, b: 2 }, { a: 3, b: 4 }])).toBe("table");
    expect(isTable([{ a: 1 }, { b: 2 }, { c: 3 }])).toBe(false);
    expect(isTable([[1, 2], [3, 4]])).toBe(true);
    expect(modeOf({ a: 1 })).toBe("json");
    expect(modeOf([])).toBe("json");
  });

  test("numbers, booleans and nothing are text", () => {
    for (const one of [1, true, null]) expect(modeOf(one)).toBe("text");
  });

  test("a stored file is shown by its type", () => {
    expect(modeOf("x", file("image/png"))).toBe("image");
    expect(modeOf("x", file("audio/mpeg"))).toBe("audio");
    expect(modeOf("x", file("application/pdf"))).toBe("file");
  });

  test("every value may be looked at in another way where that helps", () => {
    expect(modesFor("# a")).toEqual(["markdown", "text", "code"]);
    expect(modesFor([{ a: 1 }])).toEqual(["table", "json", "code"]);
    expect(modesFor(3)).toEqual(["text"]);
  });
});

test("the type of a data: URI is read from its head", () => {
  expect(dataUriType("data:image/png;base64,AAAA")).toBe("image/png");
  expect(dataUriType("a data: thing")).toBeNull();
});

test("columns come in the order of their first appearance", () => {
  expect(columnsOf([{ a: 1, b: 2 }, { c: 3 }])).toEqual(["a", "b", "c"]);
});

test("what is fetched is fetched from here, by known paths only", () => {
  expect(pathOf("https://drystone.example/values/v1")).toBe("/values/v1");
  expect(pathOf("/files/f1")).toBe("/files/f1");
  expect(pathOf("https://evil.example/steal")).toBeNull();
  expect(pathOf("javascript:alert(1)")).toBeNull();
});

test("links of outputs are web and mail addresses and nothing else", () => {
  expect(safeLink("https://a.example/")).toBe("https://a.example/");
  for (const one of ["javascript:alert(1)", "data:text/html,x", "vbscript:x", " jAvascript:alert(1)", "/relative", null]) expect(safeLink(one)).toBeNull();
});
