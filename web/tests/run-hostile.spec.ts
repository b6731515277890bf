import { type Api, expect, expectAccessible, look, test } from "./fixtures";
import { around, makeAgent } from "./run-agents";
import { panel, servers, start, state } from "./run-watch";

const keeping = (api: Api, name: string) => {
  const [nodes, links] = around({ id: "keep", block: "store", title: "Keep" }, "input", "output");
  return makeAgent(api, name, nodes, links);
};
const runsOf = async (api: Api, graphId: string): Promise<number> => (await api.send("query($g:ID!){runs(first:10,graphId:$g){nodes{id}}}", { g: graphId })).runs.nodes.length;

test("Run that is pressed twice, also over a slow network, starts one run", async ({ page, api, console }) => {
  void console;
  const agent = await keeping(api, "Twice");
  await page.route("**/graphql", async (route) => {
    const body = route.request().postDataJSON() as { operationName?: string };
    // The first answer is late, so that the second press finds the form still there.
    if (body.operationName === "RunFormStart") await new Promise((resolve) => setTimeout(resolve, 1_000));
    return route.continue();
  });
  await page.goto(`/build/${agent.id}`);
  await page.getByRole("button", { name: "Run", exact: true }).dblclick({ timeout: 20_000 });
  const dialog = page.getByRole("dialog", { name: "Run Twice" });
  await dialog.getByRole("textbox", { name: "topic" }).fill("once");
  await dialog.getByRole("button", { name: "Run", exact: true }).dblclick();
  await dialog.getByRole("textbox", { name: "topic" }).press("Control+Enter");
  await expect(state(page)).toHaveText("Completed", { timeout: 30_000 });
  expect(await runsOf(api, agent.id)).toBe(1);
});

test("a start over a broken network says so, keeps what was typed, and starts one run when tried again", async ({ page, api, context, console }) => {
  console.allow(/ERR_INTERNET_DISCONNECTED|Failed to load resource|WebSocket/);
  const agent = await keeping(api, "Offline");
  await page.goto(`/build/${agent.id}`);
  await page.getByRole("button", { name: "Run", exact: true }).click({ timeout: 20_000 });
  const dialog = page.getByRole("dialog", { name: "Run Offline" });
  await dialog.getByRole("textbox", { name: "topic" }).fill("a long thought");
  await context.setOffline(true);
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("The run was not started");
  await look(page, "run-offline");
  await expect(dialog.getByRole("textbox", { name: "topic" })).toHaveValue("a long thought");
  await context.setOffline(false);
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await expect(state(page)).toHaveText("Completed", { timeout: 30_000 });
  expect(await runsOf(api, agent.id)).toBe(1);
});

test("a large and hostile input runs, and shows in part without becoming markup", async ({ page, api, console }) => {
  void console;
  const agent = await keeping(api, "Large");
  const text = `<img src=x onerror="document.title='owned'"> ${"stone ".repeat(50_000)}`;
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic: text });
  await expect(state(page)).toHaveText("Completed", { timeout: 30_000 });
  const output = panel(page).getByRole("region", { name: "Output result" });
  await expect(output).toContainText("<img src=x");
  await expect(output.locator("img")).toHaveCount(0);
  expect(await page.title()).not.toContain("owned");
  expect((await output.textContent())?.length ?? 0).toBeLessThan(100_000);
  await expectAccessible(page);
  await look(page, "run-large");
});

test("the API is killed while text grows: the page goes on by itself, and no text is lost or doubled", async ({ page, api, console }) => {
  console.allow(/50\d|WebSocket|Failed to load resource|ECONNREFUSED|\[vite\]/);
  const pids = servers();
  expect(pids.length, "DRYSTONE_WEB_DATA_DIR names the stack's data folder").toBeGreaterThan(0);
  const topic = Array.from({ length: 70 }, (_, index) => `n${index + 1}`).join(" ");
  const [nodes, links] = around({ id: "write", block: "text", title: "Writer" }, "prompt", "response");
  const agent = await makeAgent(api, "Goes on", nodes, links);
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic });
  const writing = panel(page).getByRole("region", { name: "Writer is writing" });
  await expect(writing).toContainText(/\bn8\b/);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  // What it shows is whole at each look: each word once, in order, from the first.
  let last = 0;
  await expect
    .poll(
      async () => {
        const shown = (await writing.textContent({ timeout: 500 }).catch(() => "")) ?? "";
        const numbers = [...shown.matchAll(/\bn(\d+)\b/g)].map((found) => Number(found[1]));
        expect(numbers.every((number, index) => number === index + 1), shown).toBe(true);
        last = Math.max(last, numbers.length);
        return await state(page).textContent({ timeout: 500 }).catch(() => "");
      },
      { timeout: 60_000, intervals: [100] },
    )
    .toBe("Completed");
  expect(last).toBeGreaterThan(8);
  await expect(panel(page).getByRole("region", { name: "Output result" })).toContainText(topic, { timeout: 30_000 });
  expect(servers().filter((pid) => !pids.includes(pid)).length).toBeGreaterThan(0);
});
