/** Running what is on the canvas before any of it is published. */
import { expect, expectAccessible, look, test } from "./fixtures";
import { around, makeAgent } from "./run-agents";
import { node, panel, runIdOf, start, state } from "./run-watch";

test("a draft that was never published runs as it is on the canvas, and its run shows it so for good", async ({ page, api, console }) => {
  void console;
  const sum = { id: "sum", block: "calculator" as const, title: "Sum", input: { operation: "Add", b: 1 } };
  const [nodes, links] = around(sum, "a", "result", { value: 8 });
  const agent = await makeAgent(api, "Tried out", nodes, links, { isPublished: false });
  await page.goto(`/build/${agent.id}`);
  // What was typed a moment ago runs, too: the draft is saved first.
  await node(page, "sum").click();
  await page.getByRole("textbox", { name: /^B\b/ }).fill("34");
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeEnabled();
  await page.keyboard.press("Control+Enter");
  const dialog = page.getByRole("dialog", { name: "Run Tried out" });
  await expect(dialog.getByText("Draft", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await look(page, "run-draft-dialog");
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/[?&]run=/);
  await expect(state(page)).toHaveText("Completed");
  await expect(panel(page).getByText("Draft", { exact: true })).toBeVisible();
  await panel(page).getByRole("tab", { name: "Outputs" }).click();
  await expect(panel(page).getByRole("region", { name: "Output result" })).toContainText("42");
  const runId = runIdOf(page);
  const run = (await api.send("query($r:ID!,$g:ID!){run(id:$r){isDraft graphVersion} graph(id:$g){activeVersion{number}}}", { r: runId, g: agent.id }));
  expect(run).toEqual({ run: { isDraft: true, graphVersion: 0 }, graph: { activeVersion: null } });
  // The draft goes on; the run stays what it was.
  const revision = (await api.send("query($g:ID!){graph(id:$g){draft{revision}}}", { g: agent.id })).graph.draft.revision;
  await api.send("mutation($g:ID!,$d:JSON!,$r:Int!){updateDraft(input:{graphId:$g,revision:$r,document:$d}){errors{message} graph{id}}}", { g: agent.id, d: { ...agent.document, nodes: [], links: [] }, r: revision });
  await page.goto(`/runs/${runId}`);
  await expect(page.getByRole("banner").or(page.locator("header")).getByText("Draft", { exact: true }).first()).toBeVisible();
  await expect(node(page, "sum").getByText("Sum", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await look(page, "run-draft-page");
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: /Debug in the editor/ }).click();
  await expect(panel(page).getByText("You see the draft, as it ran.")).toBeVisible();
  await expect(node(page, "sum").getByText("Sum", { exact: true })).toBeVisible();
  await look(page, "run-draft-debug");
  await panel(page).getByRole("button", { name: "Edit as draft" }).click();
  await expect(page.getByRole("status", { name: "Draft" })).toHaveText("Saved");
  await expect(node(page, "sum").getByText("Sum", { exact: true })).toBeVisible();
});

test("where a version is active one chooses between it and the draft, and each run says which it was", async ({ page, api, console }) => {
  void console;
  const sum = { id: "sum", block: "calculator" as const, title: "Sum", input: { operation: "Add", b: 1 } };
  const [nodes, links] = around(sum, "a", "result");
  const agent = await makeAgent(api, "Two of them", nodes, links);
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic: "1" });
  await expect(panel(page).getByText(/^Version 1/)).toBeVisible();
  await node(page, "sum").click();
  await page.getByRole("textbox", { name: /^B\b/ }).fill("10");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Run Two of them" });
  const what = dialog.getByLabel("What runs");
  await expect(what).toHaveValue("draft");
  await dialog.getByRole("textbox", { name: "topic" }).fill("5");
  await what.selectOption({ label: "Version 1, which is active" });
  // What was typed is kept.
  await expect(dialog.getByRole("textbox", { name: "topic" })).toHaveValue("5");
  await what.selectOption({ label: "The draft" });
  await expect(dialog.getByRole("textbox", { name: "topic" })).toHaveValue("5");
  await expectAccessible(page);
  await look(page, "run-draft-or-version");
  const before = runIdOf(page);
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL((url) => url.searchParams.get("run") !== before);
  await expect(state(page)).toHaveText("Completed");
  await panel(page).getByRole("tab", { name: "Outputs" }).click();
  await expect(panel(page).getByRole("region", { name: "Output result" })).toContainText("15");
  await page.getByRole("button", { name: "More ways to run" }).click();
  await page.getByRole("menuitem", { name: "Show an earlier run" }).click();
  const recent = page.getByRole("dialog", { name: "Show an earlier run" }).getByRole("listitem");
  await expect(recent.nth(0)).toContainText("Draft");
  await expect(recent.nth(1)).toContainText("Version 1");
  await page.goto(`/runs?agent=${encodeURIComponent(agent.id)}`);
  await expect(page.getByRole("row").filter({ hasText: "Two of them" })).toHaveCount(2);
  await page.getByLabel("Version", { exact: true }).selectOption({ label: "The draft" });
  await expect(page.getByRole("row").filter({ hasText: "Two of them" })).toHaveCount(1);
  await expect(page.getByRole("row").filter({ hasText: "Two of them" })).toContainText("draft");
});

test("a draft with a mistake says at the form what keeps it from running", async ({ page, api, console }) => {
  void console;
  const agent = await makeAgent(api, "Broken", [{ id: "sum", block: "calculator", title: "Sum", input: { operation: "Add" } }], [], { isPublished: false });
  await page.goto(`/build/${agent.id}`);
  await page.getByRole("button", { name: "Run", exact: true }).click({ timeout: 20_000 });
  const dialog = page.getByRole("dialog", { name: "Run Broken" });
  await expect(dialog.getByRole("alert")).toContainText("The draft does not run until this is mended");
  await look(page, "run-draft-broken");
});

test("an agent without inputs is started by the keyboard alone, once however often the keys are pressed", async ({ page, api, console }) => {
  void console;
  const agent = await makeAgent(api, "No inputs", [{ id: "keep", block: "store", title: "Keep", input: { input: "x" } }], []);
  await page.goto(`/build/${agent.id}`);
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeEnabled();
  await page.keyboard.press("Control+Enter");
  const dialog = page.getByRole("dialog", { name: "Run No inputs" });
  await expect(dialog.getByRole("button", { name: "Run", exact: true })).toBeEnabled();
  await page.keyboard.press("Control+Enter");
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/[?&]run=/);
  await expect(state(page)).toHaveText("Completed");
  await expect(page.getByText("The run has started with version 1.")).toHaveCount(1);
  expect((await api.send("query($g:ID!){runs(graphId:$g){nodes{id}}}", { g: agent.id })).runs.nodes).toHaveLength(1);
});

test("what was chosen for one version goes over to another: a preset of it brings its credential along", async ({ page, api, console }) => {
  void console;
  const post = { id: "post", block: "medium" as const, title: "Post", input: { title: "T", content: "C", tags: ["t"], canonical_url: "https://example.org", content_format: "html", publish_status: "draft", author_id: "a" } };
  const agent = await makeAgent(api, "Pinned", [{ id: "in", block: "input", title: "Topic", input: { name: "topic" } }, post], []);
  const [need] = (await api.send("query($g:ID!){requiredCredentials(graphId:$g,version:1){key providers}}", { g: agent.id })).requiredCredentials;
  const made = await api.send("mutation($p:String!){createCredential(input:{provider:$p,title:\"Chosen one\",secret:{apiKey:{key:\"k-123456789\"}}}){errors{message} credential{id}}}", { p: need.providers[0] });
  const credentialId = made.createCredential.credential.id;
  await api.send("mutation($i:CreatePresetInput!){createPreset(input:$i){errors{message} preset{id}}}", { i: { graphId: agent.id, name: "Of version 1", graphVersion: 1, inputs: { topic: "stone" }, credentials: [{ key: need.key, credentialId }] } });
  await api.send("mutation($g:ID!,$d:JSON!,$r:Int!){updateDraft(input:{graphId:$g,revision:$r,document:$d}){errors{message} graph{id}}}", { g: agent.id, d: { ...agent.document, description: "Another" }, r: agent.revision });
  const { revision } = (await api.send("query($g:ID!){graph(id:$g){draft{revision}}}", { g: agent.id })).graph.draft;
  await api.send("mutation($g:ID!,$r:Int!){publishGraph(input:{graphId:$g,revision:$r}){errors{message} version{number}}}", { g: agent.id, r: revision });
  await page.goto(`/library/${agent.id}`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Run Pinned" });
  await expect(dialog.getByText("Version 2", { exact: true })).toBeVisible();
  await dialog.getByLabel("Preset").selectOption({ label: "Of version 1" });
  await expect(dialog.getByText("Version 1", { exact: true })).toBeVisible();
  await expect(dialog.getByRole("textbox", { name: "topic" })).toHaveValue("stone");
  await expect(dialog.getByLabel("Preset")).toHaveValue(/.+/);
  await expect(dialog.getByRole("region", { name: "Credentials" }).getByRole("combobox")).toHaveValue(credentialId);
});
