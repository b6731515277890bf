import { describe, expect, test } from "vitest";
import { searchBlocks } from "@/blocks/search";
import { agent, block, blocksOf, link, node } from "@/graph/testing";
import { nearest } from "./commands";
import { keysOf, shortcutOf } from "./keyboard";
import { fitOf, matches, targetsOf } from "./links";
import { partName } from "./ui";

const text = block("Text", { text: { type: "string" }, login: { type: "object", credentials_provider: ["x"] } }, { out: { type: "string" }, error: { type: "string" } });
const add = block("Add", { a: { type: "number" }, b: { type: "number" }, way: { type: "string", advanced: true } }, { result: { type: "number" } }, { required: ["a", "b"] });
const blocks = blocksOf(text, add);
const document = agent([node("t", "Text", {}, 0, 0), node("c", "Add", {}, 400, 10), node("d", "Add", {}, 400, 500)], [link("t.out", "c.a")]);
const ends = (source: string, sink: string) => link(source, sink);

describe("links", () => {
  test("are refused where they are there already, or lead to a credential", () => {
    expect(fitOf(document, blocks, ends("t.out", "c.a")).reason).toBe("These pins are linked already.");
    expect(fitOf(document, blocks, ends("t.out", "c.a"), "t.out>c.a").isOk).toBe(true);
    expect(fitOf(document, blocks, ends("c.result", "t.login")).isOk).toBe(false);
  });

  test("by the keyboard are offered to what fits", () => {
    expect(targetsOf(document, blocks, { nodeId: "c", side: "output", pin: "result" }).map((one) => `${one.node.id}.${one.pin.name}`)).toEqual(["t.text", "c.a", "c.b", "c.way", "d.a", "d.b", "d.way"]);
  });

  test("of a block that is added end at the pin that fits best", () => {
    expect(matches(node("x", "Add"), add, "input", { type: "number" }, "b")[0]?.pin.name).toBe("b");
    expect(matches(node("x", "Add"), add, "input", { type: "string" }, "out")[0]?.pin.name).toBe("a");
    expect(matches(node("x", "Text"), text, "output", { type: "string" }, "x").map((match) => match.pin.name)).toEqual(["out"]);
  });
});

test("the keyboard walks to the nearest node in a direction", () => {
  expect(nearest(document, "t", { x: 1, y: 0 })).toBe("c");
  expect(nearest(document, "c", { x: 0, y: 1 })).toBe("d");
  expect(nearest(document, "t", { x: -1, y: 0 })).toBeNull();
  expect(nearest(document, undefined, { x: 1, y: 0 })).toBe("t");
});

test("keys are named as the table has them", () => {
  const pressed = (key: string, more = {}) => keysOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });
  expect(pressed("z", { ctrlKey: true, shiftKey: true })).toBe("Mod+Shift+Z");
  expect(pressed("?", { shiftKey: true })).toBe("?");
  expect(pressed("ArrowUp", { shiftKey: true })).toBe("Shift+ArrowUp");
  expect(shortcutOf({ key: "f", ctrlKey: false, metaKey: true, shiftKey: false, altKey: false })?.text).toBe("Search in this agent");
});

test("the parts of a list are counted, those of an object named", () => {
  expect(partName("values", "city", [])).toBe("values_#_city");
  expect(partName("list", "", ["list_$_0", "list_$_3", "other_$_9"])).toBe("list_$_4");
});

test("blocks are found by the words of their names first, and what cannot run comes last", () => {
  const one = block("SendEmail", {}, {}, { description: "Sends a mail" });
  const other = block("Mail", {}, {}, { isInstalled: false });
  const third = block("MailReader", {}, {});
  expect(searchBlocks([one, other, third], "mail").map((found) => found.uuid)).toEqual(["MailReader", "SendEmail", "Mail"]);
  expect(searchBlocks([one], "mail nothing")).toEqual([]);
});
