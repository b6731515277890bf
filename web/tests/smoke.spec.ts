import { expect, expectAccessible, look, test } from "./fixtures";

test("the shell shows where one can go, and the address of nothing says so", async ({ page, console: guard }) => {
  void guard;
  for (const place of ["Library", "Runs", "Approvals", "Marketplace", "Credentials", "Usage", "Settings", "Admin"]) {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: place }).click();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  await page.goto("/library/none/at/all");
  await expect(page.getByRole("heading", { name: "There is no such screen" })).toBeVisible();
  await expectAccessible(page);
  await look(page, "shell-nothing");
});

test("a screen that could not be read is read again by itself when the API answers", async ({ page, console: guard }) => {
  guard.allow(/ERR_FAILED/);
  await page.route("**/graphql", (route) => ((route.request().postDataJSON() as { operationName?: string }).operationName === "RunsList" ? route.abort() : route.continue()));
  await page.goto("/runs");
  await expect(page.getByRole("alert")).toContainText("It tries again by itself.");
  await page.unroute("**/graphql");
  await expect(page.getByText("Nothing has run yet")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a change that did not reach the API says so, and does not promise to be sent again", async ({ page, console: guard }) => {
  guard.allow(/ERR_FAILED/);
  await page.route("**/graphql", (route) => (route.request().postData()?.includes("mutation ") ? route.abort() : route.continue()));
  await page.goto("/library");
  await page.getByRole("button", { name: "New agent" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New agent" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Lost");
  await dialog.getByRole("button", { name: "Make and open it" }).click();
  await expect(page.getByText("It may not have been done: try again in a moment.").or(dialog.getByText("The API does not answer."))).toBeVisible();
  await expect(page.getByText("tries again by itself")).toHaveCount(0);
});
