import type { Locator } from "@playwright/test";
import { type Api, expect, expectAccessible, look, test } from "./fixtures";
import { around, makeAgent } from "./run-agents";
import { node, panel, start, state, workers } from "./run-watch";

/** The demo quotes its prompt: numbered words show a gap or a doubling at once. At the pace of `./run browser` they take some seventeen seconds. */
const LAST = 70;
const TOPIC = Array.from({ length: LAST }, (_, index) => `n${index + 1}`).join(" ");
const ANSWER = `[demo] This text is made by the demo; no model was asked. It was asked: ${TOPIC}`;

const writing = async (api: Api, name: string, fields: Record<string, unknown> = {}) => {
  const [nodes, links] = around({ id: "write", block: "text", title: "Writer", ...fields }, "prompt", "response");
  return makeAgent(api, name, nodes, links);
};

/** How far a text has grown; -1 where a word is missing, doubled, or cut in the middle of the text. */
async function grown(place: Locator, isWhole = true): Promise<number> {
  const text = (await place.textContent({ timeout: 2_000 }).catch(() => "")) ?? "";
  const numbers = [...text.matchAll(/\bn(\d+)\b/g)].map((found) => Number(found[1]));
  const first = isWhole ? 1 : (numbers[0] ?? 1);
  if (isWhole && text.split("[demo]").length > 2) return -1;
  return numbers.every((number, index) => number === first + index) ? (numbers.at(-1) ?? 0) : -1;
}

/** See a text grow while the run goes on: at least a few words, and then more. */
async function seeGrow(place: Locator, isWhole = true): Promise<number> {
  await expect.poll(() => grown(place, isWhole), { intervals: [50] }).toBeGreaterThan(2);
  const before = await grown(place, isWhole);
  await expect.poll(() => grown(place, isWhole), { intervals: [50] }).toBeGreaterThan(before);
  const now = await grown(place, isWhole);
  expect(now).toBeLessThan(LAST);
  return now;
}

test("text grows at its node and in the panel while a model writes, goes on after a reload, and ends as the output", async ({ page, api, console }) => {
  void console;
  const agent = await writing(api, "Writes");
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic: TOPIC });
  await seeGrow(node(page, "write"), false);
  const inPanel = panel(page).getByRole("region", { name: "Writer is writing" });
  const before = await seeGrow(inPanel);
  await look(page, "run-text-grows");
  await page.reload();
  await expect.poll(() => grown(inPanel), { intervals: [50] }).toBeGreaterThan(before);
  await seeGrow(inPanel);
  await expect(state(page)).toHaveText("Running");
  await node(page, "write").click();
  await seeGrow(panel(page).getByRole("region", { name: "It is writing" }));
  await expect(state(page)).toHaveText("Completed", { timeout: 30_000 });
  await expect(panel(page).getByRole("region", { name: "It is writing" })).toHaveCount(0);
  await panel(page).getByRole("tab", { name: "Outputs" }).click();
  await expect(panel(page).getByRole("region", { name: "Output result" })).toContainText(ANSWER);
  await expect(inPanel).toHaveCount(0);
});

test("text grows on the run page, on its canvas and in the node's panel", async ({ page, api, console }) => {
  void console;
  const agent = await writing(api, "Writes there");
  const { id } = (await api.send("mutation($g:ID!,$i:JSON!){startRun(input:{graphId:$g,inputs:$i}){errors{message} run{id}}}", { g: agent.id, i: { topic: TOPIC } })).startRun.run;
  await page.goto(`/runs/${id}?node=write`);
  await seeGrow(node(page, "write"), false);
  await seeGrow(page.getByRole("complementary", { name: "The node Writer" }).getByRole("region", { name: "It is writing" }));
  await expectAccessible(page);
  await look(page, "run-page-text-grows");
  await page.getByRole("tab", { name: "Outputs" }).click();
  await expect(page.getByRole("tabpanel", { name: "Outputs" })).toContainText(ANSWER, { timeout: 30_000 });
});

test("a worker is killed while a model writes: the node shows its second attempt, whose text begins anew", async ({ page, api, console }) => {
  void console;
  const pids = workers();
  expect(pids.length, "DRYSTONE_WEB_DATA_DIR names the stack's data folder").toBeGreaterThan(0);
  const agent = await writing(api, "Writes twice");
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic: TOPIC });
  const inPanel = panel(page).getByRole("region", { name: "Writer is writing" });
  await seeGrow(inPanel);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  await expect(node(page, "write").getByText(/^Attempt 2/)).toBeVisible({ timeout: 60_000 });
  await look(page, "run-killed-attempt");
  await expect.poll(() => grown(inPanel), { intervals: [50], timeout: 60_000 }).toBeLessThan(LAST / 2);
  await seeGrow(inPanel);
  await expect(state(page)).toHaveText("Completed", { timeout: 60_000 });
  await expect(panel(page).getByRole("region", { name: "Output result" }).getByText(ANSWER, { exact: true })).toHaveCount(1);
  await node(page, "write").click();
  await expect(panel(page).getByRole("region", { name: "Attempts" }).getByText("Attempt 2")).toBeVisible();
});
