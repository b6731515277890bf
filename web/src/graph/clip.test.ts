import { expect, test } from "vitest";
import { clipOf, duplicate, paste, readClip, textOfClip } from "./clip";
import { groupNodes, groupsOf } from "./groups";
import { layOut } from "./layout";
import { agent, block, blocksOf, link, node } from "./testing";

const blocks = blocksOf(block("Ask", { prompt: { type: "string" }, token: { type: "string", secret: true }, login: { type: "object", credentials_provider: ["x"] } }, {}));
const reference = { id: "1", provider: "x", type: "api_key", title: "Mine" };
const document = groupNodes(agent([node("a", "Ask", { prompt: "hello", token: "t", login: reference }, 100, 50), node("b", "?", { credentials: reference, keep: 1 }, 300, 90), node("c")], [link("a.out", "b.in"), link("b.out", "c.in")]), new Set(["a", "b"]), "Both");

test("what is copied has no credential and no secret, of blocks that nobody knows either", () => {
  const text = textOfClip(clipOf(document, new Set(["a", "b"])), blocks);
  const clip = readClip(text);
  expect(clip?.nodes.map((one) => one.input_default)).toEqual([{ prompt: "hello" }, { keep: 1 }]);
  expect(clip?.links).toHaveLength(1);
});

test("what is pasted has new ids, its links and its group, and begins where it is put", () => {
  const clip = readClip(textOfClip(clipOf(document, new Set(["a", "b"])), blocks));
  const pasted = paste(agent([]), clip ?? { nodes: [], links: [], groups: [] }, blocks, { x: 0, y: 0 });
  expect(pasted.ids.some((id) => id === "a" || id === "b")).toBe(false);
  expect(pasted.document.links[0]).toMatchObject({ source_id: pasted.ids[0], sink_id: pasted.ids[1] });
  expect(pasted.document.nodes.map((one) => one.metadata.position)).toEqual([{ x: 0, y: 0 }, { x: 200, y: 40 }]);
  expect(groupsOf(pasted.document)).toMatchObject([{ title: "Both", members: pasted.ids }]);
  expect(groupsOf(pasted.document)[0]?.id).not.toBe(groupsOf(document)[0]?.id);
});

test("a copy in the same agent keeps its credential", () => {
  const copied = duplicate(document, new Set(["a"]), blocks);
  expect(copied.document.nodes.at(-1)?.input_default.login).toEqual(reference);
});

test("what is no agent's text is not pasted", () => {
  for (const text of ["", "hello", "[]", '{"nodes": []}', '{"nodes": [{"id": 1}]}', "null"]) expect(readClip(text)).toBeNull();
});

test("a layout leads from left to right, and that of what is laid out already changes nothing", async () => {
  const sizes = new Map(document.nodes.map((one) => [one.id, { width: 200, height: 100 }]));
  const places = await layOut(document, sizes);
  const x = (id: string) => places.get(id)?.x ?? 0;
  expect(x("a")).toBeLessThan(x("b"));
  expect(x("b")).toBeLessThan(x("c"));
  const laid = { ...document, nodes: document.nodes.map((one) => ({ ...one, metadata: { ...one.metadata, position: places.get(one.id) ?? { x: 0, y: 0 } } })) };
  expect(await layOut(laid, sizes)).toEqual(places);
});
