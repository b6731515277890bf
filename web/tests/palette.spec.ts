import { gave } from "./asking";
import { expect, expectAccessible, look, test } from "./fixtures";

test("the palette finds agents, runs by their id, screens and actions, by keyboard only", async ({ page, api, console }) => {
  void console;
  const { runId } = await gave(api, { answer: "42" });
  await page.goto("/usage");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: /Search for agents/ });
  await expect(field).toBeFocused();
  await field.fill("giving");
  await expect(page.getByRole("option", { name: /^Giving agent Open/ })).toBeVisible();
  await expect(page.getByRole("option", { name: "Run Giving agent" })).toBeVisible();
  await look(page, "palette");
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/library\/./);

  await page.keyboard.press("Control+k");
  await field.fill(runId);
  await expect(page.getByRole("option", { name: /Giving agent.*Completed/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`/runs/${runId}`));

  await page.keyboard.press("Control+k");
  await field.fill("dark theme");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.keyboard.press("Control+k");
  await field.fill("human in the loop");
  await page.getByRole("option", { name: /^Human In The Loop/ }).click();
  const docs = page.getByRole("dialog", { name: "Human In The Loop" });
  await expect(docs.getByText("What is to be approved.")).toBeVisible();
  await look(page, "palette-block");
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await field.fill("zzzz nothing");
  await expect(page.getByText(/Nothing has that name/)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(field).toHaveCount(0);

  await page.keyboard.press("Control+k");
  await field.fill("run giving");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("option", { selected: true })).toBeVisible();
  await page.getByRole("option", { name: "Run Giving agent" }).click();
  await expect(page.getByRole("dialog")).toContainText("Giving agent");
});

test("keys go from screen to screen, and ? tells them", async ({ page, console }) => {
  void console;
  await page.goto("/usage");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.waitForURL(/\/credentials/);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await look(page, "shortcuts");
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox").first().fill("ga");
  await expect(page).toHaveURL(/\/credentials/);
});

test("the tour leads through the app, can be left, and is offered once", async ({ page, console }) => {
  void console;
  await page.getByRole("button", { name: "Take the tour" }).click();
  const tour = page.getByRole("dialog", { name: "Tour" });
  await expect(tour).toContainText("1 of 5");
  await look(page, "tour-1");
  await tour.getByRole("button", { name: "Next" }).click();
  await expect(tour).toContainText("Build one in the editor");
  await look(page, "tour-2");
  await tour.getByRole("button", { name: "Next" }).click();
  await page.waitForURL(/\/runs/);
  await expect(tour).toContainText("Watch it run");
  await look(page, "tour-3");
  await expectAccessible(page);
  await tour.getByRole("button", { name: "Next" }).click();
  await page.waitForURL(/\/approvals/);
  await page.keyboard.press("Escape");
  await expect(tour).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Take the tour" })).toHaveCount(0);
});

test("the palette finds the nodes of the agent that is being built", async ({ page, api, console }) => {
  void console;
  const { graphId } = await gave(api, { answer: "42" });
  await page.goto(`/build/${graphId}`);
  await expect(page.getByRole("button", { name: "Publish" })).toBeVisible();
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: /Search for agents/ });
  await field.fill("agent output");
  await expect(page.getByText("Nodes of this agent")).toBeVisible();
  await page.getByRole("option", { name: /^Agent Output/ }).first().click();
  await expect(page).toHaveURL(/node=give/);
});
