/** Building agents: by mouse, by keyboard alone, and all that the canvas offers. What was built is asked of the API. */
import type { Locator, Page } from "@playwright/test";
import { type Api, type Data, expect, expectAccessible, look, test } from "./fixtures";

// The machine of the tests may be busy.
test.setTimeout(180_000);

const INPUT = "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b";
const OUTPUT = "363ae599-353e-4804-937e-b2ee3cef3da4";
const CALCULATOR = "b1ab9b19-67a6-406d-abf5-2dba76d00c79";
const LIST = "a912d5c7-6e00-4542-b2a9-8034136930e4";
const TEMPLATE = "db7d8f02-2f44-4c55-ab7a-eae0941f0c30";
const AGENT = "e189baac-8c20-45a1-94a7-55177ea42565";

const nodeAt = (id: string, block_id: string, x: number, y: number, input_default: Data = {}, more: Data = {}) => ({ id, block_id, input_default, metadata: { position: { x, y } }, ...more });
const linkOf = (source_id: string, source_name: string, sink_id: string, sink_name: string) => ({ id: `${source_id}-${sink_id}-${sink_name}`, source_id, source_name, sink_id, sink_name });

async function agent(api: Api, name: string, nodes: Data[] = [], links: Data[] = []): Promise<string> {
  const made = await api.send("mutation($n:String!,$d:JSON){createGraph(input:{name:$n,document:$d}){errors{message} graph{id}}}", { n: name, d: { nodes, links } });
  return made.createGraph.graph.id as string;
}

async function draft(api: Api, id: string): Promise<Data> {
  const { graph } = await api.send("query($id:ID!){graph(id:$id){draft{document}}}", { id });
  return graph.draft.document as Data;
}

async function open(page: Page, id: string): Promise<void> {
  await page.goto(`/build/${id}`);
  await expect(page.locator("[data-region=canvas]")).toBeVisible();
}

const nodes = (page: Page): Locator => page.locator(".react-flow__node[data-id]");
const node = (page: Page, title: string | RegExp): Locator => page.locator(".react-flow__node").filter({ has: page.locator("header", { hasText: title }) });
const pin = (of: Locator, name: string): Locator => of.locator(`[data-pin="${name}"]`);
const links = (page: Page): Locator => page.locator(".react-flow__edge");
const finder = (page: Page): Locator => page.getByRole("combobox", { name: "Find a block" });

/** Where something is once it lies still: the view may be on its way. */
async function still(one: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  let [before, now] = [await one.boundingBox(), await one.boundingBox()];
  await expect(async () => {
    [before, now] = [now, await one.boundingBox()];
    expect(now).toEqual(before);
  }).toPass({ intervals: [50] });
  return now!;
}

async function drag(page: Page, from: Locator, to: Locator | { x: number; y: number }): Promise<void> {
  const start = await still(from);
  const target = "x" in to ? to : await still(to).then((box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 }));
  await page.mouse.move(start.x + start.width / 2, start.y + start.height / 2);
  await page.mouse.down();
  await page.mouse.move(target.x - 20, target.y - 10, { steps: 4 });
  await page.mouse.move(target.x, target.y, { steps: 4 });
}

async function tidyUp(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Tidy up" }).click();
  await expect(page.getByRole("button", { name: "Undo: Tidy up" })).toBeVisible();
}

/** A point of the canvas where nothing lies. */
async function empty(page: Page): Promise<{ x: number; y: number }> {
  const box = (await page.locator(".react-flow__pane").boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height - 170 };
}

test("An agent is built from nothing by mouse", async ({ page, api, console: _ }) => {
  const id = await agent(api, "By mouse");
  await open(page, id);
  await expect(page.getByRole("heading", { name: "Begin with a block" })).toBeVisible();
  await expectAccessible(page);
  await look(page, "build-empty");

  // From the palette: by a click, and by dragging.
  await page.getByRole("searchbox", { name: "Search blocks" }).fill("agent input");
  await page.getByRole("button", { name: "Agent Input", exact: true }).click();
  await expect(node(page, "Agent Input")).toBeVisible();
  await page.getByRole("searchbox", { name: "Search blocks" }).fill("calculator");
  const pane = (await page.locator(".react-flow__pane").boundingBox())!;
  await page.getByRole("button", { name: "Calculator", exact: true }).dragTo(page.locator(".react-flow__pane"), { targetPosition: { x: pane.width * 0.2, y: pane.height * 0.7 } });
  await expect(node(page, "Calculator")).toBeVisible();
  await tidyUp(page);

  // A link from pin to pin.
  await drag(page, pin(node(page, "Agent Input"), "output:result"), pin(node(page, "Calculator"), "input:a"));
  await page.mouse.up();
  await expect(links(page)).toHaveCount(1);
  await expect(links(page).first()).toHaveClass(/is-static/);

  // Drawn to the empty canvas, a link offers what fits.
  await drag(page, pin(node(page, "Calculator"), "output:result"), await empty(page));
  await page.mouse.up();
  await finder(page).fill("agent output");
  await expect(page.getByRole("option", { name: /^Agent Output/ })).toBeVisible();
  await look(page, "build-quick-add");
  await page.keyboard.press("Enter");
  await expect(links(page)).toHaveCount(2);
  await tidyUp(page);

  // A block is put into a link.
  await page.locator(".react-flow__edge[aria-label*='Agent Output']").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Insert a block on this link" }).click();
  await finder(page).fill("text template");
  await expect(page.getByText("No block fits these words")).toHaveCount(0);
  await page.keyboard.press("Enter");
  await expect(nodes(page)).toHaveCount(4);
  await expect(links(page)).toHaveCount(3);

  // The same steps back, and forth again.
  for (let at = 0; at < 7; at++) await page.getByRole("button", { name: /^Undo/ }).click();
  await expect(nodes(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Undo", exact: true })).toBeDisabled();
  for (let at = 0; at < 7; at++) await page.getByRole("button", { name: /^Redo/ }).click();
  await expect(nodes(page)).toHaveCount(4);
  await look(page, "build-agent");
  await expectAccessible(page);
  await expect.poll(async () => (await draft(api, id)).links.length).toBe(3);
  expect((await draft(api, id)).nodes.map((one: Data) => one.block_id)).toEqual([INPUT, CALCULATOR, OUTPUT, TEMPLATE]);
});

test("An agent is built by keyboard alone", async ({ page, api, console: _ }) => {
  const id = await agent(api, "By keyboard");
  await open(page, id);
  await page.keyboard.press("F6");
  await page.locator("[data-region=canvas]").focus();
  const add = async (words: string, title: string) => {
    await page.keyboard.press("Tab");
    await expect(finder(page)).toBeFocused();
    await page.keyboard.type(words);
    await expect(page.getByRole("listbox", { name: "Blocks" }).getByRole("option", { selected: true })).toContainText(title);
    await page.keyboard.press("Enter");
    await expect(node(page, title)).toBeFocused();
  };
  await add("agent number", "Agent Number Input");
  await add("calculator", "Calculator");
  await add("agent output", "Agent Output");
  await expect.poll(async () => (await draft(api, id)).nodes.length).toBe(3);

  // Link the output's node backwards, then the input's forwards.
  await page.keyboard.press("l");
  const dialog = page.getByRole("dialog", { name: "Link Agent Output" });
  await dialog.getByRole("combobox").fill("value");
  await page.keyboard.press("Enter");
  await dialog.getByRole("combobox", { name: "Link value with" }).fill("calculator result");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(links(page)).toHaveCount(1);
  await page.keyboard.press("Alt+ArrowLeft");
  await expect(node(page, "Calculator")).toBeFocused();
  await page.keyboard.press("Alt+ArrowLeft");
  await expect(node(page, "Agent Number Input")).toBeFocused();
  await page.keyboard.press("l");
  await page.getByRole("combobox", { name: "Pin to link" }).fill("result");
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Link result with" }).fill("calculator: a");
  await page.keyboard.press("Enter");
  await expect(links(page)).toHaveCount(2);

  // Rename, move, edit in the panel, and delete.
  await page.keyboard.press("F2");
  await page.getByRole("textbox", { name: "Name" }).fill("First number");
  await page.keyboard.press("Enter");
  await expect(node(page, "First number")).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-region=inspector] :focus")).toBeVisible();
  await page.keyboard.type("First");
  await page.keyboard.press("F6");
  await page.locator("[data-region=canvas]").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Escape");
  await expect.poll(async () => (await draft(api, id)).nodes[0].input_default.name).toBe("First");
  const saved = await draft(api, id);
  expect(saved.nodes[0].metadata.customized_name).toBe("First number");
  expect(saved.links.map((one: Data) => [one.source_name, one.sink_name])).toEqual([["result", "value"], ["result", "a"]]);
  await page.keyboard.press("0");
  await expect(nodes(page)).toHaveCount(3);
  await page.keyboard.press("Alt+ArrowRight");
  await page.keyboard.press("Delete");
  await expect(nodes(page)).toHaveCount(2);
  await page.keyboard.press("Control+z");
  await expect(nodes(page)).toHaveCount(3);
});

test("A link that does not fit is refused with its reason, and one that converts says so", async ({ page, api, console: _ }) => {
  const id = await agent(api, "Refused", [nodeAt("list", LIST, 0, 0, { values: [1] }), nodeAt("text", TEMPLATE, 0, 260, { values: {}, format: "5" }), nodeAt("calc", CALCULATOR, 420, 60, { operation: "Add", b: 1 })]);
  await open(page, id);
  await drag(page, pin(node(page, "Create List"), "output:list"), pin(node(page, "Calculator"), "input:operation"));
  await expect(page.getByText(/This pin takes only Add/)).toBeVisible();
  await look(page, "build-refused");
  await page.mouse.up();
  await expect(page.getByRole("alert").filter({ hasText: "This link was not made" })).toBeVisible();
  await expect(links(page)).toHaveCount(0);

  await drag(page, pin(node(page, "Fill Text Template"), "output:output"), pin(node(page, "Calculator"), "input:a"));
  await expect(page.getByText("Text to number: will be converted")).toBeVisible();
  await page.mouse.up();
  await expect(links(page)).toHaveCount(1);
  await expect.poll(async () => (await draft(api, id)).links.length).toBe(1);

  // Led elsewhere by its end.
  await page.locator(".react-flow__edge").focus();
  await page.keyboard.press("Enter");
  await drag(page, page.locator(".react-flow__edgeupdater-target"), pin(node(page, "Calculator"), "input:b"));
  await page.mouse.up();
  await expect.poll(async () => (await draft(api, id)).links[0]?.sink_name).toBe("b");
});

test("Nodes are copied as text into another agent, without credentials and with new ids", async ({ page, api, context, console: _ }) => {
  const credentials = { id: "secret-id", provider: "openai", type: "api_key", title: "Mine" };
  const one = await agent(api, "Copied", [nodeAt("in", INPUT, 0, 0, { name: "Question" }), nodeAt("ai", "1f292d4a-41a4-4977-9684-7c8d560b9f91", 380, 0, { credentials })], [linkOf("in", "result", "ai", "prompt")]);
  const other = await agent(api, "Pasted");
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, one);
  await page.locator("[data-region=canvas]").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toContain("Question");
  expect(text).not.toContain("secret-id");
  await page.keyboard.press("Control+d");
  await expect(nodes(page)).toHaveCount(4);
  await page.keyboard.press("Control+x");
  await expect(nodes(page)).toHaveCount(2);

  await open(page, other);
  await page.locator("[data-region=canvas]").focus();
  await page.keyboard.press("Control+v");
  await expect(nodes(page)).toHaveCount(2);
  await expect(links(page)).toHaveCount(1);
  await expect.poll(async () => (await draft(api, other)).nodes.length).toBe(2);
  const pasted = await draft(api, other);
  expect(pasted.nodes.map((node: Data) => node.id)).not.toContain("in");
  expect(pasted.links[0].source_id).toBe(pasted.nodes[0].id);
});

test("Search, notes, groups, tidying up and switching off", async ({ page, api, console: _ }) => {
  const id = await agent(api, "Many", [nodeAt("in", INPUT, 0, 0, { name: "Topic" }), nodeAt("one", TEMPLATE, 100, 40, { format: "About walls" }), nodeAt("two", TEMPLATE, 200, 80, { format: "About towers" })], [linkOf("in", "result", "one", "values_#_topic"), linkOf("one", "output", "two", "values_#_text")]);
  await open(page, id);
  const canvas = page.locator("[data-region=canvas]");
  await canvas.focus();
  await page.keyboard.press("t");
  await expect.poll(async () => (await draft(api, id)).nodes[2].metadata.position.x).toBeGreaterThan(600);
  const places = async () => (await draft(api, id)).nodes.map((one: Data) => one.metadata.position);
  const tidied = await places();

  await page.keyboard.press("Control+f");
  await page.getByRole("textbox", { name: "Search in this agent" }).fill("towers");
  await expect(page.getByText("1 node", { exact: true })).toBeVisible();
  await look(page, "build-search");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/node=two/);
  await page.keyboard.press("Escape");
  await expect(page.locator(".react-flow__node[data-id=two]")).toBeFocused();

  await page.keyboard.press("d");
  await expect(page.locator(".react-flow__node[data-id=two]")).toContainText("Switched off");
  await page.keyboard.press("0");
  await canvas.focus();
  await page.keyboard.press("n");
  await page.getByRole("textbox", { name: "Text of the note" }).fill("Ask Ada before changing this.");
  await canvas.focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("g");
  await page.getByRole("textbox", { name: "Name of the group" }).fill("Everything");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await draft(api, id)).groups?.[0]?.title).toBe("Everything");
  await look(page, "build-group");
  await expectAccessible(page);
  const saved = await draft(api, id);
  expect(saved.nodes.find((one: Data) => one.id === "two").is_disabled).toBe(true);
  expect(saved.nodes.at(-1).input_default.text).toBe("Ask Ada before changing this.");
  expect(new Set(saved.nodes.map((one: Data) => one.metadata.group)).size).toBe(1);
  // To tidy up what is tidy changes nothing.
  expect((await places()).slice(0, 3)).toEqual(tidied);

  await canvas.focus();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Shortcuts" })).toBeVisible();
  await expectAccessible(page);
  await look(page, "build-shortcuts");
});

test("An agent within an agent is opened in place", async ({ page, api, console: _ }) => {
  const inner = await agent(api, "Inner", [nodeAt("q", INPUT, 0, 0, { name: "Question" }), nodeAt("a", OUTPUT, 400, 0, { name: "Answer" })], [linkOf("q", "result", "a", "value")]);
  await api.send("mutation($id:ID!){publishGraph(input:{graphId:$id,revision:1}){errors{message}}}", { id: inner });
  const outer = await agent(api, "Outer");
  await open(page, outer);
  await page.locator("[data-region=canvas]").focus();
  await page.keyboard.press("Tab");
  await finder(page).fill("inner");
  await expect(page.getByRole("option", { name: /^Inner/ })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(node(page, "Inner")).toBeFocused();
  await expect(pin(node(page, "Inner"), "input:Question")).toBeVisible();
  await expect(pin(node(page, "Inner"), "output:Answer")).toBeVisible();
  await node(page, "Inner").dblclick({ position: { x: 120, y: 20 } });
  const within = page.getByRole("region", { name: "An agent within this one" });
  await expect(within.locator(".react-flow__node")).toHaveCount(2);
  await expect(page).toHaveURL(/inside=/);
  await expect(within.getByRole("link", { name: "Edit this agent" })).toHaveAttribute("href", `/build/${inner}`);
  await expectAccessible(page);
  await look(page, "build-inside");
  await page.keyboard.press("Escape");
  await expect(within).toBeHidden();
  await expect.poll(async () => (await draft(api, outer)).nodes[0]?.block_id).toBe(AGENT);
  expect((await draft(api, outer)).nodes[0].input_default.graph_version).toBe(1);
  // An agent is not offered to itself.
  await page.keyboard.press("Tab");
  await finder(page).fill("outer");
  await expect(page.getByRole("option", { name: /^Outer/ })).toHaveCount(0);
});
