/** The library: what a person does there from the first visit on. */
import { expect, expectAccessible, look, test } from "./fixtures";
import { exampleFile, importExample, until } from "./examples";

test("a first-time person tries an example, and sees it run", async ({ page, console: _ }) => {
  await expect(page.getByRole("heading", { name: "There is no agent here yet" })).toBeVisible();
  await expect(page.getByRole("list", { name: "Examples" }).getByRole("listitem")).toHaveCount(6);
  await expectAccessible(page);
  await look(page, "library-empty");
  await page.getByRole("button", { name: "Try it: Countdown" }).click();
  const dialog = page.getByRole("dialog", { name: "Run Countdown" });
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.getByText("Completed").first()).toBeVisible({ timeout: 20_000 });
});

test("an agent is imported from a file, found, filed, marked, archived and deleted", async ({ page, api, console: _ }) => {
  await importExample(api, "fan_out");
  await page.goto("/library");
  await expect(page.getByRole("link", { name: "Fan-out", exact: true })).toBeVisible();
  await page.getByLabel("File of an agent").setInputFiles(exampleFile("countdown"));
  const outcome = page.getByRole("dialog");
  await expect(outcome).toContainText("Countdown");
  await outcome.getByRole("button", { name: "Close" }).first().click();
  const agents = page.getByRole("list", { name: "Agents" });
  await expect(agents.getByRole("listitem")).toHaveCount(2);

  await page.getByRole("button", { name: "New folder" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Loops");
  await page.getByRole("button", { name: "Make it" }).click();
  const folders = page.getByRole("navigation", { name: "Folders" });
  await expect(folders.getByRole("button", { name: "Loops", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "More about Countdown" }).click();
  await page.getByRole("menuitem", { name: "Move to a folder" }).click();
  await page.getByRole("combobox", { name: "Folder" }).selectOption({ label: "Loops" });
  await page.getByRole("button", { name: "Move", exact: true }).click();
  await folders.getByRole("button", { name: /^Loops/ }).click();
  await expect(agents.getByRole("listitem")).toHaveCount(1);
  await expect(agents.getByRole("link", { name: "Countdown", exact: true })).toBeVisible();
  await agents.getByRole("listitem").dragTo(folders.getByRole("button", { name: "In no folder" }));
  await expect(page.getByRole("heading", { name: "No agent is here" })).toBeVisible();
  await page.getByRole("button", { name: "Show all agents" }).click();

  await page.getByRole("button", { name: "Add Fan-out to favourites" }).click();
  await expect(page.getByRole("button", { name: "Remove Fan-out from favourites" })).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("combobox", { name: "Show" }).selectOption("Favourites");
  await expect(agents.getByRole("listitem")).toHaveCount(1);
  await expect(page).toHaveURL(/show=favourites/);
  await page.getByRole("combobox", { name: "Show" }).selectOption("All agents");
  await expectAccessible(page);
  await look(page, "library-cards");
  await page.getByRole("button", { name: "Show as a list" }).click();
  await expectAccessible(page);
  await look(page, "library-list");

  await page.getByRole("searchbox", { name: "Search agents" }).fill("goes round");
  await expect(agents.getByRole("listitem")).toHaveCount(1);
  await page.getByRole("button", { name: "More about Countdown" }).click();
  await page.getByRole("menuitem", { name: "Archive" }).click();
  await expect(page.getByRole("heading", { name: "No agent is here" })).toBeVisible();
  await page.getByRole("combobox", { name: "Show" }).selectOption("Archived");
  await expect(agents.getByRole("link", { name: "Countdown", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "More about Countdown" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete the agent" }).click();
  await expect(agents).toHaveCount(0);
  // The list is read anew while it is deleted: its own emptiness does not say that it is gone.
  const names = async () => (await api.send("{ graphs { nodes { name } } }")).graphs.nodes.map((one: { name: string }) => one.name);
  await expect.poll(names).toEqual(["Fan-out"]);
});

test("a new agent is made, and its canvas opens", async ({ page, console: _ }) => {
  await page.getByRole("button", { name: "New agent" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("From nothing");
  await page.getByRole("button", { name: "Make and open it" }).click();
  await page.waitForURL(/\/build\//);
});

test("a preset is saved, run, and shared by a link", async ({ page, api, console: _ }) => {
  const agentId = await importExample(api, "countdown");
  await page.goto(`/library/${agentId}?tab=presets`);
  await page.getByRole("button", { name: "New preset" }).click();
  const form = page.getByRole("dialog", { name: "New preset" });
  await form.getByRole("textbox", { name: "Name" }).fill("From two");
  await form.getByLabel("From", { exact: true }).fill("2");
  await expectAccessible(page);
  await look(page, "preset-form");
  await form.getByRole("button", { name: "Save the preset" }).click();
  const presets = page.getByRole("list", { name: "Presets" });
  await expect(presets).toContainText("From: 2");
  await expectAccessible(page);
  await look(page, "presets");
  await page.getByRole("button", { name: "Run From two" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/\/runs\//);
  const run = await until(
    () => api.send("query($g: ID!) { runs(graphId: $g) { nodes { status inputs { name value { inline } } outputs { name values { inline } } } } }", { g: agentId }),
    ({ runs }) => runs.nodes[0]?.status === "COMPLETED",
  );
  expect(run.runs.nodes[0].inputs[0].value.inline).toBe(2);

  const inputs = encodeURIComponent(JSON.stringify({ From: 4 }));
  await page.goto(`/library/${agentId}?start=1#inputs=${inputs}`);
  const dialog = page.getByRole("dialog", { name: "Run Countdown" });
  await expect(dialog.getByLabel("From", { exact: true })).toHaveValue("4");
  await dialog.getByRole("button", { name: "Close" }).first().click();
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(new RegExp(`/library/${agentId}$`));
});

test("an agent's name, limits and version are set on its page", async ({ page, api, console: _ }) => {
  const agentId = await importExample(api, "countdown");
  await page.goto(`/library/${agentId}?tab=settings`);
  await page.getByRole("textbox", { name: "Name" }).fill("Count down");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Count down" })).toBeVisible();
  await page.getByRole("textbox", { name: "Steps of one run" }).fill("none");
  await expect(page.getByText("Give a whole number from 1 up, or nothing.")).toBeVisible();
  await page.getByRole("textbox", { name: "Steps of one run" }).fill("50");
  await page.getByRole("textbox", { name: "Minutes of one run" }).fill("1.5");
  await page.getByRole("button", { name: "Save the limits" }).click();
  await expect(page.getByText("The limits are saved.")).toBeVisible();
  const { runLimits } = await api.send("query($g: ID!) { runLimits(graphId: $g) { executionsMax wallSecondsMax } }", { g: agentId });
  expect(runLimits).toEqual({ executionsMax: 50, wallSecondsMax: 90 });
  await expectAccessible(page);
  await look(page, "agent-settings");

  await page.getByRole("tab", { name: "Versions" }).click();
  const versions = page.getByRole("list", { name: "Versions" });
  await expect(versions.getByRole("listitem")).toHaveCount(2);
  await page.getByRole("button", { name: "Let it run: version 1" }).click();
  await page.getByRole("button", { name: "Let it run", exact: true }).last().click();
  await expect(versions.getByRole("listitem").last()).toContainText("This one runs");
  await expectAccessible(page);
  await look(page, "agent-versions");
});

test("an agent's runs are listed and filtered; one that is not there says so", async ({ page, api, console: _ }) => {
  const agentId = await importExample(api, "countdown");
  await page.goto(`/library/${agentId}`);
  await expect(page.getByRole("heading", { name: "It has not run yet" })).toBeVisible();
  await expectAccessible(page);
  await look(page, "agent-no-runs");
  await api.send("mutation($g: ID!) { startRun(input: {graphId: $g, inputs: {From: 1}}) { errors { message } } }", { g: agentId });
  await page.reload();
  const runs = page.getByRole("region", { name: "Runs of this agent" });
  await expect(runs.getByText("Completed")).toBeVisible({ timeout: 15_000 });
  await expectAccessible(page);
  await look(page, "agent-runs");
  await page.getByRole("combobox", { name: "State" }).selectOption("Failed");
  await expect(page.getByRole("heading", { name: "No run fits" })).toBeVisible();
  await page.goto("/library/R3JhcGg6MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw");
  await expect(page.getByRole("heading", { name: "There is no such agent here" })).toBeVisible();
});
