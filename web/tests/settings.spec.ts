import { expect, expectAccessible, look, signIn, test } from "./fixtures";

test("somebody is invited, accepts, gets another role and is taken out", async ({ page, api, browser, console }) => {
  void console;
  const email = `ann-${Date.now()}@example.com`;
  await page.goto("/settings/members");
  await page.getByRole("button", { name: "Invite somebody" }).click();
  await page.getByLabel("E-mail").fill("no address");
  await page.getByRole("button", { name: "Make the link" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.getByRole("button", { name: "Invite somebody" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByLabel("The link").inputValue();
  await page.getByRole("button", { name: "Done" }).click();

  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(link);
  await expect(other.getByRole("heading", { name: "You are invited to Drystone" })).toBeVisible();
  await other.getByLabel("Name").fill("Ann");
  await other.getByLabel(/^Password( \*)?$/).fill("too short");
  await other.getByRole("button", { name: "Accept the invitation" }).click();
  await expect(other.getByText("Use at least 12 characters.")).toBeVisible();
  await look(other, "invitation");
  await expectAccessible(other);
  await other.getByLabel(/^Password( \*)?$/).fill("correct horse battery");
  await other.getByLabel("Password again").fill("correct horse battery");
  await other.getByRole("button", { name: "Accept the invitation" }).click();
  await other.waitForURL(/\/library/);
  await expect(other.getByRole("navigation", { name: "Main" })).not.toContainText("Admin");

  await page.reload();
  await page.getByLabel("Role of Ann").selectOption({ label: "Editor" });
  await expect(page.getByText("Ann now has the role Editor.")).toBeVisible();
  await look(page, "settings-members");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Take out Ann" }).click();
  await page.getByRole("button", { name: "Take out", exact: true }).click();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await expect(page.getByRole("row", { name: /Ann/ })).toHaveCount(0);
  expect((await api.send("{members{email}}")).members.map((one: { email: string }) => one.email)).not.toContain(email);
  // Their session ended with it: the next thing that they do leads to signing in.
  await other.goto("/runs");
  await other.waitForURL(/\/sign-in\?next=%2Fruns/);
  await context.close();
});

test("an API key is made with chosen rights, shown once, used, and ended", async ({ page, api, console }) => {
  void console;
  await page.goto("/settings/keys");
  await page.getByRole("button", { name: "New key" }).click();
  await page.getByRole("button", { name: "Make the key" }).click();
  await expect(page.getByText("Give it a name.")).toBeVisible();
  await page.getByLabel("Name").fill("Nightly job");
  await page.getByRole("button", { name: "Only read" }).click();
  await look(page, "settings-new-key");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Make the key" }).click();
  const token = await page.getByRole("dialog", { name: "Your new key" }).getByRole("textbox").inputValue();
  await page.getByRole("button", { name: "I have it" }).click();
  const row = page.getByRole("row", { name: /Nightly job/ });
  await expect(row).toContainText("In force");
  expect(await page.content()).not.toContain(token);
  const asKey = async () => {
    const answer = await fetch(new URL("/graphql", page.url()), { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${token}` }, body: JSON.stringify({ query: "{viewer{rights}}" }) });
    return (await answer.json()) as { data?: { viewer: { rights: string[] } } };
  };
  expect((await asKey()).data?.viewer.rights).not.toContain("runs:execute");
  await page.getByRole("button", { name: "End Nightly job" }).click();
  await page.getByRole("button", { name: "End it" }).click();
  await expect(row).toContainText("Ended");
  expect((await asKey()).data).toBeFalsy();
  await look(page, "settings-keys");
  await expectAccessible(page);
  void api;
});

test("organisations are renamed, made and switched", async ({ page, api, console }) => {
  void console;
  await page.goto("/settings/organisations");
  const name = `Renamed ${Date.now()}`;
  await page.getByRole("form", { name: "Rename" }).getByLabel("Name").fill(name);
  await page.getByRole("form", { name: "Rename" }).getByRole("button", { name: "Rename" }).click();
  await expect(page.getByText("The organisation has its new name.")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: name })).toContainText("You are here");
  await expectAccessible(page);
  await page.getByRole("form", { name: "New organisation" }).getByLabel("Name").fill("Second place");
  await page.getByRole("button", { name: "Make and enter it" }).click();
  await page.waitForURL(/\/library/);
  await page.goto("/settings/organisations");
  await expect(page.getByRole("listitem").filter({ hasText: "Second place" }).filter({ hasText: "You are here" })).toBeVisible();
  await page.getByRole("button", { name: `Switch to ${name}` }).click();
  await page.waitForURL(/\/library/);
  await expect(page.getByRole("navigation", { name: "Main" })).toContainText(name);
  void api;
});

test("the marketplace profile is made, and a bad handle is told at its field", async ({ page, api, console }) => {
  void console;
  await page.goto("/settings/marketplace");
  await page.getByLabel("Address").fill("Not A Handle");
  await page.getByLabel("Name").fill("Acme");
  await page.getByRole("button", { name: "Make the profile" }).click();
  await expect(page.getByLabel("Address")).toHaveAttribute("aria-invalid", "true");
  const handle = `acme-${Date.now()}`;
  await page.getByLabel("Address").fill(handle);
  await page.getByRole("button", { name: "Make the profile" }).click();
  await expect(page.getByText("The profile is saved.")).toBeVisible();
  await expect(page.getByRole("link", { name: "See it as others do" })).toBeVisible();
  await look(page, "settings-marketplace");
  await expectAccessible(page);
  expect((await api.send("{ownProfile{handle}}")).ownProfile.handle).toBe(handle);
});

test("the audit log tells what was done, page by page, and that it is whole", async ({ page, api, console }) => {
  void console;
  for (let one = 0; one < 3; one++) await api.send("mutation($n:String!){createFolder(input:{name:$n}){errors{message}}}", { n: `Folder ${one}` });
  await page.goto("/settings/audit");
  await expect(page.getByRole("row", { name: /createFolder/ })).toHaveCount(3);
  await page.getByRole("button", { name: "Check that it is whole" }).click();
  await expect(page.getByText("The log is whole")).toBeVisible();
  await look(page, "settings-audit");
  await expectAccessible(page);
});

test("the profile, the notices and the theme: what is chosen stays in this browser", async ({ page, api, console }) => {
  void console;
  await signIn(page, api.token, "/settings");
  await expect(page.getByText("owner@localhost")).toBeVisible();
  await page.getByLabel("Current password").fill("not the right one");
  await page.getByLabel(/^New password( \*)?$/).fill("correct horse battery");
  await page.getByLabel("New password again").fill("correct horse batterx");
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByText("The two are not the same.")).toBeVisible();
  await look(page, "settings-profile");
  await expectAccessible(page);
  await page.getByRole("link", { name: "Notices and looks" }).click();
  await page.getByLabel("Theme").selectOption("dark");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expectAccessible(page);
});
