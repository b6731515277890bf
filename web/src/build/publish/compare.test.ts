import { describe, expect, test } from "vitest";
import type { GraphDocument, GraphNode } from "@/graph/document";
import { compare, isSameGraph } from "./compare";
import { fieldWords, shownOf, summary } from "./shownDiff";

const node = (id: string, inputs = {}, metadata = {}): GraphNode => ({ id, block_id: "b", input_default: inputs, metadata: { position: { x: 0, y: 0 }, ...metadata } });
const link = (id: string, from: string, to: string, isStatic = false) => ({ id, source_id: from, source_name: "out", sink_id: to, sink_name: "in", is_static: isStatic });
const graph = (nodes: GraphNode[], links: GraphDocument["links"] = [], more = {}): GraphDocument => ({ id: "g", name: "G", nodes, links, ...more });
const NONE = new Map();

describe("compare", () => {
  test("a node is the same node where it has the same id", () => {
    const found = compare(graph([node("a"), node("b", { x: 1 })]), graph([node("b", { x: 2 }), node("c")]), NONE);
    expect(found.nodesRemoved.map((one) => one.nodeId)).toEqual(["a"]);
    expect(found.nodesAdded.map((one) => one.nodeId)).toEqual(["c"]);
    expect(found.nodesChanged).toEqual([{ node: expect.objectContaining({ nodeId: "b" }), changes: [{ path: ["input_default", "x"], old: 1, new: 2 }] }]);
  });
  test("a link that is drawn anew is the same link", () => {
    const nodes = [node("a"), node("b")];
    expect(isSameGraph(graph(nodes, [link("1", "a", "b")]), graph(nodes, [link("2", "a", "b")]), NONE)).toBe(true);
    const found = compare(graph(nodes, [link("1", "a", "b")]), graph(nodes, [link("1", "a", "b", true)]), NONE);
    expect([found.linksAdded.length, found.linksRemoved.length, found.linksChanged.length]).toEqual([0, 0, 1]);
  });
  test("links are counted", () => {
    const nodes = [node("a"), node("b")];
    expect(compare(graph(nodes, [link("1", "a", "b"), link("2", "a", "b")]), graph(nodes, [link("1", "a", "b")]), NONE).linksRemoved).toHaveLength(1);
  });
  test("a null and an absent field say the same, and the version is no setting", () => {
    expect(isSameGraph(graph([], [], { description: null, version: 1 }), graph([], [], { version: 2 }), NONE)).toBe(true);
  });
});

describe("what is shown", () => {
  const before = graph([node("a"), node("b"), node("m")], [link("1", "a", "b")]);
  const after = graph([node("b", { x: 1 }), node("c"), node("m", {}, { position: { x: 5, y: 5 } })], [link("1", "c", "b")]);
  const difference = compare(before, after, NONE);
  test("what went is drawn with what is there, each in its colour", () => {
    const { document, marks, linkMarks } = shownOf(before, after, difference);
    expect(document.nodes.map((one) => one.id)).toEqual(["b", "c", "m", "a"]);
    expect([...marks].map(([id, mark]) => [id, mark.badge])).toEqual([["c", "Added"], ["a", "Removed"], ["b", "Changed"]]);
    expect([...linkMarks].map(([id, mark]) => [id, mark.tone])).toEqual([["1", "ok"], ["removed:1", "danger"]]);
  });
  test("it is counted in a sentence", () => {
    expect(summary(difference)).toBe("1 node added, 1 node removed, 1 node changed, 1 node moved, 1 link added, 1 link removed.");
    expect(summary(compare(before, before, NONE))).toBe("Nothing differs.");
  });
  test("fields have words", () => {
    expect(fieldWords(["metadata", "customized_name"], "b", NONE)).toBe("Name");
    expect(fieldWords(["input_default", "user_id"], "b", NONE)).toBe("User ID");
  });
});
