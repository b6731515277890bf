import { describe, expect, test } from "vitest";
import { moveNodes, toggleDisabled } from "@/graph/edits";
import { groupNodes } from "@/graph/groups";
import { agent, block, blocksOf, link, node } from "@/graph/testing";
import { pathsOf } from "./FarLinks";
import { viewOf } from "./firstView";
import { Flow, type FlowInput } from "./flow";
import { shapeOf } from "./shape";

const text = block("Text", { text: { type: "string" }, more: { type: "integer", advanced: true }, values: { type: "object" } }, { out: { type: "string" } });
const blocks = blocksOf(text, block("Note", { text: { type: "string" } }, {}, { kind: "NOTE" }), block("Keep", {}, { out: {} }, { isStatic: true }));
const input = (document: FlowInput["document"], more: Partial<FlowInput> = {}): FlowInput => ({ document, blocks, chosenNodes: new Set(), chosenLinks: new Set(), ...more });
const document = agent([node("a", "Text", {}, 0, 0), node("b", "Text", {}, 400, 0), node("n", "Note", {}, 0, 300)], [link("a.out", "b.text"), link("a.out", "gone.x")]);

describe("the shape of a node", () => {
  test("has its advanced pins only where they are linked or asked for", () => {
    const names = (one = node("a"), now = document) => shapeOf(one, now, text).rows.map((row) => row.pin.name);
    expect(names()).toEqual(["text", "values", "out"]);
    expect(names({ ...node("a"), metadata: { shows_advanced: true } })).toEqual(["text", "more", "values", "out"]);
    expect(names(node("a"), agent([], [link("x.y", "a.more")]))).toContain("more");
  });

  test("has the parts that were begun, behind their whole", () => {
    expect(shapeOf(node("a"), agent([]), text, ["values_#_city"]).rows.map((row) => row.pin.title)).toEqual(["Text", "Values", "city", "Out"]);
  });
});

describe("what is drawn", () => {
  test("is the same where nothing changed, and new where something did", () => {
    const flow = new Flow();
    const before = flow.nodesOf(input(document));
    const after = flow.nodesOf(input(moveNodes(document, new Map([["a", { x: 5, y: 5 }]]))));
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect(flow.nodesOf(input(document, { chosenNodes: new Set(["b"]) }))[1]?.selected).toBe(true);
  });

  test("has the size and the handles of each node, so that nothing is measured", () => {
    const [first] = new Flow().nodesOf(input(document));
    expect(first?.measured).toEqual({ width: first?.width, height: first?.height });
    expect(first?.handles?.map((handle) => `${handle.type} ${handle.id}`)).toEqual(["target text", "target values", "source out"]);
  });

  test("has no link to what is not there, and shows which are static", () => {
    const flow = new Flow();
    const now = agent([node("k", "Keep"), node("b", "Text")], [link("k.out", "b.text"), link("b.out", "gone.x")]);
    flow.nodesOf(input(now));
    expect(flow.edgesOf(input(now)).map((edge) => [edge.id, edge.className])).toEqual([["k.out>b.text", "is-static"]]);
    expect(flow.edgesOf(input(toggleDisabled(now, new Set(["b"]))))[0]?.className).toBe("is-static is-off");
  });

  test("a group is a frame behind its nodes", () => {
    const [frame, first] = new Flow().nodesOf(input(groupNodes(document, new Set(["a", "b"]))));
    expect(frame?.type).toBe("frame");
    expect(frame?.position.x).toBeLessThan(first?.position.x ?? 0);
  });

  test("from afar the links are one path for each colour, but for those that are chosen", () => {
    const flow = new Flow();
    const nodes = flow.nodesOf(input(document));
    expect(pathsOf(nodes, flow.edgesOf(input(document)))).toHaveLength(1);
    expect(pathsOf(nodes, flow.edgesOf(input(document, { chosenLinks: new Set(["a.out>b.text"]) })))).toEqual([]);
  });
});

test("the first view has all nodes, and none is larger than life", () => {
  const nodes = new Flow().nodesOf(input(document));
  const view = viewOf(nodes, 600, 400);
  for (const one of nodes) {
    expect(one.position.x * view.zoom + view.x).toBeGreaterThanOrEqual(0);
    expect((one.position.x + (one.width ?? 0)) * view.zoom + view.x).toBeLessThanOrEqual(600);
  }
  expect(viewOf(nodes, 6_000, 4_000).zoom).toBe(1);
  expect(viewOf([], 600, 400)).toEqual({ x: 0, y: 0, zoom: 1 });
});
