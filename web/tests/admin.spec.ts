import { gave } from "./asking";
import { type Api, expect, expectAccessible, look, signIn, test } from "./fixtures";
import { apiOf, newPerson } from "./people";

/** Somebody new in the organisation, who may only look. */
async function viewer(api: Api): Promise<Api> {
  const invited = await api.send("mutation($e:String!){inviteMember(input:{email:$e,role:VIEWER}){errors{message} token}}", { e: `vic-${Date.now()}@example.org` });
  const accepted = await api.send("mutation($t:String!){acceptInvitation(input:{token:$t,name:\"Vic\",password:\"a long enough password\"}){errors{message} token}}", { t: invited.inviteMember.token });
  return apiOf(accepted.acceptInvitation.token, api.organisationId);
}

/** Somebody's agent, submitted to the marketplace. Gives its name. */
async function submitted(author: Api, name: string): Promise<string> {
  const { graphId } = await gave(author, { answer: "Hello" });
  const handle = `ann-${Date.now()}`;
  await author.send("mutation($h:String!){updateProfile(input:{handle:$h,name:\"Ann's workshop\"}){errors{message} profile{id}}}", { h: handle });
  const texts = { name, subheading: "Says hello", description: "It **says** hello. <img src=x onerror=alert(1)>", categories: ["writing"] };
  const made = await author.send("mutation($i:CreateListingInput!){createListing(input:$i){errors{message path} listing{id versions{id}}}}", { i: { graphId, slug: `hello-${Date.now()}`, texts } });
  await author.send("mutation($i:ID!){submitListing(id:$i){errors{message} version{status}}}", { i: made.createListing.listing.versions[0].id });
  return made.createListing.listing.id as string;
}

test("a reviewer reads what was submitted, rejects and approves it, features it and takes it down", async ({ page, api, console }) => {
  void console;
  const author = await newPerson(api, "Ann");
  const name = `Hello ${Date.now()}`;
  const listingId = await submitted(author, name);
  await page.goto("/admin/reviews");
  await page.getByRole("link", { name: new RegExp(name) }).click();
  const card = page.getByRole("article", { name });
  await expect(card.getByText("Says hello", { exact: true })).toBeVisible();
  await expect(card.locator(".react-flow__node").first()).toBeVisible();
  await expect(card.getByRole("region", { name: "Credentials" })).toContainText("None.");
  expect(await card.locator("img[onerror], script").count()).toBe(0);
  await look(page, "admin-review");
  await expectAccessible(page);
  await card.getByRole("button", { name: "Reject" }).click();
  await expect(card.getByText("Tell the author why it is rejected.")).toBeVisible();
  await card.getByLabel("To the author").fill("Say more about it.");
  await card.getByLabel("To other reviewers").fill("Seen once.");
  await card.getByRole("button", { name: "Reject" }).click();
  await expect(page.getByText("Rejected. The author reads why.")).toBeVisible();
  const own = await author.send("{ownListings{nodes{versions{id status reviewComments internalComments}}}}");
  expect(own.ownListings.nodes[0].versions[0]).toMatchObject({ status: "REJECTED", reviewComments: "Say more about it.", internalComments: null });

  const again = await author.send("mutation($l:ID!,$t:ListingTexts!){createListingVersion(input:{listingId:$l,texts:$t}){errors{message path} listing{versions{id}}}}", { l: listingId, t: { name, subheading: "Says hello", description: "It says hello, and more.", categories: ["writing"], changes: "More words." } });
  await author.send("mutation($i:ID!){submitListing(id:$i){errors{message} version{status}}}", { i: again.createListingVersion.listing.versions[0].id });
  await page.goto("/admin/reviews");
  await page.getByRole("link", { name: new RegExp(name) }).click();
  await expect(card.getByText("More words.")).toBeVisible();
  await card.getByRole("button", { name: "Approve" }).click();
  await expect(page.getByText(/^Approved\. Everyone sees it/)).toBeVisible();

  await page.getByRole("navigation", { name: "Admin" }).getByRole("link", { name: "Marketplace" }).click();
  await page.getByRole("searchbox").fill(name);
  const row = page.getByRole("row", { name: new RegExp(name) });
  await row.getByRole("button", { name: "Feature" }).click();
  await expect(row.getByRole("button", { name: "Featured" })).toHaveAttribute("aria-pressed", "true");
  await look(page, "admin-listings");
  await expectAccessible(page);
  await row.getByRole("button", { name: `Take down ${name}` }).click();
  await page.getByRole("dialog").getByLabel("Why").fill("A reader complained.");
  await page.getByRole("button", { name: "Take it down" }).click();
  await expect(page.getByText("No listing has these words")).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("the fleet's health shows queues, workers and findings with their remedy", async ({ page, console }) => {
  void console;
  await page.goto("/admin");
  await page.waitForURL(/\/admin\/fleet/);
  const queues = page.getByRole("region", { name: "Queues" });
  await expect(queues.getByRole("row", { name: /blocks-io/ })).toContainText("Well");
  await expect(page.getByRole("region", { name: "Processes" })).toContainText("api");
  await expect(page.getByText("What the check found")).toBeVisible();
  await look(page, "admin-fleet");
  await expectAccessible(page);
  await page.getByRole("link", { name: "Stuck runs" }).click();
  await expect(page.getByText("No run is stuck")).toBeVisible();
  await expectAccessible(page);
});

test("a queue without a worker and Temporal away are told, with what to do", async ({ page, console }) => {
  void console;
  let isAway = false;
  await page.route("**/graphql", async (route) => {
    const body = route.request().postDataJSON() as { operationName?: string };
    if (body.operationName !== "AdminFleet") return route.continue();
    const answer = await route.fetch();
    const json = (await answer.json()) as { data: { fleet: { queues: { name: string; pollers: unknown[]; backlog: number }[] | null } } };
    if (isAway) json.data.fleet.queues = null;
    for (const one of json.data.fleet.queues ?? []) if (one.name === "blocks-cpu") Object.assign(one, { pollers: [], backlog: 12 });
    return route.fulfill({ json });
  });
  await page.goto("/admin/fleet");
  await expect(page.getByRole("alert").filter({ hasText: "No worker polls the queue blocks-cpu" })).toContainText("Your runs are safe and will start");
  await look(page, "admin-fleet-no-worker");
  await expectAccessible(page);
  isAway = true;
  await page.reload();
  await expect(page.getByText("Temporal does not answer")).toBeVisible();
});

test("who has no such right sees no admin part, and is told whom to ask", async ({ page, api, browser, console }) => {
  void console;
  void page;
  const context = await browser.newContext();
  const other = await context.newPage();
  await signIn(other, (await viewer(api)).token, "/admin");
  await expect(other.getByText("This is for those who keep the installation")).toBeVisible();
  await expect(other.getByRole("navigation", { name: "Main" })).not.toContainText("Admin");
  await look(other, "admin-refused");
  await context.close();
});
