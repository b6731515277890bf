import { describe, expect, it } from "vitest";
import type { GraphDocument } from "@/graph/document";
import type { FoldedPin } from "@/run/fold";
import { placeOf, valuesAt } from "./peek";

const document: GraphDocument = {
  id: "g", name: "G", nodes: [],
  links: [
    { id: "l1", source_id: "a", source_name: "out_#_k", sink_id: "b", sink_name: "x" },
    { id: "l2", source_id: "c", source_name: "out", sink_id: "b", sink_name: "x" },
  ],
};
const pin = (nodeId: string, executions: number[]): FoldedPin =>
  ({ nodeId, pin: "out", count: executions.length, last: executions.map((execution) => ({ execution, sequence: 0 })) }) as unknown as FoldedPin;
const pins = new Map([["a\nout", pin("a", [1, 3])], ["c\nout", pin("c", [2])]]);

describe("values at a place", () => {
  it("are those of its pin, for a link and for an output", () => {
    expect(valuesAt({ kind: "link", linkId: "l1" }, document, pins)?.count).toBe(2);
    expect(valuesAt({ kind: "pin", nodeId: "a", pin: "out_#_k", side: "output" }, document, pins)?.count).toBe(2);
  });

  it("are for an input those of all links to it, in their order", () => {
    const seen = valuesAt({ kind: "pin", nodeId: "b", pin: "x", side: "input" }, document, pins);
    expect(seen?.last.map((one) => one.execution)).toEqual([1, 2, 3]);
  });

  it("are none where nothing went through", () => {
    expect(valuesAt({ kind: "link", linkId: "l1" }, document, new Map())).toBeNull();
  });
});

describe("placeOf", () => {
  it("reads handles and edges, and nothing else", () => {
    const page = globalThis.document.createElement("div");
    page.innerHTML = '<div class="react-flow__handle source" data-nodeid="a" data-handleid="out"></div><svg><g class="react-flow__edge" data-id="l1"><path></path></g></svg><p></p>';
    expect(placeOf(page.querySelector("div") as Element)).toEqual({ kind: "pin", nodeId: "a", pin: "out", side: "output" });
    expect(placeOf(page.querySelector("path") as Element)).toEqual({ kind: "link", linkId: "l1" });
    expect(placeOf(page.querySelector("p") as Element)).toBeNull();
  });
});
