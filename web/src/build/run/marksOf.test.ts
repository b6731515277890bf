import { describe, expect, it } from "vitest";
import type { GraphDocument } from "@/graph/document";
import type { FoldedPin } from "@/run/fold";
import type { LiveNode } from "@/run/liveRun";
import { marksOf } from "./marksOf";

const node = (nodeId: string, more: Partial<LiveNode> = {}): LiveNode => ({
  nodeId, title: null, state: "COMPLETED", counts: {}, executionCount: 1, attempt: 1, retryAt: null, text: null, error: null, trouble: null, latestId: null, failedId: null, ...more,
});
const pin = (nodeId: string, name: string, ...values: string[]): [string, FoldedPin] => [
  `${nodeId}\n${name}`,
  { nodeId, pin: name, count: values.length, last: values.map((json, sequence) => ({ execution: 1, executionId: "x", sequence, pin: name, at: "", value: { preview: JSON.stringify(json), size: 1, type: "string", isInline: true, valueUrl: null, json, file: null } })) },
];
const document: GraphDocument = {
  id: "g", name: "G", nodes: [],
  links: [
    { id: "l1", source_id: "a", source_name: "out", sink_id: "b", sink_name: "x" },
    { id: "l2", source_id: "a", source_name: "out_#_key", sink_id: "b", sink_name: "y" },
    { id: "l3", source_id: "a", source_name: "error", sink_id: "b", sink_name: "z" },
    { id: "l4", source_id: "b", source_name: "out", sink_id: "c", sink_name: "x" },
  ],
};
const marks = (nodes: LiveNode[], pins: [string, FoldedPin][]) => marksOf({ nodes: new Map(nodes.map((one) => [one.nodeId, one])), pins: new Map(pins) }, document);

describe("marksOf", () => {
  it("counts on each link what its pin gave, also on one that takes a part of it", () => {
    const { links } = marks([node("a")], [pin("a", "out", "1", "2")]);
    expect(links.get("l1")).toEqual({ count: 2, tone: "ok" });
    expect(links.get("l2")?.count).toBe(2);
    expect(links.has("l4")).toBe(false);
  });

  it("colours what an error went along", () => {
    expect(marks([node("a", { state: "FAILED" })], [pin("a", "error", "no")]).links.get("l3")?.tone).toBe("danger");
  });

  it("shows what streams, then what was given last", () => {
    const text = { execution: 1, attempt: 1, pin: "out", text: "grow" };
    expect(marks([node("a", { state: "RUNNING", text })], [pin("a", "out", "old")]).nodes.get("a")).toMatchObject({ text: "grow", isGrowing: true });
    expect(marks([node("a")], [pin("a", "out", "one", "two")]).nodes.get("a")?.text).toBe("two");
  });

  it("shows of several pins the one that the node spoke on first", () => {
    const [key, later] = pin("a", "prompt", "asked");
    const moved = { ...later, last: later.last.map((one) => ({ ...one, sequence: 5 })) };
    expect(marks([node("a")], [[key, moved], pin("a", "response", "answer", "more")]).nodes.get("a")?.text).toBe("more");
  });

  it("tells attempts while it runs only", () => {
    expect(marks([node("a", { state: "RUNNING", attempt: 2, retryAt: "t" })], []).nodes.get("a")).toMatchObject({ attempt: 2, retryAt: "t" });
    expect(marks([node("a", { attempt: 2 })], []).nodes.get("a")?.attempt).toBeUndefined();
  });

  it("says of a node that is tried again why its last attempt failed", () => {
    expect(marks([node("a", { state: "RUNNING", attempt: 2, trouble: "503" })], []).nodes.get("a")?.error).toBe("503");
    expect(marks([node("a", { state: "PAUSED", trouble: "No such item." })], []).nodes.get("a")?.error).toBe("No such item.");
    expect(marks([node("a", { attempt: 2, trouble: "503" })], []).nodes.get("a")?.error).toBeNull();
  });

  it("says an error where it happened", () => {
    const error = { code: "BLOCK_FAILED", message: "No such page.", nodeId: null, pin: null };
    expect(marks([node("a", { state: "FAILED", error })], []).nodes.get("a")?.error).toBe("No such page.");
  });
});
