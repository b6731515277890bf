/** Schedules: an agent is scheduled, its next times are seen before it is saved, it is run now, paused, resumed, made up for, changed. */
import { expect, expectAccessible, look, test } from "./fixtures";
import { importExample, until } from "./examples";

const SCHEDULES = "query($g: ID!) { schedules(graphId: $g) { nodes { id name isPaused note graphVersion overlap spec { cron intervalSeconds timezone words } inputs } } }";

test("an agent is scheduled with its next times in sight, run now, paused with a note and resumed", async ({ page, api, console: _ }) => {
  const agentId = await importExample(api, "countdown");
  await page.goto(`/library/${agentId}?tab=schedules`);
  await expect(page.getByRole("heading", { name: "No schedules yet" })).toBeVisible();
  await expectAccessible(page);
  await look(page, "schedules-empty");
  await page.getByRole("button", { name: "New schedule" }).click();
  const form = page.getByRole("dialog", { name: "New schedule" });
  const times = form.getByRole("region", { name: "Next times" });
  await expect(times.getByRole("listitem")).toHaveCount(10);
  await form.getByRole("button", { name: "Save the schedule" }).click();
  await expect(form.getByText("Give it a name.")).toBeVisible();
  await form.getByRole("textbox", { name: "Name" }).fill("Every weekday");
  await form.getByRole("combobox", { name: "How often" }).selectOption("Monday to Friday");
  await form.getByLabel("At", { exact: true }).fill("02:30");
  await form.getByRole("combobox", { name: "Time zone" }).fill("Europe/Berlin");
  await expect(times).toContainText("On the clocks of Europe/Berlin");
  await expect(times.getByRole("listitem").first()).toContainText("02:30");
  await expect(times.getByText(/Sat|Sun/)).toHaveCount(0);
  await form.getByLabel("From", { exact: true }).fill("1");
  await expectAccessible(page);
  await look(page, "schedule-form");
  await form.getByRole("button", { name: "Save the schedule" }).click();

  const list = page.getByRole("list", { name: "Schedules" });
  await expect(list).toContainText("Monday to Friday at 02:30 (Europe/Berlin)");
  await expect(list).toContainText(/Next run (in|tomorrow)/);
  const { schedules } = await api.send(SCHEDULES, { g: agentId });
  expect(schedules.nodes[0]).toMatchObject({ overlap: "SKIP", spec: { cron: ["30 2 * * 1-5"], timezone: "Europe/Berlin" }, inputs: { From: 1 } });

  await list.getByRole("button", { name: /^Every weekday/ }).click();
  await expect(page).toHaveURL(/schedule=/);
  await page.getByRole("button", { name: "Run now: Every weekday" }).click();
  await expect(page.getByText("A run was started.")).toBeVisible();
  const past = page.getByRole("region", { name: "Past times of Every weekday" });
  await expect(past.getByText("Completed")).toBeVisible();
  await expectAccessible(page);
  await look(page, "schedule-open");

  await page.getByRole("button", { name: "Pause Every weekday" }).click();
  await page.getByRole("textbox", { name: "Note" }).fill("Holiday");
  await page.getByRole("button", { name: "Pause it" }).click();
  await expect(list.getByText("Paused: Holiday")).toBeVisible();
  await expect(list.getByText("None while it is paused.")).toBeVisible();
  expect((await api.send(SCHEDULES, { g: agentId })).schedules.nodes[0]).toMatchObject({ isPaused: true, note: "Holiday" });
  await look(page, "schedule-paused");
  await page.getByRole("button", { name: "Resume Every weekday" }).click();
  await page.getByRole("button", { name: "Resume it" }).click();
  await expect(list).toContainText(/Next run (in|tomorrow)/);

  await past.getByRole("link").first().click();
  await page.waitForURL(/\/runs\//);
});

test("cron lines and calendars are kept as they are, and what is wrong is told while it is typed", async ({ page, api, console: _ }) => {
  const agentId = await importExample(api, "countdown");
  await page.goto(`/library/${agentId}?tab=schedules`);
  await page.getByRole("button", { name: "New schedule" }).click();
  const form = page.getByRole("dialog", { name: "New schedule" });
  await form.getByRole("textbox", { name: "Name" }).fill("Odd times");
  await form.getByRole("combobox", { name: "How often" }).selectOption("Cron lines and calendars");
  await form.getByRole("textbox", { name: "Cron lines" }).fill("99 9 * * *");
  await form.getByRole("textbox", { name: "And every" }).fill("");
  const times = form.getByRole("region", { name: "Next times" });
  await expect(times.getByRole("alert")).toBeVisible();
  await form.getByRole("textbox", { name: "Cron lines" }).fill("*/20 9-17 * * mon-fri");
  await expect(times.getByRole("listitem")).toHaveCount(10);
  await form.getByRole("button", { name: "Add a calendar" }).click();
  await form.getByRole("group", { name: "Calendar 1" }).getByRole("textbox", { name: "Month" }).fill("jan");
  await form.getByRole("combobox", { name: "While the run before still goes on" }).selectOption("Let all wait for their turn");
  await form.getByRole("combobox", { name: "Version" }).selectOption("Always version 1");
  await form.getByRole("switch", { name: "Begin paused" }).click();
  await expectAccessible(page);
  await look(page, "schedule-custom");
  await form.getByRole("button", { name: "Save the schedule" }).click();
  const list = page.getByRole("list", { name: "Schedules" });
  await expect(list.getByText("Paused", { exact: true })).toBeVisible();
  const { schedules } = await api.send(SCHEDULES, { g: agentId });
  expect(schedules.nodes[0]).toMatchObject({ isPaused: true, overlap: "BUFFER_ALL", graphVersion: 1, spec: { cron: ["*/20 9-17 * * mon-fri"] } });

  await page.getByRole("button", { name: "More about Odd times" }).click();
  await page.getByRole("menuitem", { name: "Change" }).click();
  const change = page.getByRole("dialog", { name: "Change the schedule" });
  await expect(change.getByRole("textbox", { name: "Cron lines" })).toHaveValue("*/20 9-17 * * mon-fri");
  await change.getByRole("combobox", { name: "How often" }).selectOption("Every so often");
  await change.getByRole("textbox", { name: "Every", exact: true }).fill("2");
  await change.getByRole("combobox", { name: "Unit" }).selectOption("hours");
  await change.getByRole("button", { name: "Save the schedule" }).click();
  await expect(list).toContainText("Every 2 hours");
});

test("the times that an agent's author recommends are taken over", async ({ page, api, console: _ }) => {
  const agentId = await importExample(api, "countdown", (document) => ({ ...document, recommended_schedule_cron: "15 7 * * 1" }));
  await page.goto(`/library/${agentId}?tab=schedules`);
  await page.getByRole("button", { name: "New schedule" }).click();
  const form = page.getByRole("dialog", { name: "New schedule" });
  await form.getByRole("button", { name: "Use them" }).click();
  await expect(form.getByRole("combobox", { name: "How often" })).toHaveValue("weekly");
  await expect(form.getByRole("combobox", { name: "On", exact: true })).toHaveValue("1");
  await expect(form.getByLabel("At", { exact: true })).toHaveValue("07:15");
  await expect(form.getByRole("region", { name: "Next times" }).getByRole("listitem").first()).toContainText("Mon");
  await look(page, "schedule-recommended");
});

test("times that are over are made up for, and a schedule is deleted", async ({ page, api, console: _ }) => {
  const agentId = await importExample(api, "countdown");
  await api.send('mutation($g: ID!) { createSchedule(input: {graphId: $g, name: "Hourly", spec: {cron: ["0 * * * *"]}, inputs: {From: 1}, isPaused: true}) { errors { message } } }', { g: agentId });
  await page.goto(`/library/${agentId}?tab=schedules`);
  await page.getByRole("button", { name: "More about Hourly" }).click();
  await page.getByRole("menuitem", { name: "Make up for a time that is over" }).click();
  const form = page.getByRole("dialog");
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  await form.getByLabel("From").fill(ago(3));
  await expect(form.getByRole("list", { name: "Times" }).getByRole("listitem")).toHaveCount(3);
  await expectAccessible(page);
  await look(page, "schedule-backfill");
  await form.getByRole("button", { name: "Start 3 runs" }).click();
  await expect(page.getByText("3 times are being made up for.")).toBeVisible();
  await until(
    () => api.send("query($g: ID!) { runs(graphId: $g) { nodes { status trigger } } }", { g: agentId }),
    ({ runs }) => runs.nodes.length === 3 && runs.nodes.every((one: { status: string }) => one.status === "COMPLETED"),
  );
  await page.getByRole("button", { name: "More about Hourly" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete the schedule" }).click();
  await expect(page.getByRole("heading", { name: "No schedules yet" })).toBeVisible();
});

test("everything that runs by itself stands in one list, and an agent takes what starts it along when it is deleted", async ({ page, api, console: _ }) => {
  const agentId = await importExample(api, "countdown");
  await page.goto("/schedules");
  await expect(page.getByRole("heading", { name: "Nothing runs by itself yet" })).toBeVisible();
  await expectAccessible(page);
  await api.send("mutation($i: CreateScheduleInput!) { createSchedule(input: $i) { errors { message } schedule { id } } }", { i: { graphId: agentId, name: "Every New Year", spec: { cron: ["0 0 1 1 *"] }, inputs: { From: 3 } } });
  const hook = await api.send('mutation { createWebhook(input: {name: "A hook", provider: GENERIC}) { errors { message } webhook { id } } }');
  await api.send("mutation($i: AttachToWebhookInput!) { attachToWebhook(input: $i) { errors { message } attachment { id } } }", { i: { webhookId: hook.createWebhook.webhook.id, graphId: agentId, inputName: "From" } });
  await page.reload();
  const card = page.getByRole("list", { name: "Schedules" }).getByRole("listitem").first();
  await expect(card.getByRole("link", { name: "Countdown" })).toBeVisible();
  await expectAccessible(page);
  await look(page, "schedules-all");
  await page.getByRole("tab", { name: "Webhooks" }).click();
  await expect(page.getByRole("list", { name: "Webhooks" })).toContainText("Starts Countdown");
  await expectAccessible(page);
  await look(page, "schedules-webhooks");

  await page.goto(`/library/${agentId}`);
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const dialog = page.getByRole("alertdialog");
  await expect(dialog.getByText("With it goes 1 schedule: Every New Year.")).toBeVisible();
  await expect(dialog.getByText("A webhook starts it no more: A hook.")).toBeVisible();
  await look(page, "agent-delete");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Delete the agent" }).click();
  await expect(page.getByText("1 schedule and 1 way in by a webhook went with it.")).toBeVisible();
  const { schedules } = await api.send("{ schedules { nodes { id } } }");
  expect(schedules.nodes).toEqual([]);
  await page.goto("/schedules?tab=webhooks");
  await expect(page.getByRole("list", { name: "Webhooks" })).toContainText("A hook");
});
