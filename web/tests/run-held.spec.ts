import type { Page } from "@playwright/test";
import { type Api, expect, expectAccessible, look, test } from "./fixtures";
import { makeAgent } from "./run-agents";
import { answering } from "./run-servers";
import { node, panel } from "./run-watch";

/** Four nodes that fail and wait for somebody: one for each thing that can be decided of it. */
async function heldRun(api: Api, url: string): Promise<{ agentId: string; runId: string }> {
  const pick = (id: string, title: string) => ({ id, block: "item" as const, title, on_error: "hold", input: { list: ["a", "b"], index: 9 } });
  const agent = await makeAgent(
    api,
    "Held",
    [
      { id: "ask", block: "request", title: "Ask", on_error: "hold", retry: { attempts: 1 }, input: { url } },
      pick("edit", "Edit me"),
      pick("skip", "Skip me"),
      pick("fail", "Fail me"),
      { id: "answer", block: "output", title: "Answer", input: { name: "answer" } },
      { id: "edited", block: "output", title: "Edited", input: { name: "edited" } },
      { id: "skipped", block: "output", title: "Skipped", input: { name: "skipped" } },
    ],
    ["ask.response > answer.value", "edit.item > edited.value", "skip.item > skipped.value"],
  );
  const { id } = (await api.send("mutation($g:ID!){startRun(input:{graphId:$g,inputs:{}}){errors{message} run{id}}}", { g: agent.id })).startRun.run;
  const halts = async () => (await api.send("query($r:ID!){run(id:$r){halts{nodeId}}}", { r: id })).run.halts.length as number;
  await expect.poll(halts, { timeout: 30_000 }).toBe(4);
  return { agentId: agent.id, runId: id };
}

/** Decide of all four, at the node that was chosen: `choose` shows it. */
async function decide(page: Page, choose: (nodeId: string) => Promise<ReturnType<Page["locator"]>>): Promise<void> {
  const asked = await choose("ask");
  await asked.getByRole("button", { name: "Try again now" }).click();
  await expect(page.getByText("It is tried again.")).toBeVisible();

  const edited = await choose("edit");
  await edited.getByRole("button", { name: "Change its inputs" }).click();
  const inputs = page.getByRole("dialog", { name: "Change its inputs" });
  await inputs.getByRole("textbox", { name: "index" }).fill("1");
  await inputs.getByRole("button", { name: "Run it with these" }).click();
  await expect(page.getByText("It runs with these inputs.")).toBeVisible();

  const skipped = await choose("skip");
  await skipped.getByRole("button", { name: "Skip it" }).click();
  const outputs = page.getByRole("dialog", { name: "Skip it" });
  await outputs.getByRole("textbox").fill('{"item": "not a list"}');
  await expect(outputs.getByText("Each pin has a list of values.")).toBeVisible();
  await outputs.getByRole("textbox").fill('{"item": ["given by hand"]}');
  await outputs.getByRole("button", { name: "Skip it" }).click();
  await expect(page.getByText("It is skipped.")).toBeVisible();

  const failed = await choose("fail");
  await failed.getByRole("button", { name: "Let it fail" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Let it fail" }).click();
  await expect(page.getByText("It fails.")).toBeVisible();
}

async function expectDecided(api: Api, runId: string): Promise<void> {
  const read = async () => (await api.send("query($r:ID!){run(id:$r){status nodeExecutions(status:[FAILED]){nodes{nodeId}} outputs{name values{preview}}}}", { r: runId })).run;
  await expect.poll(async () => (await read()).status, { timeout: 30_000 }).toBe("FAILED");
  const gave = Object.fromEntries((await read()).outputs.map((one: { name: string; values: { preview: string }[] }) => [one.name, one.values[0]?.preview]));
  expect(gave.answer).toContain("dry");
  expect(gave.edited).toContain("b");
  expect(gave.skipped).toContain("given by hand");
  expect((await read()).nodeExecutions.nodes.map((one: { nodeId: string }) => one.nodeId)).toEqual(["fail"]);
}

test("four nodes that failed and wait are decided on the canvas: again, with other inputs, skipped, failed", async ({ page, api, console }) => {
  void console;
  const { url, close } = await answering(0, 200);
  try {
    const { agentId, runId } = await heldRun(api, url);
    await page.goto(`/build/${agentId}?run=${encodeURIComponent(runId)}`);
    const notices = panel(page).getByRole("region", { name: "What keeps it" });
    await expect(node(page, "edit").getByText(/Index 9 is outside the list/)).toBeVisible();
    await notices.getByRole("button", { name: "Show 2 more reasons" }).click();
    await expect(notices.getByText(/waits for a decision|does not answer/)).toHaveCount(4);
    await notices.getByRole("button", { name: "Show fewer" }).click();
    await expectAccessible(page);
    await look(page, "run-held");
    await notices.getByRole("button", { name: "Show the node" }).first().click();
    await expect(panel(page).getByRole("region", { name: "Decide" })).toBeVisible();
    await decide(page, async (nodeId) => {
      await node(page, nodeId).click();
      return panel(page).getByRole("region", { name: "Decide" });
    });
    await expectDecided(api, runId);
    await expect(notices).toHaveCount(0);
    await panel(page).getByRole("tab", { name: "Outputs" }).click();
    await expect(panel(page).getByRole("region", { name: "Output skipped" })).toContainText("given by hand");
  } finally {
    close();
  }
});

test("four nodes that failed and wait are decided on the run page, and its orders say who did what", async ({ page, api, console }) => {
  void console;
  const { url, close } = await answering(0, 200);
  try {
    const { runId } = await heldRun(api, url);
    await page.goto(`/runs/${runId}`);
    await expect(page.getByRole("region", { name: "What keeps it" }).getByText(/waits for a decision|does not answer/)).toHaveCount(2);
    await expectAccessible(page);
    await look(page, "run-page-held");
    await decide(page, async (nodeId) => {
      await page.goto(`/runs/${runId}?node=${nodeId}`);
      return page.getByRole("region", { name: "Decide" });
    });
    await expectDecided(api, runId);
    await page.getByRole("tab", { name: "Orders" }).click();
    const orders = page.getByRole("tabpanel", { name: "Orders" });
    for (const word of ["Try a node again", "Change a node’s inputs", "Skip a node", "Let a node fail"]) await expect(orders.getByRole("row", { name: word })).toContainText("Done");
    await look(page, "run-page-orders");
  } finally {
    close();
  }
});

test("a run that reaches its limit says so, and goes on when the limit is raised", async ({ page, api, console }) => {
  void console;
  const agent = await makeAgent(
    api,
    "Limited",
    [
      { id: "each", block: "each", title: "Each", input: { items: [1, 2, 3, 4] } },
      { id: "out", block: "output", title: "Out", input: { name: "numbers" } },
    ],
    ["each.item > out.value"],
    { max_node_executions: 3 },
  );
  const { id } = (await api.send("mutation($g:ID!){startRun(input:{graphId:$g,inputs:{}}){errors{message} run{id}}}", { g: agent.id })).startRun.run;
  await page.goto(`/build/${agent.id}?run=${encodeURIComponent(id)}`);
  const notice = panel(page).getByRole("status").filter({ hasText: "It has reached a limit" });
  await expect(notice).toBeVisible();
  await look(page, "run-limit");
  await notice.getByRole("button", { name: "Raise the limit" }).click();
  const dialog = page.getByRole("dialog", { name: "Raise its limits" });
  await expectAccessible(page);
  // Less than it has, and nonsense, are refused at the field; nothing changes.
  await dialog.getByLabel("Node executions").fill("1");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByLabel("Node executions")).toHaveAttribute("aria-invalid", "true");
  await look(page, "run-limit-refused");
  await dialog.getByLabel("Node executions").fill("50");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(panel(page).getByRole("status", { name: "State of the run" })).toHaveText("Completed", { timeout: 30_000 });
  await expect(notice).toHaveCount(0);
});
