import { gave } from "./asking";
import { expect, expectAccessible, look, newOrganisation, signIn, test } from "./fixtures";

const NASTY = {
  picture: '<img src=x onerror="window.hacked = 1"><script>window.hacked = 2</script>',
  link: "[click me](javascript:window.hacked=3) and [this](data:text/html,<script>window.hacked=4</script>)",
  svg: "data:image/svg+xml;base64," + Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="window.hacked=5"/>').toString("base64"),
  frame: "# Title\n\n<iframe src='javascript:window.hacked=6'></iframe>\n\n**bold** <svg onload=window.hacked=7>",
};

test("an output with HTML, scripts and javascript: links is text on the run page and on the share page", async ({ page, api, browser, console }) => {
  void console;
  const { runId } = await gave(api, NASTY);
  const shared = await api.send("mutation($r:ID!){shareRun(input:{id:$r}){errors{message} token}}", { r: runId });
  const path = `/share/${shared.shareRun.token as string}`;
  const phone = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const other = await phone.newPage();
  await other.goto(path);
  await expect(other.getByRole("heading", { name: "What the run gave" })).toBeVisible();
  await expect(other.getByText("onerror=", { exact: false }).first()).toBeVisible();
  await look(other, "share-phone");
  await expectAccessible(other);
  expect(await other.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await page.goto(`/runs/${encodeURIComponent(runId)}?tab=outputs`);
  await expect(page.getByText("onerror=", { exact: false }).first()).toBeVisible();
  for (const one of [other, page]) {
    expect(await one.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined();
    expect(await one.locator("main").locator("iframe, script, svg[onload], img[onerror], a[href^='javascript:'], a[href^='data:text']").count()).toBe(0);
  }
  await phone.close();
});

test("a shared run shows its outputs on a laptop, nothing else, and a link that ended says so", async ({ page, api, browser, console }) => {
  void console;
  void page;
  const { runId } = await gave(api, { report: "# Weekly report\n\n- All is well\n- Really", figures: [{ month: "May", sold: 3 }, { month: "June", sold: 5 }] });
  const shared = await api.send("mutation($r:ID!){shareRun(input:{id:$r}){errors{message} token share{id}}}", { r: runId });
  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(`/share/${shared.shareRun.token as string}`);
  await expect(other.getByRole("region", { name: "report" })).toContainText("All is well");
  await expect(other.getByRole("region", { name: "figures" })).toContainText("June");
  await expect(other.getByRole("navigation")).toHaveCount(0);
  await look(other, "share");
  await expectAccessible(other);
  await api.send("mutation($i:ID!){revokeShare(id:$i){errors{message}}}", { i: shared.shareRun.share.id });
  await other.reload();
  await expect(other.getByText("This link does not work any more")).toBeVisible();
  await look(other, "share-ended");
  await context.close();
});

test("a notice is seen on the page of a link, too, as where the browser does not let it copy", async ({ page, api, browser, console }) => {
  void console;
  void page;
  const { runId } = await gave(api, { answer: "42" });
  const shared = await api.send("mutation($r:ID!){shareRun(input:{id:$r}){errors{message} token}}", { r: runId });
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const other = await context.newPage();
  await other.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await other.goto(`/share/${shared.shareRun.token as string}`);
  await other.getByRole("button", { name: "Copy" }).first().click();
  await expect(other.getByRole("status").getByText("The browser does not let this page copy.")).toBeVisible();
  await look(other, "share-notice");
  await expectAccessible(other);
  await context.close();
});

test("the session is a cookie that no script reads, and no token stays in the address or in storage", async ({ page, api, context, console }) => {
  void console;
  await page.goto("/runs");
  const cookie = (await context.cookies()).find((one) => one.name.endsWith("drystone_session"));
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
  expect(await page.evaluate(() => document.cookie)).not.toContain("drystone_session");
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(kept).not.toContain(api.token);
  expect(kept).not.toMatch(/dr[sy]_[\w-]{20,}/);
  expect(page.url()).not.toContain(api.token);
  // The link of the stack has it behind #, and is taken out of the address at once.
  await page.goto(`/sign-in#token=${api.token}`);
  await page.waitForURL(/\/library/);
  expect(await page.evaluate(() => history.length > 0 && location.href)).not.toContain(api.token);
});

test("next= leads back to a screen of the app, and nowhere else", async ({ browser, api, console }) => {
  void console;
  for (const [next, path] of [["/approvals?show=decided", "/approvals"], ["https://evil.example/", "/library"], ["//evil.example", "/library"], ["/\\evil.example", "/library"], ["/\t/evil.example", "/library"], ["javascript:alert(1)", "/library"]] as const) {
    const context = await browser.newContext();
    const other = await context.newPage();
    await other.goto(`/sign-in?next=${encodeURIComponent(next)}#token=${api.token}`);
    await other.waitForURL((url) => url.pathname === path);
    expect(new URL(other.url()).hostname).toBe(new URL(process.env.DRYSTONE_WEB_URL ?? "http://127.0.0.1:8080").hostname);
    await context.close();
  }
});

test("a session that ended leads to signing in, and from there back", async ({ page, api, console }) => {
  console.allow(/401/);
  await page.goto("/approvals?show=decided");
  await expect(page.getByRole("heading", { name: "Approvals" })).toBeVisible();
  await api.send("mutation{signOut{errors{message} isDone}}");
  await page.getByRole("link", { name: "Credentials" }).click();
  await page.waitForURL(/\/sign-in\?next=%2Fcredentials/);
  await look(page, "sign-in");
  await expectAccessible(page);
  const again = await newOrganisation("Again");
  await page.getByRole("button", { name: "Use an access token instead" }).click();
  await page.getByLabel("Access token").fill("drs_nobody");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("unknown");
  await page.getByLabel("Access token").fill(again.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/credentials/);
});

test("signing out forgets the session and ends it", async ({ page, context, console }) => {
  console.allow(/401/);
  const api = await newOrganisation("Leaving");
  await signIn(page, api.token);
  await page.getByRole("button", { name: /Leaving/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
  expect((await context.cookies()).some((one) => one.name.endsWith("drystone_session"))).toBe(false);
  await expect(api.send("{viewer{id}}")).rejects.toThrow(/UNAUTHENTICATED|signed in|token/i);
  await page.goto("/runs");
  await page.waitForURL(/\/sign-in\?next=%2Fruns/);
});

test("signing out asks about unsaved changes, forgets them, and leaves no other tab with what it showed", async ({ page, context, console }) => {
  console.allow(/401/);
  const api = await newOrganisation("Tabs");
  await signIn(page, api.token);
  const other = await context.newPage();
  await other.goto("/credentials");
  await expect(other.getByRole("heading", { name: "Credentials", level: 1 })).toBeVisible();
  const { viewer } = await api.send("{viewer{id}}");
  await page.evaluate((id) => localStorage.setItem(`drystone.draft.${encodeURIComponent(id)}/o/a/1`, JSON.stringify({ document: { nodes: [], links: [] } })), viewer.id);
  const leave = async () => {
    await page.getByRole("button", { name: /Tabs/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
  };
  page.once("dialog", (dialog) => void dialog.dismiss());
  await leave();
  await expect(page).toHaveURL(/\/library/);
  page.once("dialog", (dialog) => void dialog.accept());
  await leave();
  await page.waitForURL(/\/sign-in/);
  expect(await page.evaluate(() => Object.keys(localStorage).filter((one) => one.startsWith("drystone.draft")))).toEqual([]);
  await other.waitForURL(/\/sign-in\?next=%2Fcredentials/);
  await page.goBack();
  await page.waitForURL(/\/sign-in/);
});
