/** What of a draft is kept in the browser until it is saved: whose it is, and that two pages do not take each other's. */
import type { Page } from "@playwright/test";
import { type Api, expect, look, signIn, test } from "./fixtures";
import { makeAgent } from "./run-agents";

const state = (page: Page) => page.getByRole("status", { name: "Draft" });
const description = (page: Page) => page.getByRole("complementary", { name: "Details" }).getByRole("textbox", { name: "Description" });
const back = (page: Page) => page.getByText("Changes that were not saved when this page was left are back.");

/** Let no save through, as where the network is away for the moment. */
const hold = (page: Page) => page.route("**/graphql", (route) => (route.request().postData()?.includes("SaveDraft") ? route.abort() : route.continue()));

/** Another member of the same organisation, who may edit. */
async function colleague(api: Api): Promise<string> {
  const made = await api.send("mutation($e:String!){inviteMember(input:{email:$e,role:EDITOR}){errors{message} token}}", { e: `colleague-${Date.now()}@example.org` });
  const accepted = await api.send('mutation($t:String!){acceptInvitation(input:{token:$t,name:"Colleague",password:"a long enough password"}){errors{message} token}}', { t: made.inviteMember.token });
  return accepted.acceptInvitation.token as string;
}

test("who signs in behind somebody whose session has ended is offered nothing of their draft, and they find it again", async ({ page, context, api, console }) => {
  console.allow(/Failed to load resource|net::ERR_FAILED|401/);
  const agent = await makeAgent(api, "Kept", [{ id: "in", block: "input", input: { name: "topic" } }], [], { isPublished: false });
  const other = await colleague(api);
  await page.goto(`/build/${agent.id}`);
  await expect(state(page)).toHaveText("Saved");
  await hold(page);
  await description(page).fill("Mine alone");
  await expect(page.getByText("This draft is not saved.")).toBeVisible();
  await context.clearCookies();
  await page.unroute("**/graphql");
  await page.goto("about:blank");

  await signIn(page, other, `/build/${agent.id}`);
  await expect(state(page)).toHaveText("Saved");
  await expect(back(page)).toHaveCount(0);
  await expect(description(page)).toHaveValue("");
  await page.goto("about:blank");

  await signIn(page, api.token, `/build/${agent.id}`);
  await expect(back(page)).toBeVisible();
  await expect(description(page)).toHaveValue("Mine alone");
  await expect(state(page)).toHaveText("Saved");
});

test("a second page of an agent does not take what the first one has not saved yet: it says that it is there", async ({ page, context, api, console }) => {
  console.allow(/Failed to load resource|net::ERR_FAILED/);
  const agent = await makeAgent(api, "Twice", [{ id: "in", block: "input", input: { name: "topic" } }], [], { isPublished: false });
  await page.goto(`/build/${agent.id}`);
  await expect(state(page)).toHaveText("Saved");
  await hold(page);
  await description(page).fill("Of the first page");
  await expect(page.getByText("This draft is not saved.")).toBeVisible();
  const second = await context.newPage();
  await second.goto(`/build/${agent.id}`);
  const notice = second.getByText(/that were never saved: the page they were made in is open still/);
  await expect(notice).toBeVisible();
  await expect(description(second)).toHaveValue("");
  await look(second, "draft-two-pages");
  await description(second).fill("Of the second page");
  await expect(state(second)).toHaveText("Saved");
  // The first one is told, and has what it wrote.
  await page.unroute("**/graphql");
  await expect(page.getByRole("dialog", { name: "This draft was changed elsewhere" })).toBeVisible({ timeout: 40_000 });
  await page.getByRole("button", { name: "Keep mine" }).click();
  await expect(state(page)).toHaveText("Saved");
  await expect(description(page)).toHaveValue("Of the first page");
});
