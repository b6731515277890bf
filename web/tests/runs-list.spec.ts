import { expect, expectAccessible, look, test } from "./fixtures";
import { isIn, picking, run, waiting } from "./run-pages";

const NAMES = ["Ann", "Bob"];

test("runs are found by what they cost, and the address keeps it", async ({ page, api, console }) => {
  void console;
  const done = await run(api, await picking(api), { names: NAMES, place: 1 });
  await isIn(api, done, "COMPLETED");
  await page.goto("/runs");
  const rows = page.getByRole("region", { name: "Runs" }).getByRole("row");
  await expect(rows.nth(0)).toContainText("Cost");
  await expect(rows.nth(1)).toContainText("$0");
  const cost = page.getByRole("combobox", { name: "Cost", exact: true });
  await cost.selectOption({ label: "Cost nothing" });
  await expect(page).toHaveURL(/cost=\.\.0/);
  await expect(rows).toHaveCount(2);
  await cost.selectOption({ label: "$1 or more" });
  await expect(page.getByRole("heading", { name: "No run fits these filters" })).toBeVisible();
  await cost.selectOption({ label: "Cost between" });
  const least = page.getByRole("textbox", { name: "Dollars at least" });
  await least.fill("5");
  await page.getByRole("textbox", { name: "Dollars at most" }).fill("2");
  await expect(page.getByRole("alert")).toHaveText("Give amounts like 0.50, the smaller first.");
  await least.fill("0");
  await least.press("Enter");
  await expect(page).toHaveURL(/cost=0\.\.2/);
  await expect(rows).toHaveCount(2);
  await page.getByRole("button", { name: "Save this view" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Cheap");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.reload();
  await expect(least).toHaveValue("0");
  await expect(page.getByRole("button", { name: "Cheap", exact: true })).toHaveAttribute("aria-current", "true");
  await expectAccessible(page);
  await look(page, "runs-cost");
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(least).toBeHidden();
});

test("a run is found by a part of its agent's name, by its id, and by its address", async ({ page, api, console }) => {
  void console;
  const done = await run(api, await picking(api), { names: NAMES, place: 1 });
  await isIn(api, done, "COMPLETED");
  await run(api, await waiting(api));
  await page.goto("/runs");
  const rows = page.getByRole("region", { name: "Runs" }).getByRole("row");
  await expect(rows).toHaveCount(3);
  const search = page.getByRole("searchbox", { name: "Search by agent or run id" });
  await search.fill("PICK");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText("Pick one");
  await expect(page).toHaveURL(/q=PICK/);
  await page.reload();
  await expect(search).toHaveValue("PICK");
  await expect(rows).toHaveCount(2);
  await look(page, "runs-search");
  for (const text of [done, `http://127.0.0.1:8080/runs/${done}?tab=cost`]) {
    await search.fill("wait");
    await expect(rows.nth(1)).toContainText("Wait a while");
    await search.fill(text);
    await expect(rows.nth(1)).toContainText("Pick one");
    await expect(rows).toHaveCount(2);
  }
  await search.fill("<b>%_nobody");
  await expect(page.getByRole("heading", { name: "No run fits these filters" })).toBeVisible();
  await expectAccessible(page);
  await page.goBack();
  await page.getByRole("button", { name: "All", exact: true }).click();
  await expect(search).toHaveValue("");
  await expect(rows).toHaveCount(3);
});

test("a run that is started again, whose answer is lost, is not started twice", async ({ page, api, console }) => {
  console.allow(/Failed to load resource/);
  const graphId = await picking(api);
  const done = await run(api, graphId, { names: NAMES, place: 1 });
  await isIn(api, done, "COMPLETED");
  let lost = 0;
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("mutation RunsAgain") || lost > 0) return route.fallback();
    lost += 1;
    await route.fetch();
    await route.abort();
  });
  await page.goto("/runs");
  await page.getByRole("checkbox", { name: "Choose all that are shown" }).click();
  await page.getByRole("toolbar", { name: "Actions on the chosen runs" }).getByRole("button", { name: "Run again" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Run again 1 run" }).click();
  await expect(dialog.getByRole("heading")).toHaveText("Started again: 0 of 1");
  await look(page, "runs-again-lost");
  await dialog.getByRole("button", { name: "Try 1 run again" }).click();
  await expect(dialog.getByRole("heading")).toHaveText("Started again: 1 of 1");
  expect(lost).toBe(1);
  await expect.poll(async () => (await api.send("query($g:ID!){runs(graphId:$g){nodes{id}}}", { g: graphId })).runs.nodes.length).toBe(2);
  await dialog.getByRole("link", { name: "Open the new run" }).click();
  await expect(page.getByText(/Continues another run/)).toBeVisible();
});
