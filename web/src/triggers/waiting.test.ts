import { expect, test } from "vitest";
import type { GraphDocument, GraphNode } from "@/graph/document";
import { eventsOf } from "./waiting";

const node = (block_id: string, event_name?: string): GraphNode => ({ id: block_id + event_name, block_id, input_default: event_name ? { event_name } : {}, metadata: {} });
const blocks = new Map([["w", { name: "WaitForEventBlock" }], ["x", { name: "StoreValueBlock" }]]);
const document = (...nodes: GraphNode[]): GraphDocument => ({ id: "a", name: "A", nodes, links: [] });

test("only nodes that wait say an event, each name once", () => {
  expect(eventsOf(document(node("w", "paid"), node("w", "paid"), node("x", "other")), blocks)).toEqual({ isWaiting: true, names: ["paid"] });
});

test("a node whose event comes by a link waits, and names none", () => {
  expect(eventsOf(document(node("w")), blocks)).toEqual({ isWaiting: true, names: [] });
  expect(eventsOf(document(node("x")), blocks).isWaiting).toBe(false);
});
