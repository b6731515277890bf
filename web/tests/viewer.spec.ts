/** Somebody who may only look: every screen is there for them, nothing that is refused is asked for, and no button is dead without a word. */
import type { Page } from "@playwright/test";
import { asked, gave } from "./asking";
import { type Api, expect, expectAccessible, look, signIn, test } from "./fixtures";
import { importExample } from "./examples";
import { apiOf } from "./people";

async function newMember(api: Api, role: string): Promise<Api> {
  const made = await api.send("mutation($e: String!, $r: Role!) { inviteMember(input: {email: $e, role: $r}) { errors { message } token } }", { e: `${role.toLowerCase()}-${Date.now()}@example.org`, r: role });
  const accepted = await api.send('mutation($t: String!) { acceptInvitation(input: {token: $t, name: "Vera", password: "a long enough password"}) { errors { message } token } }', { t: made.inviteMember.token });
  return apiOf(accepted.acceptInvitation.token, api.organisationId);
}

/** Everything that GraphQL refused since, by what was asked. */
function refusals(page: Page): string[] {
  const found: string[] = [];
  page.on("response", async (response) => {
    if (!response.url().endsWith("/graphql")) return;
    const answer = (await response.json().catch(() => ({}))) as { errors?: { message: string }[] };
    const sent = response.request().postDataJSON() as { operationName?: string } | null;
    for (const one of answer.errors ?? []) found.push(`${sent?.operationName}: ${one.message}`);
  });
  return found;
}

/** Buttons that do nothing and do not say why, by their names. A switch that is off limits still shows how it stands. */
const deadButtons = (page: Page) =>
  page.locator("main").locator("button:disabled:not([role=switch])").evaluateAll((all) => all.filter((one) => !one.getAttribute("title") && !one.closest("[data-reason]")).map((one) => one.getAttribute("aria-label") || one.textContent || one.outerHTML.slice(0, 160)));

test("a viewer walks through all the screens: nothing is refused, nothing is dead", async ({ page, api, console }) => {
  void console;
  test.setTimeout(240_000);
  const agentId = await importExample(api, "countdown");
  const { runId } = await gave(api, { answer: "42" });
  const { runId: asking, approvalId } = await asked(api, "Hello");
  const found = await api.send("{ listings(first: 1) { nodes { slug creator { handle } } } }");
  const [first] = found.listings.nodes as { slug: string; creator: { handle: string } }[];
  const listing = first ? `/marketplace/${first.creator.handle}/${first.slug}` : "/marketplace";
  await api.send("mutation($i: CreateScheduleInput!) { createSchedule(input: $i) { errors { message } schedule { id } } }", { i: { graphId: agentId, name: "Every New Year", spec: { cron: ["0 0 1 1 *"] }, inputs: { From: 3 } } });
  await api.send('mutation { createWebhook(input: {name: "A hook", provider: GENERIC}) { errors { message } webhook { id } } }');
  const viewer = await newMember(api, "VIEWER");
  await signIn(page, viewer.token);
  const refused = refusals(page);
  const tabs = ["runs", "schedules", "triggers", "presets", "versions", "settings"].map((tab) => `/library/${agentId}?tab=${tab}`);
  const settings = ["/profile", "/members", "/keys", "/organisations", "/marketplace", "/notices", "/audit"].map((part) => `/settings${part}`);
  const dead: string[] = [];
  for (const path of ["/library", ...tabs, `/build/${agentId}`, "/runs", `/runs/${runId}`, `/runs/${asking}`, "/schedules", "/schedules?tab=webhooks", "/approvals", `/approvals?id=${approvalId}`, "/marketplace", listing, "/credentials", "/usage", ...settings, "/admin"]) {
    await page.goto(path);
    await expect(page.locator("h1, h2, canvas, .react-flow").first()).toBeVisible();
    await page.waitForLoadState("networkidle");
    for (const one of await deadButtons(page)) dead.push(`${path}: ${one}`);
    await look(page, `viewer-${path.replaceAll(/[^a-z]+/g, "-").slice(1, 40)}`);
    await expectAccessible(page).catch((error: Error) => dead.push(`${path}: ${error.message.replaceAll(/\s+/g, " ").slice(0, 300)}`));
  }
  expect.soft(refused).toEqual([]);
  expect(dead).toEqual([]);
});
