/** The draft of an agent: its fields, its credentials, its problems, saving, publishing, versions, files in and out. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { type Api, type Data, expect, expectAccessible, look, test } from "./fixtures";

const CALCULATOR = fileURLToPath(new URL("../../tests/spec/agents/calculator-agent.json", import.meta.url));

async function blockIds(api: Api, names: string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const { blocks } = await api.send("query($s:String!){blocks(search:$s,first:50){nodes{name uuid}}}", { s: name });
    found[name] = blocks.nodes.find((one: Data) => one.name === name).uuid;
  }
  return found;
}

/** An agent with an input, a template, a comment that needs a credential, and an output. */
async function agentOf(api: Api): Promise<string> {
  const ids = await blockIds(api, ["AgentInputBlock", "FillTextTemplateBlock", "GithubCommentBlock", "AgentOutputBlock"]);
  const node = (id: string, block: string, inputs: Data, x: number, y = 0) => ({ id, block_id: ids[block], input_default: inputs, metadata: { position: { x, y } } });
  const document = {
    nodes: [
      node("topic", "AgentInputBlock", { name: "topic", value: "stones" }, 0),
      node("text", "FillTextTemplateBlock", { values: {}, format: "About {{ topic }}" }, 350),
      node("comment", "GithubCommentBlock", { comment: "Done" }, 350, 320),
      node("result", "AgentOutputBlock", { name: "result" }, 720),
    ],
    links: [
      { id: "l1", source_id: "topic", source_name: "result", sink_id: "text", sink_name: "values_#_topic" },
      { id: "l2", source_id: "text", source_name: "output", sink_id: "result", sink_name: "value" },
    ],
  };
  const made = await api.send("mutation($i:CreateGraphInput!){createGraph(input:$i){errors{message} graph{id}}}", { i: { name: "Letters", document } });
  return made.createGraph.graph.id as string;
}

const draftOf = async (api: Api, id: string): Promise<Data> => (await api.send("query($id:ID!){graph(id:$id){draft{revision document} activeVersion{number}}}", { id })).graph;
const nodeIn = (graph: Data, id: string): Data => graph.draft.document.nodes.find((one: Data) => one.id === id);

const details = (page: Page) => page.getByRole("complementary", { name: "Details" });
const state = (page: Page) => page.getByRole("status", { name: "Draft" });

async function saved(page: Page): Promise<void> {
  await expect(state(page)).toHaveText("Saved");
}

async function open(page: Page, id: string, query = ""): Promise<void> {
  await page.goto(`/build/${id}${query}`);
  await saved(page);
}

async function publish(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/is published\./)).toBeVisible();
  await page.getByRole("button", { name: "Close this notice" }).first().click();
}

const fillIssue = async (page: Page, id: string): Promise<void> => {
  await open(page, id, "?node=comment");
  await details(page).getByRole("textbox", { name: /^Issue URL/ }).fill("https://github.com/a/b/issues/1");
  await expect(state(page)).not.toHaveText("Saved");
  await saved(page);
};

test("what is written in a node's fields, and its new credential, are there after a reload", async ({ page, api, console: _ }) => {
  const id = await agentOf(api);
  await open(page, id, "?node=text");
  await details(page).getByRole("textbox", { name: /^Format/ }).fill("All about {{ topic }}, {{ city }}");
  await details(page).getByRole("button", { name: "Add a key as a pin to Values" }).click();
  await page.keyboard.type("city");
  await page.keyboard.press("Enter");
  await details(page).getByRole("textbox", { name: "city", exact: true }).fill("Bonn");
  await details(page).getByRole("button", { name: /^More settings/ }).click();
  await details(page).getByRole("switch", { name: /^Escape/ }).click();
  await look(page, "draft-node");
  await expectAccessible(page);
  await saved(page);

  await page.goto(`/build/${id}?node=comment`);
  await details(page).getByRole("button", { name: /^New credential/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "API key" }).check();
  await dialog.getByRole("textbox", { name: /^Name/ }).fill("Robot");
  await dialog.getByLabel(/key|token/i).last().fill("ghp_0123456789abcdef");
  await look(page, "draft-credential");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(details(page).getByRole("combobox", { name: /^Credentials/ })).toContainText("Robot");
  await saved(page);
  await page.reload();
  await expect(details(page).getByRole("combobox", { name: /^Credentials/ }).locator("option:checked")).toContainText("Robot");

  await expect.poll(async () => nodeIn(await draftOf(api, id), "comment").input_default.credentials?.title).toBe("Robot");
  const graph = await draftOf(api, id);
  expect(nodeIn(graph, "text").input_default).toMatchObject({ format: "All about {{ topic }}, {{ city }}", "values_#_city": "Bonn", escape_html: true });
  expect(nodeIn(graph, "comment").input_default.credentials).toMatchObject({ provider: "github", type: "api_key" });
});

test("a problem leads to its field, and a field can be linked instead and back", async ({ page, api, console: _ }) => {
  const id = await agentOf(api);
  await open(page, id);
  await page.getByRole("button", { name: /It cannot be published yet/ }).click();
  await look(page, "draft-problems");
  await expectAccessible(page);
  await page.getByRole("region", { name: "Problems" }).getByRole("button", { name: /Issue URL/ }).click();
  const field = details(page).getByRole("textbox", { name: /^Issue URL/ });
  await expect(field).toBeFocused();
  await expect(details(page).getByText("This is needed: give it a value, or link it.")).toBeVisible();
  await page.keyboard.type("https://github.com/a/b/issues/1");
  await saved(page);
  await expect(page.getByRole("button", { name: /It cannot be published yet/ })).toHaveCount(0);

  await details(page).getByRole("button", { name: "Link Comment instead" }).click();
  await details(page).getByRole("combobox", { name: "Link Comment from" }).selectOption({ label: "Output" });
  await expect(details(page).getByRole("button", { name: /^From Fill Text Template/ })).toBeVisible();
  await saved(page);
  expect((await draftOf(api, id)).draft.document.links).toHaveLength(3);
  await details(page).getByRole("button", { name: /^Take the link of Comment/ }).click();
  await expect(details(page).getByRole("textbox", { name: /^Comment/ })).toHaveValue("Done");
});

test("publish with the diff, change, compare, and restore an older version", async ({ page, api, console: _ }) => {
  const id = await agentOf(api);
  await open(page, id);
  await expect(page.getByText("Never published")).toBeVisible();
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(page.getByRole("region", { name: "What must be mended first" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Publish version 1" })).toBeDisabled();
  await page.getByRole("dialog").getByRole("button", { name: "Show" }).click();
  await expect(details(page).getByRole("textbox", { name: /^Issue URL/ })).toBeFocused();

  await fillIssue(page, id);
  await publish(page, "First");
  await expect(page.getByText("Version 1 runs")).toBeVisible();
  await details(page).getByRole("textbox", { name: /^Comment/ }).fill("Done, thank you");
  await details(page).getByRole("button", { name: "When it fails" }).click();
  await details(page).getByRole("textbox", { name: "Attempts in all" }).fill("5");
  await expect(page.getByText("Unpublished changes")).toBeVisible();

  await page.getByRole("button", { name: "Publish", exact: true }).click();
  const changes = page.getByRole("region", { name: "What changed" });
  await expect(changes).toContainText("1 node changed.");
  await expect(changes).toContainText("Done, thank you");
  await expect(changes).toContainText("Retries");
  await expect(changes).toContainText("5 attempts in all");
  await look(page, "draft-publish");
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("textbox", { name: "What changed" }).fill("Politer");
  await page.getByRole("button", { name: "Publish version 2" }).click();
  await expect(page.getByText("Version 2 runs")).toBeVisible();
  await page.getByRole("button", { name: "Close this notice" }).first().click();

  await page.getByRole("button", { name: "More about this agent" }).click();
  await page.getByRole("menuitem", { name: "Versions" }).click();
  await expect(changes).toContainText("1 node changed.");
  await page.getByRole("combobox", { name: "Compare version 2 with" }).selectOption({ label: "Nothing: just show it" });
  await page.getByRole("navigation", { name: "Versions" }).getByRole("button", { name: /Version 1: First/ }).click();
  await page.getByRole("combobox", { name: "Compare version 1 with" }).selectOption({ label: "Version 2" });
  await expect(changes).toContainText("Done, thank you");
  await look(page, "draft-versions");
  await expectAccessible(page);
  await expect(page).toHaveURL(/versions=1/);
  await page.getByRole("button", { name: "Restore it" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Restore it" }).click();
  await expect(page.getByText("Version 1 runs again, and is on the canvas.")).toBeVisible();
  await expect(details(page).getByRole("textbox", { name: /^Comment/ })).toHaveValue("Done");
  const graph = await draftOf(api, id);
  expect([graph.activeVersion.number, nodeIn(graph, "comment").input_default.comment]).toEqual([1, "Done"]);

  await page.locator("main").getByRole("application").first().press("Control+z");
  await expect(details(page).getByRole("textbox", { name: /^Comment/ })).toHaveValue("Done, thank you");
  await saved(page);
  expect(nodeIn(await draftOf(api, id), "comment").input_default.comment).toBe("Done, thank you");
});

test("of two pages that edit one draft a person decides, and the other one stays behind undo", async ({ page, api, context, console: _ }) => {
  const id = await agentOf(api);
  await open(page, id);
  const other = await context.newPage();
  await open(other, id);
  await details(other).getByRole("textbox", { name: "Description" }).fill("From the other page");
  await expect.poll(async () => (await draftOf(api, id)).draft.document.description).toBe("From the other page");
  await other.close();

  const description = details(page).getByRole("textbox", { name: "Description" });
  await description.fill("From this page");
  await expect(page.getByRole("dialog", { name: "This draft was changed elsewhere" })).toContainText("From the other page");
  await look(page, "draft-conflict");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Keep mine" }).click();
  await saved(page);
  expect((await draftOf(api, id)).draft.document.description).toBe("From this page");
  await page.getByRole("button", { name: /^Undo/ }).click();
  await expect(description).toHaveValue("From the other page");
  await saved(page);
  expect((await draftOf(api, id)).draft.document.description).toBe("From the other page");
});

test("without the network the draft is kept here, and is saved or offered when it is back", async ({ page, api, context, console }) => {
  console.allow(/Failed to load resource|ERR_INTERNET_DISCONNECTED|WebSocket/);
  const id = await agentOf(api);
  await open(page, id);
  await context.setOffline(true);
  await details(page).getByRole("textbox", { name: "Description" }).fill("Written offline");
  await expect(page.getByText("This draft is not saved.")).toBeVisible();
  await look(page, "draft-offline");
  await expectAccessible(page);
  await context.setOffline(false);
  await saved(page);
  expect((await draftOf(api, id)).draft.document.description).toBe("Written offline");

  // A page that is left before it could save: the next one has the changes.
  await page.route("**/graphql", (route) => (route.request().postData()?.includes("SaveDraft") ? route.abort() : route.continue()));
  await details(page).getByRole("textbox", { name: "Description" }).fill("Never sent");
  await expect(page.getByText("This draft is not saved.")).toBeVisible();
  await page.unroute("**/graphql");
  await page.reload();
  await expect(page.getByText("Changes that were not saved when this page was left are back.")).toBeVisible();
  await expect.poll(async () => (await draftOf(api, id)).draft.document.description).toBe("Never sent");
});

test("an AutoGPT file is imported by drop, exported, and imported again", async ({ page, api, console: _ }) => {
  const id = await agentOf(api);
  await open(page, id);
  const text = readFileSync(CALCULATOR, "utf8");
  const transfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer();
    data.items.add(new File([content], "calculator-agent.json", { type: "application/json" }));
    return data;
  }, text);
  await page.dispatchEvent("main", "dragover", { dataTransfer: transfer });
  await expect(page.getByText("Drop the file to import it as an agent")).toBeVisible();
  await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
  const dialog = page.getByRole("dialog", { name: /was imported/ });
  await expect(dialog).toBeVisible();
  await look(page, "draft-import");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Open it" }).click();
  await expect(page).not.toHaveURL(new RegExp(id));
  await saved(page);

  await page.getByRole("button", { name: "More about this agent" }).click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: /Export as a file/ }).click()]);
  const exported = JSON.parse(readFileSync(await file.path(), "utf8")) as Data;
  expect(exported.nodes.map((one: Data) => one.id).sort()).toEqual((JSON.parse(text) as Data).nodes.map((one: Data) => one.id).sort());

  await page.getByRole("button", { name: "More about this agent" }).click();
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("menuitem", { name: /Import a file/ }).click()]);
  await chooser.setFiles({ name: "again.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(exported)) });
  await expect(page.getByRole("dialog", { name: /was imported/ })).toContainText("It was here already");
});
