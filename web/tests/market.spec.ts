/** The marketplace: one organisation publishes an agent, a reviewer approves it, another finds it, adds it, runs it and rates it. */
import { type Api, type Data, expect, expectAccessible, look, signIn, test } from "./fixtures";
import { importExample, until } from "./examples";
import { newPerson } from "./people";

const OWN = "{ ownListings { nodes { id slug versions { id number status submittedAt } } } }";
const DECIDE = "mutation($i: ReviewListingInput!) { reviewListing(input: $i) { errors { message } } }";

/** Decide on the newest version of an author's newest listing, as the platform's reviewer. */
async function decide(reviewer: Api, author: Api, decision: "APPROVE" | "REJECT", comments: string): Promise<void> {
  const { ownListings } = await author.send(OWN);
  const version = ownListings.nodes[0].versions.find((one: Data) => one.status === "PENDING");
  await reviewer.send(DECIDE, { i: { versionId: version.id, submittedAt: version.submittedAt, decision, comments } });
}

test("an agent is published, approved, found by another organisation, added, run, rated and updated", async ({ page, api, console: _ }) => {
  test.setTimeout(180_000);
  const author = await newPerson(api, "Author");
  const name = `Countdown ${Date.now() % 10_000_000}`;
  const topic = `loops-${Date.now()}`;
  await importExample(author, "countdown");
  await signIn(page, author.token);
  await page.getByRole("button", { name: "More about Countdown" }).click();
  await page.getByRole("menuitem", { name: "Publish to the marketplace" }).click();

  const profile = page.getByRole("dialog", { name: "First, a profile" });
  await profile.getByRole("textbox", { name: "About you" }).fill("We make **small** agents.");
  await profile.getByRole("textbox", { name: "Links" }).fill("https://example.org/about");
  await expectAccessible(page);
  await look(page, "market-profile");
  await profile.getByRole("button", { name: "Save the profile" }).click();

  const form = page.getByRole("dialog", { name: "Publish to the marketplace" });
  await form.getByRole("textbox", { name: "Name" }).fill(name);
  await form.getByRole("textbox", { name: "In one line" }).fill("Counts down to lift-off, one at a time.");
  await form.getByRole("textbox", { name: "What it does" }).fill("A **loop**. <img src=x onerror=alert(1)> [bad](javascript:alert(1)) [good](https://example.org)");
  await form.getByRole("textbox", { name: "How to use it" }).fill("Give the number to start from.");
  await form.getByRole("textbox", { name: "Categories" }).fill(topic);
  await form.getByRole("textbox", { name: "Pictures and films" }).fill("http://example.org/a.png");
  await form.getByRole("button", { name: "Submit for review" }).click();
  await expect(form.getByText("Each must begin with https://.")).toBeVisible();
  await form.getByRole("textbox", { name: "Pictures and films" }).fill("");
  await expectAccessible(page);
  await look(page, "market-publish");
  await form.getByRole("button", { name: "Submit for review" }).click();
  const own = page.getByRole("list", { name: "Your listings" });
  await expect(own.getByText("Waits for a reviewer")).toBeVisible();
  await expectAccessible(page);
  await look(page, "market-own");
  await decide(api, author, "APPROVE", "Welcome.");
  await page.reload();
  await expect(own.getByText("The reviewer: Welcome.")).toBeVisible();

  await signIn(page, api.token, "/marketplace");
  const category = page.getByRole("group", { name: "Categories" }).getByRole("button", { name: new RegExp(`^${topic} ?1$`) });
  await category.click();
  await expect(page).toHaveURL(new RegExp(`category=${topic}`));
  await expect(page.getByRole("region", { name: "Listings" }).getByRole("listitem")).toHaveCount(1);
  await category.click();
  await page.getByRole("searchbox", { name: "Search the marketplace" }).fill(name);
  const found = page.getByRole("region", { name: "Listings" });
  await expect(found.getByRole("listitem")).toHaveCount(1);
  await expectAccessible(page);
  await look(page, "market-search");
  await found.getByRole("link", { name }).click();
  await expect(page.getByRole("region", { name: "Credentials" })).toContainText("None.");
  await expect(page.getByText("Give the number to start from.")).toBeVisible();
  await expect(page.getByRole("link", { name: "good" })).toHaveAttribute("rel", /nofollow/);
  await expect(page.getByRole("link", { name: "bad" })).toHaveCount(0);
  await expect(page.locator("main img")).toHaveCount(0);
  await expectAccessible(page);
  await look(page, "market-listing");
  await page.getByRole("button", { name: "Add to your library" }).click();
  await page.waitForURL(/\/library\//);
  await expect(page.getByText(/^From Author/)).toBeVisible();
  await page.getByRole("button", { name: "Run", exact: true }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.getByText("Completed").first()).toBeVisible({ timeout: 20_000 });

  await page.goto(`/marketplace?q=${encodeURIComponent(name)}`);
  await page.getByRole("region", { name: "Listings" }).getByRole("link", { name }).click();
  await expect(page.getByRole("link", { name: "Open it in your library" })).toBeVisible();
  const rating = page.getByRole("form", { name: "Your rating" });
  await rating.getByRole("radio", { name: "4 of 5" }).check({ force: true });
  await rating.getByRole("textbox", { name: "Comment" }).fill("It counts.");
  await rating.getByRole("button", { name: "Save the rating" }).click();
  await expect(page.getByRole("list", { name: "Ratings" })).toContainText("It counts.");
  await expect(page.getByText("4.0 of 5, 1 rating")).toBeVisible();
  await expectAccessible(page);
  await look(page, "market-rated");
  await page.getByRole("link", { name: /^Author/ }).first().click();
  await expect(page.getByText("We make small agents.")).toBeVisible();
  await expectAccessible(page);
  await look(page, "market-creator");

  await signIn(page, author.token, "/marketplace?own=1");
  await page.getByRole("button", { name: `New version of ${name}` }).click();
  const next = page.getByRole("dialog", { name: "A new version for the marketplace" });
  await expect(next.getByRole("textbox", { name: "In one line" })).toHaveValue("Counts down to lift-off, one at a time.");
  await next.getByRole("textbox", { name: "What is new" }).fill("Slower.");
  await next.getByRole("button", { name: "Save as a draft" }).click();
  await own.getByRole("button", { name: "Submit for review" }).click();
  await expect(own.getByText("Waits for a reviewer")).toBeVisible();
  await decide(api, author, "APPROVE", "");

  await signIn(page, api.token, "/library?show=updates");
  await expect(page.getByText("Update available").last()).toBeVisible();
  await page.getByRole("button", { name: "More about Countdown" }).click();
  await page.getByRole("menuitem", { name: "Update from the marketplace" }).click();
  await expect(page.getByRole("heading", { name: "No agent is here" })).toBeVisible();
  await until(() => api.send("{ library { nodes { listingVersion isUpdateAvailable } } }"), ({ library }) => library.nodes[0]?.listingVersion === 2 && !library.nodes[0].isUpdateAvailable);
});

test("a rejected draft is changed and submitted again, taken back, and its listing deleted; credentials are named before it is added", async ({ page, api, console: _ }) => {
  test.setTimeout(120_000);
  const author = await newPerson(api, "Writer");
  const agentId = await importExample(author, "researcher");
  const handle = `writer-${Date.now() % 10_000_000}`;
  await author.send("mutation($h: String!) { updateProfile(input: {handle: $h, name: \"A writer\"}) { errors { message } } }", { h: handle });
  await author.send("mutation($g: ID!) { createListing(input: {graphId: $g, slug: \"researcher\", texts: {name: \"Researcher\", categories: [\"research\"]}}) { errors { message } } }", { g: agentId });
  await signIn(page, author.token, "/marketplace?own=1");
  const own = page.getByRole("list", { name: "Your listings" });
  await own.getByRole("button", { name: "Submit for review" }).click();
  await expect(own.getByText("Waits for a reviewer")).toBeVisible();
  await decide(api, author, "REJECT", "Say what it does.");
  await page.reload();
  await expect(own.getByText("The reviewer: Say what it does.")).toBeVisible();
  await look(page, "market-rejected");
  await own.getByRole("button", { name: "New version of Researcher" }).click();
  await page.getByRole("textbox", { name: "What it does" }).fill("It finds things out.");
  await page.getByRole("button", { name: "Submit for review" }).last().click();
  await own.getByRole("button", { name: "Take it back" }).click();
  await own.getByRole("button", { name: "Change" }).click();
  const draft = page.getByRole("dialog", { name: "Change the draft" });
  await expect(draft.getByRole("textbox", { name: "What it does" })).toHaveValue("It finds things out.");
  await draft.getByRole("textbox", { name: "In one line" }).fill("Finds things out.");
  await draft.getByRole("button", { name: "Submit for review" }).click();
  await expect(own.getByText("Waits for a reviewer")).toBeVisible();
  await decide(api, author, "APPROVE", "");

  await signIn(page, api.token, `/marketplace/${handle}/researcher`);
  const credentials = page.getByRole("region", { name: "Credentials" });
  await expect(credentials).toContainText("OpenAI: an API key");
  await expect(credentials).toContainText("The demo answers without one");
  await expectAccessible(page);
  await look(page, "market-needs");

  await signIn(page, author.token, "/marketplace?own=1");
  await own.getByRole("button", { name: "More about Researcher" }).click();
  await page.getByRole("menuitem", { name: "Delete the listing" }).click();
  await page.getByRole("button", { name: "Delete the listing" }).click();
  await expect(page.getByRole("heading", { name: "You have published nothing yet" })).toBeVisible();
  await page.goto(`/marketplace/${handle}/researcher`);
  await expect(page.getByRole("heading", { name: "There is no such listing" })).toBeVisible();
});

test("what follows its listing runs in the version that was approved while its page was open", async ({ page, api, console: _ }) => {
  test.setTimeout(120_000);
  const author = await newPerson(api, "Quick");
  const said = (text: string) => [{ id: "make", block_id: "1ff065e9-88e8-4358-9d82-8dc91f622ba9", input_default: { input: text }, metadata: { position: { x: 0, y: 0 } } }, { id: "give", block_id: "363ae599-353e-4804-937e-b2ee3cef3da4", input_default: { name: "said" }, metadata: { position: { x: 400, y: 0 } } }];
  const links = [{ id: crypto.randomUUID(), source_id: "make", source_name: "output", sink_id: "give", sink_name: "value", is_static: false }];
  const document = { id: crypto.randomUUID(), name: "Sayer", description: "", nodes: said("one"), links };
  const publishes = async (version: Data) => (await author.send("mutation($d: JSON!) { importGraph(input: {document: $d}) { errors { message } graph { id } } }", { d: version })).importGraph.graph.id as string;
  const graphId = await publishes(document);
  await author.send("mutation($h: String!) { updateProfile(input: {handle: $h, name: \"Quick\"}) { errors { message } } }", { h: `quick-${Date.now() % 10_000_000}` });
  const texts = { name: "Sayer", subheading: "It says something.", description: "It says something.", changes: "" };
  const made = await author.send("mutation($i: CreateListingInput!) { createListing(input: $i) { errors { message } listing { id versions { id } } } }", { i: { graphId, slug: `sayer-${Date.now()}`, texts } });
  const { id: listingId, versions } = made.createListing.listing as { id: string; versions: { id: string }[] };
  const SUBMIT = "mutation($id: ID!) { submitListing(id: $id) { errors { message } version { id } } }";
  await author.send(SUBMIT, { id: versions[0]?.id });
  await decide(api, author, "APPROVE", "");
  const added = await api.send("mutation($l: ID!) { addToLibrary(input: {listingId: $l}) { errors { message } entry { id } } }", { l: listingId });
  await api.send("mutation($e: ID!) { updateLibraryEntry(input: {entryId: $e, isAutoUpdated: true}) { errors { message } entry { id } } }", { e: added.addToLibrary.entry.id });
  await page.goto("/library");
  await expect(page.getByText("Sayer").first()).toBeVisible();

  await publishes({ ...document, nodes: said("two") });
  const newer = await author.send("mutation($i: CreateListingVersionInput!) { createListingVersion(input: $i) { errors { message } listing { versions { id status } } } }", { i: { listingId, texts } });
  await author.send(SUBMIT, { id: (newer.createListingVersion.listing.versions as Data[]).find((one) => one.status === "DRAFT")?.id });
  await decide(api, author, "APPROVE", "");
  await page.getByRole("button", { name: "Run Sayer" }).click();
  await page.getByRole("dialog", { name: "Run Sayer" }).getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.getByText("two").first()).toBeVisible();
  const { library } = await api.send("{ library { nodes { listingVersion } } }");
  expect(library.nodes).toEqual([{ listingVersion: 2 }]);
});
