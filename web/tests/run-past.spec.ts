import { asked } from "./asking";
import { expect, expectAccessible, look, test } from "./fixtures";
import { importExample } from "./examples";
import { failing, isIn, picking, run } from "./run-pages";

test("what waited for a person shows so at that moment, also once it is decided", async ({ page, api, console }) => {
  void console;
  const { approvalId, runId } = await asked(api, { to: "ann" });
  await isIn(api, runId, "REVIEW");
  await page.goto(`/runs/${runId}?tab=approvals`);
  const card = page.getByRole("article", { name: "Send this message?" });
  await card.getByRole("button", { name: "Approve" }).click();
  await isIn(api, runId, "COMPLETED");
  const { approval, run: whole } = await api.send("query($a:ID!,$r:ID!){approval(id:$a){createdAt decidedAt} run(id:$r){createdAt}}", { a: approvalId, r: runId });
  const after = (at: string) => Date.parse(at) - Date.parse(whole.createdAt);
  const middle = Math.round((after(approval.createdAt) + after(approval.decidedAt)) / 2);
  await page.goto(`/runs/${runId}?tab=canvas&t=${middle}`);
  await expect(page.locator('.react-flow [data-state="REVIEW"]')).toHaveCount(1);
  await expect(page.locator('.react-flow [data-state="RUNNING"]')).toHaveCount(0);
  await look(page, "run-past-review");
  await page.goto(`/runs/${runId}?tab=canvas`);
  await expect(page.locator('.react-flow [data-state="COMPLETED"]')).toHaveCount(2);
});

test("a run that a schedule started says which, with a way there, until it is deleted", async ({ page, api, console }) => {
  void console;
  const graphId = await importExample(api, "countdown");
  const made = await api.send('mutation($g:ID!){createSchedule(input:{graphId:$g,name:"Each <b>New Year</b>",spec:{cron:["0 0 1 1 *"]},inputs:{From:1}}){errors{message} schedule{id}}}', { g: graphId });
  const scheduleId = made.createSchedule.schedule.id as string;
  const fired = await api.send("mutation($i:ID!){triggerSchedule(input:{id:$i}){errors{message} fire{run{id}}}}", { i: scheduleId });
  const runId = fired.triggerSchedule.fire.run.id as string;
  await page.goto(`/runs/${runId}`);
  await expect(page.getByText(/Started by the schedule/)).toBeVisible();
  await expectAccessible(page);
  await look(page, "run-by-schedule");
  await page.getByRole("link", { name: "Each <b>New Year</b>" }).click();
  await expect(page).toHaveURL(/tab=schedules&schedule=/);
  await expect(page.getByRole("region", { name: /Past times of Each/ })).toBeVisible();
  await api.send("mutation($i:ID!){deleteSchedule(id:$i){errors{message}}}", { i: scheduleId });
  await page.goto(`/runs/${runId}`);
  await expect(page.getByText(/Started by a schedule that was deleted/)).toBeVisible();
});

test("the timeline tells what an attempt waited for a worker apart from what it took", async ({ page, api, console }) => {
  void console;
  const id = await run(api, await failing(api));
  await page.goto(`/runs/${id}?node=fetch`);
  await expect(page.getByText(/Attempt 2 begins in/)).toBeVisible();
  await page.getByRole("tab", { name: /^Timeline/ }).click();
  const line = page.getByRole("listbox", { name: "Node executions" }).getByRole("option").first();
  await expect(line.getByTitle(/^Waited for a worker: /)).toHaveCount(1);
  await expect(line.getByTitle(/^Failed: /)).toHaveCount(1);
  await expect(page.getByRole("list").getByText("Waited for a worker")).toBeVisible();
  await expectAccessible(page);
  await look(page, "run-timeline-queued");
});

test("a run with more executions than are drawn says so, and shows those of a node that stand behind them", async ({ page, api, console }) => {
  void console;
  const id = await run(api, await picking(api), { names: ["Ann"], place: 0 });
  await isIn(api, id, "COMPLETED");
  // As if its first executions were so many others: no test waits for twenty thousand.
  await page.route("**/graphql", async (route) => {
    const { variables } = route.request().postDataJSON() as { variables: { after: number; nodeId: string | null } };
    if (!route.request().postData()?.includes("query RunTimeline") || variables.nodeId) return route.fallback();
    const executions = Array.from({ length: 2_000 }, (_, place) => (variables.after ?? 0) + place + 1);
    const each = <T,>(value: T) => executions.map(() => value);
    const timeline = { __typename: "RunTimeline", hasNextPage: true, endExecution: executions.at(-1), executions, nodeIds: ["other"], nodes: each(0), states: each("COMPLETED"), started: each(1), ended: each(2), queued: each(null), reused: [], repeated: [] };
    await route.fulfill({ json: { data: { run: { __typename: "Run", id, timeline } } } });
  });
  await page.goto(`/runs/${id}?tab=timeline`);
  const panel = page.getByRole("tabpanel");
  await expect(panel.getByRole("status")).toContainText("20,000 executions, the first of 5. Choose a node", { timeout: 60_000 });
  await expectAccessible(page);
  await look(page, "run-timeline-cut");
  await panel.getByRole("combobox", { name: "Node" }).selectOption("pick");
  await expect(panel.getByText("1 execution", { exact: true })).toBeVisible({ timeout: 40_000 });
  await expect(panel.getByRole("option", { name: /Pick/ }).last()).toBeVisible();
});
