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
  await dialog.getByRole("radio", { name: "API key" }).check();
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
  await expect(page.getByText(/No node has used it yet\./)).toBeVisible();
  await expect(page.getByText("No agent, schedule, webhook or preset names it.")).toBeVisible();
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

test("before a credential is deleted it says what uses it, and what happens to that", async ({ page, api, console }) => {
  void console;
  const made = await api.send(`mutation($i: CreateCredentialInput!) { createCredential(input: $i) { errors { message } credential { id uuid } } }`, { i: { provider: "openai", title: "For models", isShared: true, secret: { apiKey: { key: SECRET } } } });
  const { id, uuid } = made.createCredential.credential as { id: string; uuid: string };
  const asking = { id: "ask", block_id: "1f292d4a-41a4-4977-9684-7c8d560b9f91", input_default: { prompt: "Hello", credentials: { id: uuid, provider: "openai", type: "api_key", title: "For models" } }, metadata: { position: { x: 0, y: 0 } } };
  // An import would take the credential's id out of its nodes: this is an agent that was built here.
  const built = await api.send("mutation($i: CreateGraphInput!) { createGraph(input: $i) { errors { message } graph { id draft { revision } } } }", { i: { name: "Model asker", document: { nodes: [asking], links: [] } } });
  const graphId = built.createGraph.graph.id as string;
  await api.send("mutation($i: PublishGraphInput!) { publishGraph(input: $i) { errors { message } version { id } } }", { i: { graphId, revision: built.createGraph.graph.draft.revision } });
  const given = await api.send("query($g: ID!) { requiredCredentials(graphId: $g) { key } }", { g: graphId });
  const credentials = [{ key: given.requiredCredentials[0].key, credentialId: id }];
  await api.send("mutation($i: CreateScheduleInput!) { createSchedule(input: $i) { errors { message } schedule { id } } }", { i: { graphId, name: "Every New Year", spec: { cron: ["0 0 1 1 *"] }, credentials } });
  await api.send("mutation($i: CreatePresetInput!) { createPreset(input: $i) { errors { message } preset { id } } }", { i: { graphId, name: "Short", credentials } });
  await page.goto("/credentials");
  const row = page.getByRole("row", { name: /For models/ });
  await row.getByRole("button", { name: /1 agent, 1 schedule, 1 preset/ }).click();
  const dialog = page.getByRole("dialog", { name: "What uses For models" });
  await expect(dialog.getByRole("link", { name: "Every New Year, of Model asker" })).toBeVisible();
  await look(page, "credentials-uses");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Close" }).click();

  await page.getByRole("button", { name: "What to do with For models" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const asked = page.getByRole("alertdialog");
  await expect(asked.getByText("Runs are refused until another credential is chosen.")).toBeVisible();
  await expect(asked.getByRole("heading", { name: "1 schedule" })).toBeVisible();
  await look(page, "credentials-delete");
  await expectAccessible(page);
  await asked.getByRole("button", { name: "Keep it as it is" }).click();
  await expect(row).toBeVisible();

  await row.getByRole("button", { name: /1 schedule/ }).click();
  await dialog.getByRole("link", { name: "Every New Year, of Model asker" }).click();
  await expect(page).toHaveURL(/tab=schedules/);
  await expect(page.getByText("Every New Year").first()).toBeVisible();
});

test("every service that a block asks for can be chosen, those of models and of mail too", async ({ page, console }) => {
  void console;
  await page.goto("/credentials");
  await page.getByRole("button", { name: "New credential" }).first().click();
  const service = page.getByRole("dialog", { name: "New credential" }).getByLabel("Service");
  await service.selectOption({ label: "A mail server (SMTP)" });
  await expect(page.getByLabel("User")).toBeVisible();
  await service.selectOption({ label: "OpenAI" });
  await expect(page.getByText("It is sent to api.openai.com in any case.")).toBeVisible();
});
