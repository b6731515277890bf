import { readFile } from "node:fs/promises";
import { endsAs, published, started } from "./asking";
import { expect, expectAccessible, look, test } from "./fixtures";

test("usage without a call says so; limits are set, and a bad one is told at its field", async ({ page, api, console }) => {
  void console;
  await page.goto("/usage");
  await expect(page.getByText("No model was asked in this time")).toBeVisible();
  await page.getByLabel("Runs at once").fill("many");
  await page.getByRole("button", { name: "Save the limits" }).click();
  await expect(page.getByText("Enter a number above 0, or nothing.")).toBeVisible();
  await page.getByLabel("Runs at once").fill("7");
  await page.getByRole("button", { name: "Save the limits" }).click();
  await expect(page.getByText("New runs begin with these limits.")).toBeVisible();
  expect((await api.send("{runLimits{runningMax executionsMax}}")).runLimits).toEqual({ runningMax: 7, executionsMax: null });
  await look(page, "usage-empty");
  await expectAccessible(page);
});

test("what models used shows as a chart that the keyboard walks, and as tables", async ({ page, console }) => {
  void console;
  const today = new Date().toISOString().slice(0, 10);
  const before = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
  const usage = (calls: number) => ({
    calls, inputTokens: 1200 * calls, outputTokens: 300 * calls, costMicroUsd: 45_000 * calls, unpricedCalls: 1,
    byModel: [{ provider: "anthropic", model: "claude-sonnet-4-5", calls, inputTokens: 1200 * calls, outputTokens: 300 * calls, costMicroUsd: 45_000 * calls }, { provider: "ollama", model: "llama3.2", calls: 1, inputTokens: 10, outputTokens: 5, costMicroUsd: null }],
  });
  await page.route("**/graphql", (route) => {
    const body = route.request().postDataJSON() as { operationName?: string };
    if (body.operationName !== "UsageByDay") return route.continue();
    return route.fulfill({ json: { data: { llmUsageByDay: [{ day: before, usage: usage(4) }, { day: today, usage: usage(9) }] } } });
  });
  await page.goto("/usage");
  const chart = page.getByRole("img", { name: /Cost by day, of the last 30 days/ });
  await chart.focus();
  await page.keyboard.press("End");
  await expect(page.getByText(/: \$0\.41/)).toBeVisible();
  await expect(page.getByRole("region", { name: "Usage by model" })).toContainText("claude-sonnet-4-5");
  await expect(page.getByText(/2 calls are not in the cost/)).toBeVisible();
  await look(page, "usage");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Tokens" }).click();
  await expect(page.getByRole("img", { name: /Tokens by day/ })).toBeVisible();
  await page.getByLabel("How far back").selectOption({ label: "7 days" });
  await expect(page).toHaveURL(/days=7/);
});

test("what was used is told by agent, by person and by day, and taken along as CSV", async ({ page, api, console }) => {
  void console;
  const ask = { id: "ask", block_id: "1f292d4a-41a4-4977-9684-7c8d560b9f91", input_default: { prompt: "Say hello, please.", model: "gpt-4o-mini" }, metadata: { position: { x: 0, y: 0 } } };
  const graphId = await published(api, 'Asker, the "first"', [ask], []);
  await endsAs(api, await started(api, graphId), "COMPLETED");
  await page.goto("/usage?by=calls");
  const tables = page.getByRole("region", { name: "Usage in tables" });
  await expect(tables.getByRole("row", { name: /gpt-4o-mini Demo, made here 1/ })).toBeVisible();
  await tables.getByRole("button", { name: "By agent" }).click();
  await expect(tables.getByRole("row", { name: /Asker, the "first" 1/ })).toBeVisible();
  await look(page, "usage-agents");
  await expectAccessible(page);
  const [download] = await Promise.all([page.waitForEvent("download"), tables.getByRole("button", { name: "Download as CSV" }).click()]);
  expect(download.suggestedFilename()).toBe("usage-by-agent.csv");
  const lines = (await readFile(await download.path(), "utf8")).split("\r\n");
  expect(lines[0]).toBe("Agent,Calls,Tokens read,Tokens written,Cost in dollars");
  expect(lines[1]).toMatch(/^"Asker, the ""first""",1,\d+,\d+,0$/);
  await tables.getByRole("button", { name: "By person" }).click();
  const { viewer } = await api.send("{ viewer { name } }");
  await expect(tables.getByRole("row", { name: new RegExp(`${viewer.name as string} 1`) })).toBeVisible();
  await expect(page).toHaveURL(/group=person/);
  await tables.getByRole("button", { name: "By day" }).click();
  await expect(tables.getByRole("row", { name: new RegExp(`${new Date().toISOString().slice(0, 10)} 1`) })).toBeVisible();
});
