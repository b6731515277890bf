import { expect, expectAccessible, look, test } from "./fixtures";

const SECRET = "sk-browser-test-0123456789-wxyz";

test("a key is made, found, renamed, replaced, shared and deleted, and its secret is never shown", async ({ page, api, console }) => {
  void console;
  await page.goto("/credentials");
  await expect(page.getByText("There are no credentials yet")).toBeVisible();
  await look(page, "credentials-empty");
  await expectAccessible(page);
  await page.getByRole("button", { name: "New credential" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New credential" });
  await dialog.getByLabel("Service").selectOption({ label: "GitHub" });
  await expect(dialog.getByRole("radio", { name: "API key" })).toBeChecked();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByText("Enter the key.")).toBeVisible();
  await look(page, "credentials-form");
  await expectAccessible(page);
  await dialog.getByLabel("Name").fill("Work");
  await dialog.getByRole("textbox", { name: "Key" }).fill(SECRET);
  await dialog.getByLabel("Other hosts that it may be sent to").fill("git.example.com:8443");
  await dialog.getByRole("button", { name: "Save" }).click();
  const row = page.getByRole("row", { name: /Work/ });
  await expect(row).toContainText("GitHub");
  await expect(row).toContainText("…wxyz");
  await expect(row).toContainText("In force");
  expect(await page.content()).not.toContain(SECRET);
  await look(page, "credentials-list");
  await expectAccessible(page);

  await page.getByRole("button", { name: "What to do with Work" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Work at Acme");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await expect(page.getByRole("row", { name: /Work at Acme/ })).toBeVisible();

  await page.getByRole("button", { name: /What to do with/ }).click();
  await page.getByRole("menuitem", { name: "Replace the secret" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Key" }).fill("sk-another-one-0123456789-abcd");
  await page.getByRole("dialog").getByRole("button", { name: "Replace" }).click();
  await expect(page.getByRole("row", { name: /Work at Acme/ })).toContainText("…abcd");

  await page.getByRole("button", { name: /What to do with/ }).click();
  await page.getByRole("menuitem", { name: "Share with the organisation" }).click();
  await page.getByRole("button", { name: "Share it" }).click();
  await expect(page.getByRole("row", { name: /Work at Acme/ })).toContainText("The organisation");

  await page.getByRole("searchbox", { name: "Search" }).fill("nothing like it");
  await expect(page.getByText("No credential is like that")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("button", { name: /What to do with/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(page.getByText("No node has used it yet.")).toBeVisible();
  await page.getByRole("button", { name: "Delete it" }).click();
  await expect(page.getByText("There are no credentials yet")).toBeVisible();
  expect((await api.send("{credentials{nodes{id}}}")).credentials.nodes).toEqual([]);
});

test("headers for hosts of one's own are kept, and a refusal stands at its field", async ({ page, api, console }) => {
  void console;
  await page.goto("/credentials");
  await page.getByRole("button", { name: "New credential" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New credential" });
  await dialog.getByLabel("Service").selectOption({ label: "Web addresses of your own" });
  await dialog.getByLabel(/^Name( \*)?$/).fill("Our API");
  await dialog.getByLabel("Hosts").fill("api.example.com");
  await dialog.getByLabel("Name of header 1").fill("Host");
  await dialog.getByLabel("Value of header 1").fill("Bearer 0123456789abcdef");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByRole("alert")).toContainText("no header for a secret");
  await dialog.getByLabel("Name of header 1").fill("Authorization");
  await dialog.getByRole("button", { name: "Add a header" }).click();
  await dialog.getByLabel("Name of header 2").fill("X-Team");
  await dialog.getByLabel("Value of header 2").fill("blue-team-secret");
  await look(page, "credentials-headers");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("row", { name: /Our API/ })).toContainText("api.example.com");
  const { credentials } = await api.send("{credentials{nodes{provider type hosts}}}");
  expect(credentials.nodes).toEqual([{ provider: "http", type: "HOST_SCOPED", hosts: ["api.example.com"] }]);
});

test("signing in at a service that is not set up says who does that", async ({ page, console }) => {
  void console;
  await page.goto("/credentials");
  await page.getByRole("button", { name: "New credential" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New credential" });
  await dialog.getByLabel("Service").selectOption({ label: "Google" });
  await expect(dialog.getByText(/not set up on this installation/)).toBeVisible();
});

test("access is granted in a window that has no hold of the page, and the page notices", async ({ page, context, console }) => {
  void console;
  // The stack of the tests has no provider: the answers that would come from one are given here; the credential itself is real.
  let isGranted = false;
  await context.route("http://provider.example/**", (route) => route.fulfill({ contentType: "text/html", body: "<h1>Allow it?</h1>" }));
  await page.route("**/graphql", async (route) => {
    const body = route.request().postDataJSON() as { operationName?: string };
    if (body.operationName === "CredentialProviders") {
      const answer = await route.fetch();
      const json = (await answer.json()) as { data: { providers: { name: string; hasOAuth: boolean }[] } };
      for (const one of json.data.providers) one.hasOAuth = one.name === "google";
      return route.fulfill({ json });
    }
    if (body.operationName === "BeginOAuth") return route.fulfill({ json: { data: { beginOAuth: { errors: [], authorizeUrl: "http://provider.example/authorize?state=x" } } } });
    if (body.operationName === "GrantedCredentials") return route.fulfill({ json: { data: { credentials: { nodes: isGranted ? [{ id: "new", updatedAt: "2026-01-01T00:00:00Z", endedAt: null }] : [] } } } });
    return route.continue();
  });
  await page.goto("/credentials");
  await page.getByRole("button", { name: "New credential" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New credential" });
  await dialog.getByLabel("Service").selectOption({ label: "Google" });
  await expect(dialog.getByRole("button", { name: "Sign in at Google" })).toBeDisabled();
  await dialog.getByRole("checkbox", { name: /drive\.file/ }).check();
  await look(page, "credentials-oauth");
  const [window] = await Promise.all([page.waitForEvent("popup"), dialog.getByRole("button", { name: "Sign in at Google" }).click()]);
  await window.waitForURL(/provider\.example/);
  expect(await window.evaluate(() => window.opener)).toBeNull();
  await expect(dialog.getByText("Waiting for you to grant access at Google")).toBeVisible();
  await look(page, "credentials-oauth-wait");
  // The provider sends the person back to a page of ours, by which it is done.
  await context.route("**/oauth/callback*", (route) => route.fulfill({ contentType: "text/html", body: "<h1>Connected</h1>" }));
  await window.evaluate((url) => location.assign(url), new URL("/oauth/callback", page.url()).href);
  await window.waitForURL(/oauth\/callback/);
  isGranted = true;
  await expect(page.getByText("The credential is saved.")).toBeVisible();
  await expect.poll(() => window.isClosed()).toBe(true);
});
