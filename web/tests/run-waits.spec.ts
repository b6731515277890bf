import type { Page } from "@playwright/test";
import { expect, expectAccessible, look, newOrganisation, test } from "./fixtures";
import { around, makeAgent } from "./run-agents";
import { node, panel, start, state, workers } from "./run-watch";

/** Temporal names a poller for minutes after it is gone: what is asked here is answered as it will be then. */
async function withoutPollers(page: Page): Promise<void> {
  await page.route("**/graphql", async (route) => {
    const body = route.request().postDataJSON() as { operationName?: string };
    if (body.operationName !== "RunQueues") return route.continue();
    const answer = await route.fetch();
    const json = (await answer.json()) as { data: { fleet: { queues: { name: string; pollers: unknown[] }[] } } };
    for (const one of json.data.fleet.queues) if (one.name === "graph-engine") one.pollers = [];
    return route.fulfill({ json });
  });
}

test("a run that no worker takes says so, on the canvas and on its page, and starts when one is there again", async ({ page, api, console }) => {
  void console;
  const pids = workers();
  expect(pids.length, "DRYSTONE_WEB_DATA_DIR names the stack's data folder").toBeGreaterThan(0);
  const [nodes, links] = around({ id: "keep", block: "store", title: "Keep" }, "input", "output");
  const agent = await makeAgent(api, "Waits for a worker", nodes, links);
  await withoutPollers(page);
  await page.goto(`/build/${agent.id}`);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  try {
    const runId = await start(page, { topic: "patience" });
    const told = /No worker polls the queue graph-engine\. Your run is safe and will start/;
    await expect(panel(page).getByText(told)).toBeVisible({ timeout: 30_000 });
    await expectAccessible(page);
    await look(page, "run-no-worker");
    await page.goto(`/runs/${runId}`);
    await expect(page.getByText(told)).toBeVisible({ timeout: 30_000 });
    await look(page, "run-page-no-worker");
    await page.goBack();
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
  await expect(state(page)).toHaveText("Completed", { timeout: 60_000 });
  await expect(panel(page).getByText(/No worker polls/)).toHaveCount(0);
});

test("an agent whose credential is missing does not run, says where, and runs once one is made in place", async ({ page, api, console }) => {
  void console;
  const [nodes, links] = around({ id: "post", block: "medium", title: "Publish", input: { author_id: "ann", content: "Dry.", content_format: "markdown", tags: [], publish_status: "draft" } }, "title", "post_url");
  const agent = await makeAgent(api, "Needs a key", nodes, links);
  await page.goto(`/build/${agent.id}`);
  await page.getByRole("button", { name: "Run", exact: true }).click({ timeout: 20_000 });
  const dialog = page.getByRole("dialog", { name: "Run Needs a key" });
  await dialog.getByRole("textbox", { name: "topic" }).fill("walls");
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  const credentials = dialog.getByRole("region", { name: "Credentials" });
  await expect(credentials.getByText("The run cannot do without it")).toBeVisible();
  await expectAccessible(page);
  await look(page, "run-no-credential");
  await expect(credentials.getByRole("combobox")).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.getByText("The run was not started")).toHaveCount(0);
  // Nothing was started, and nothing of what was typed is lost.
  expect((await api.send("query($g:ID!){runs(first:5,graphId:$g){nodes{id}}}", { g: agent.id })).runs.nodes).toEqual([]);
  await expect(dialog.getByRole("textbox", { name: "topic" })).toHaveValue("walls");
  await expect(credentials.getByRole("link", { name: "Publish" })).toHaveAttribute("href", `/build/${agent.id}?node=post`);
  await credentials.getByRole("button", { name: /^New/ }).click();
  const making = page.getByRole("dialog", { name: "New credential" });
  await making.getByLabel("Name").fill("Ours");
  await making.getByRole("textbox", { name: "Key" }).fill("medium-key-0123456789");
  await making.getByRole("button", { name: "Save" }).click();
  await expect(making).toHaveCount(0);
  await expect(credentials.getByText("The run cannot do without it")).toHaveCount(0);
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/[?&]run=/);
  await expect(node(page, "post")).toBeVisible();
});

test("a session that ends while a run is watched leads to signing in, and back to the same run", async ({ page, api, console }) => {
  console.allow(/401|WebSocket/);
  const timer = { id: "timer", block: "timer" as const, title: "Tick", input: { seconds: 1, repeat: 40 } };
  const [nodes, links] = around(timer, "input_message", "output_message");
  const agent = await makeAgent(api, "Watched", nodes, links);
  const { id } = (await api.send('mutation($g:ID!){startRun(input:{graphId:$g,inputs:{topic:"tick"}}){errors{message} run{id}}}', { g: agent.id })).startRun.run;
  await page.goto(`/runs/${id}?node=timer`);
  await expect(page.getByRole("complementary", { name: "The node Tick" })).toBeVisible();
  const owner = process.env.DRYSTONE_WEB_TOKEN as string;
  const another = (await (await fetch(new URL("/graphql", page.url()), { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${owner}` }, body: JSON.stringify({ query: "mutation($i:ID!){switchOrganisation(id:$i){token}}", variables: { i: api.organisationId } }) })).json()).data.switchOrganisation.token as string;
  await api.send("mutation{signOut{errors{message} isDone}}");
  await page.waitForURL(/\/sign-in\?next=/, { timeout: 30_000 });
  await look(page, "run-session-ended");
  await page.getByRole("button", { name: "Use an access token instead" }).click();
  await page.getByLabel("Access token").fill(another);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname === `/runs/${id}` && url.searchParams.get("node") === "timer");
  await expect(page.getByRole("complementary", { name: "The node Tick" })).toBeVisible();
});

test("a notice of the desktop comes for a run that fails while the page is not looked at", async ({ page, api, context, console }) => {
  void console;
  await context.grantPermissions(["notifications"]);
  await page.addInitScript(() => {
    const shown: string[] = [];
    Object.assign(window, { shown });
    document.hasFocus = () => false;
    class Fake {
      static permission = "granted";
      static requestPermission = async () => "granted";
      onclick: (() => void) | null = null;
      constructor(title: string, options: { body: string }) {
        shown.push(`${title}: ${options.body}`);
        Object.assign(window, { last: this });
      }
      close() {}
    }
    Object.assign(window, { Notification: Fake });
  });
  const [nodes, links] = around({ id: "pick", block: "item", title: "Pick", input: { list: ["a"] } }, "index", "item");
  const agent = await makeAgent(api, "Breaks", nodes, links);
  const run = async () => (await api.send("mutation($g:ID!){startRun(input:{graphId:$g,inputs:{topic:9}}){errors{message} run{id}}}", { g: agent.id })).startRun.run.id as string;
  await page.goto("/settings/notices");
  await page.getByRole("switch", { name: "When a run fails" }).click();
  await page.getByRole("link", { name: "Library" }).click();
  const id = await run();
  const shown = () => page.evaluate(() => (window as unknown as { shown: string[] }).shown.join("\n"));
  await expect.poll(shown, { timeout: 30_000 }).toContain("Breaks");
  await page.evaluate(() => (window as unknown as { last: { onclick: () => void } }).last.onclick());
  await page.waitForURL((url) => url.pathname === `/runs/${id}`);
  // One run, one notice; and none of another organisation's.
  const stranger = await newOrganisation("Stranger");
  const [others, otherLinks] = around({ id: "pick", block: "item", title: "Pick", input: { list: ["a"] } }, "index", "item");
  const theirs = await makeAgent(stranger, "Theirs", others, otherLinks);
  await stranger.send("mutation($g:ID!){startRun(input:{graphId:$g,inputs:{topic:9}}){errors{message} run{id}}}", { g: theirs.id });
  await run();
  await expect.poll(async () => (await shown()).split("\n").length, { timeout: 30_000 }).toBe(2);
  expect(await shown()).not.toContain("Theirs");
});
