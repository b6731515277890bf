/** What the page of a run says where a part of it could not be read. */
import { expect, test } from "./fixtures";
import { doubling, isIn, run } from "./run-pages";

test("a picture that could not be read is not taken for one that is gone, and comes when it can be read", async ({ page, api, console }) => {
  console.allow(/ERR_FAILED/);
  const id = await run(api, await doubling(api, 2));
  await isIn(api, id, "COMPLETED");
  await page.route("**/graphql", (route) => ((route.request().postDataJSON() as { operationName?: string }).operationName === "RunDocument" ? route.abort() : route.continue()));
  await page.goto(`/runs/${id}`);
  await expect(page.getByRole("alert")).toContainText("The API does not answer.");
  await expect(page.getByText("picture is gone")).toHaveCount(0);
  await page.unroute("**/graphql");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".react-flow__node").first()).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a timeline that could not be read is read again", async ({ page, api, console }) => {
  console.allow(/ERR_FAILED/);
  const id = await run(api, await doubling(api, 2));
  await isIn(api, id, "COMPLETED");
  await page.route("**/graphql", (route) => ((route.request().postDataJSON() as { operationName?: string }).operationName === "RunTimeline" ? route.abort() : route.continue()));
  await page.goto(`/runs/${id}?tab=timeline`);
  await expect(page.getByRole("alert")).toContainText("It tries again by itself.");
  await page.unroute("**/graphql");
  await expect(page.getByText(/^\d+ executions$/)).toBeVisible({ timeout: 15_000 });
});
