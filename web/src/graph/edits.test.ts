import { describe, expect, test } from "vitest";
import { AGENT_BLOCK } from "@/blocks/blocks";
import { addLink, insertOnLink, moveNodes, newLink, reconnect, removeNodes, setInput, setTitle, toggleDisabled } from "./edits";
import { findNodes } from "./find";
import { groupNodes, groupsOf, renameGroup, ungroupNodes } from "./groups";
import { agent, block, blocksOf, link, node } from "./testing";

const two = () => agent([node("a"), node("b")], [link("a.out", "b.in")]);

describe("an edit", () => {
  test("leaves what it does not touch the same", () => {
    const before = two();
    const after = setInput(before, "a", "text", "x");
    expect(after.nodes[1]).toBe(before.nodes[1]);
    expect(after.links).toBe(before.links);
    expect(before.nodes[0]?.input_default).toEqual({});
  });

  test("that changes nothing gives the document itself", () => {
    const before = two();
    expect(moveNodes(before, new Map([["a", { x: 0.2, y: 0 }]]))).toBe(before);
    expect(addLink(before, link("a.out", "b.in"))).toBe(before);
    expect(removeNodes(before, new Set(["c"]))).toBe(before);
    expect(setTitle(before, "a", " ")).toBe(before);
  });

  test("of a node's title takes an empty one away", () => {
    const named = setTitle(two(), "a", " Mine ");
    expect(named.nodes[0]?.metadata.customized_name).toBe("Mine");
    expect("customized_name" in (setTitle(named, "a", "").nodes[0]?.metadata ?? {})).toBe(false);
  });

  test("removes the links of a removed node", () => {
    expect(removeNodes(two(), new Set(["b"])).links).toEqual([]);
  });

  test("puts an agent's input among its inputs, and all else beside", () => {
    const runs = agent([node("a", AGENT_BLOCK, { input_schema: { properties: { Topic: {} } } })]);
    expect(setInput(runs, "a", "Topic", "x").nodes[0]?.input_default.inputs).toEqual({ Topic: "x" });
    expect(setInput(runs, "a", "graph_version", 2).nodes[0]?.input_default.graph_version).toBe(2);
  });

  test("switches off, and on where all are off", () => {
    const off = toggleDisabled(toggleDisabled(two(), new Set(["a"])), new Set(["a", "b"]));
    expect(off.nodes.map((one) => one.is_disabled)).toEqual([true, true]);
    expect(toggleDisabled(off, new Set(["a", "b"])).nodes.map((one) => "is_disabled" in one)).toEqual([false, false]);
  });
});

describe("links", () => {
  test("that are led onto another one become one with it", () => {
    const both = addLink(two(), { ...link("a.out", "b.other"), id: "second" });
    const led = reconnect(both, "second", { source_id: "a", source_name: "out", sink_id: "b", sink_name: "in" }, false);
    expect(led.links.map((one) => one.sink_name)).toEqual(["in"]);
  });

  test("take a node into their middle", () => {
    const after = insertOnLink(two(), "a.out>b.in", node("c"), "x", "y", true);
    expect(after.links.map((one) => [one.source_id, one.source_name, one.sink_id, one.sink_name, one.is_static === true])).toEqual([["a", "out", "c", "x", false], ["c", "y", "b", "in", true]]);
  });

  test("have ids of their own", () => {
    const ends = link("a.out", "b.in");
    expect(newLink(ends, false).id).not.toBe(newLink(ends, false).id);
    expect(newLink(ends, false).id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  });
});

describe("groups", () => {
  test("are said by their nodes, and titled by the document", () => {
    const grouped = groupNodes(two(), new Set(["a", "b"]), "Both");
    const [group] = groupsOf(grouped);
    expect(group).toMatchObject({ title: "Both", members: ["a", "b"] });
    const renamed = renameGroup(grouped, group?.id ?? "", "Two");
    expect(groupsOf(renamed)[0]?.title).toBe("Two");
    const apart = ungroupNodes(renamed, new Set(["a", "b"]));
    expect([groupsOf(apart), apart.groups]).toEqual([[], []]);
  });
});

describe("search in an agent", () => {
  test("finds titles before blocks and values", () => {
    const document = agent([node("a", "Text", { text: "a stone wall" }), { ...node("b"), metadata: { customized_name: "Wall" } }]);
    const blocks = blocksOf(block("Text", {}, {}));
    expect(findNodes(document, blocks, "wall").map((one) => one.id)).toEqual(["b", "a"]);
    expect(findNodes(document, blocks, "wall")[1]?.where).toBe("Text: a stone wall");
  });
});
