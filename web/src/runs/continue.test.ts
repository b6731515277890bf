import { expect, test } from "vitest";
import { editCount, fatesOf, inputOf, lackOf, NO_EDITS, planFrom, type Preview } from "./continue";

const text = (value: string) => ({ text: value, isText: true });
const json = (value: string) => ({ text: value, isText: false });

test("only what was changed is sent", () => {
  expect(inputOf("R", planFrom("FAILED", []))).toEqual({ runId: "R", mode: "FAILED", nodeIds: null, inputs: null, nodeInputs: null, outputs: null, version: null });
  const plan = { ...planFrom("NODES", ["a"]), version: 3, inputs: { topic: text("new") }, nodes: { a: { ...NO_EDITS, inputs: { n: json("2") } }, b: { ...NO_EDITS, outputs: { out: json('["x"]') }, ordinal: 2 } } };
  expect(inputOf("R", plan)).toEqual({
    runId: "R", mode: "NODES", nodeIds: ["a"], version: 3, inputs: { topic: "new" },
    nodeInputs: [{ nodeId: "a", inputs: { n: 2 } }],
    outputs: [{ nodeId: "b", ordinal: 2, outputs: { out: ["x"] } }],
  });
  expect(editCount(plan)).toBe(3);
});

test("a plan that lacks something is not sent, and says what it lacks", () => {
  expect(lackOf(planFrom("NODES", []))).toBe("Choose the nodes from which it runs again.");
  expect(inputOf("R", { ...planFrom("FAILED", []), inputs: { n: json("{") } })).toBeNull();
  expect(lackOf({ ...planFrom("FAILED", []), nodes: { a: { ...NO_EDITS, outputs: { out: json("1") } } } })).toBe("What a node gave is a list of values.");
});

const node = (nodeId: string, more: Partial<Preview["nodes"][number]>): Preview["nodes"][number] => ({ nodeId, title: nodeId, reusedCount: 0, editedCount: 0, readyCount: 0, recordedCount: 0, reasons: [], ...more });

test("the preview says of each node what becomes of it, those that run again first", () => {
  const preview: Preview = { graphVersion: 1, reusedCount: 1, editedCount: 1, lackingNodeIds: [], nodes: [node("a", { reusedCount: 1 }), node("b", { reasons: ["FAILED"], reusedCount: 2 }), node("c", { editedCount: 1 }), node("d", {})] };
  expect(fatesOf(preview).map((one) => [one.nodeId, one.kind])).toEqual([["b", "again"], ["d", "new"], ["c", "edited"], ["a", "reused"]]);
  expect(fatesOf(preview)[0]?.text).toBe("Runs again: it did not end well. Besides, 2 taken over");
});
