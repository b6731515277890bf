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
