import { asked, endsAs } from "./asking";
import { expect, expectAccessible, look, signIn, test } from "./fixtures";
import { apiOf } from "./people";

const FORM = { type: "object", properties: { to: { type: "string", title: "To" }, text: { type: "string", title: "Text" } }, required: ["to", "text"] };

test("an approval is found by its number in the menu, edited, and approved with a comment", async ({ page, api, console }) => {
  void console;
  const { runId } = await asked(api, { to: "ann", text: "Hello" }, { form: FORM, instructions: "Mind the tone.", timeout_seconds: 7200, on_timeout: "reject" });
  await page.goto("/runs");
  const place = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /Approvals/ });
  await expect(place).toContainText("1");
  await place.click();
  await expect(page.getByRole("heading", { name: "Approvals", level: 1 })).toBeVisible();
  const card = page.getByRole("article", { name: "Send this message?" });
  await expect(card.getByText("Mind the tone.")).toBeVisible();
  await expect(card.getByText(/1 h \d+ min left, then it counts as rejected/)).toBeVisible();
  await expectAccessible(page);
  await look(page, "approvals-inbox");
  await card.getByRole("textbox", { name: "To" }).fill("bob");
  await card.getByLabel("Comment").fill("Rather Bob.");
  await card.getByRole("button", { name: "Approve with changes" }).click();
  await expect(page.getByText("Nothing waits for you")).toBeVisible();
  await expect(place).not.toContainText("1");
  await endsAs(api, runId, "COMPLETED");
  const run = await api.send("query($r:ID!){run(id:$r){outputs{name values{json}}}}", { r: runId });
  expect(run.run.outputs).toEqual([{ name: "approved", values: [{ json: { to: "bob", text: "Hello" } }] }]);
  await page.getByRole("button", { name: "Decided" }).click();
  await expect(page.getByText("Rather Bob.")).toBeVisible();
  await look(page, "approvals-decided");
  await expectAccessible(page);
});

test("what is missing stands at its field, and nothing is decided", async ({ page, api, console }) => {
  void console;
  const { approvalId } = await asked(api, { to: "ann", text: "Hello" }, { form: FORM });
  await page.goto(`/approvals?id=${encodeURIComponent(approvalId)}`);
  const card = page.getByRole("article", { name: "Send this message?" });
  await card.getByRole("textbox", { name: "To" }).fill("");
  await card.getByRole("button", { name: /^Approve/ }).click();
  await expect(card.getByRole("alert").first()).toBeVisible();
  const found = await api.send("query($i:ID!){approval(id:$i){status}}", { i: approvalId });
  expect(found.approval.status).toBe("PENDING");
});

test("a link lets one person reject on a phone without signing in, once", async ({ page, api, browser, console }) => {
  console.allow(/./);
  const { approvalId } = await asked(api, { to: "ann", text: "Hello" });
  await page.goto(`/approvals?id=${encodeURIComponent(approvalId)}`);
  await page.getByRole("button", { name: "Make a link to decide it elsewhere" }).click();
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByLabel("The link").inputValue();
  expect(link).toMatch(/\/approve\/[\w-]+$/);
  await look(page, "approvals-link-made");
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText(/^Link for /)).toBeVisible();

  const phone = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const other = await phone.newPage();
  await other.goto(link);
  await expect(other.getByRole("heading", { name: "Send this message?" })).toBeVisible();
  await expectAccessible(other);
  await look(other, "approve-phone");
  expect(await other.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await other.getByLabel("Comment").fill("Not today.");
  await other.getByRole("button", { name: "Reject" }).click();
  await expect(other.getByText("You rejected it")).toBeVisible();
  await look(other, "approve-phone-done");
  const found = await api.send("query($i:ID!){approval(id:$i){status comment votes{source}}}", { i: approvalId });
  expect(found.approval).toEqual({ status: "REJECTED", comment: "Not today.", votes: [{ source: "link" }] });
  await other.reload();
  await expect(other.getByText("This link does not work any more")).toBeVisible();
  await look(other, "approve-phone-ended");
  await phone.close();
});

test("somebody else decided meanwhile: the card says who, and shows what stands", async ({ page, api, console }) => {
  void console;
  const { approvalId } = await asked(api, { to: "ann" });
  await page.goto(`/approvals?id=${encodeURIComponent(approvalId)}`);
  const card = page.getByRole("article", { name: "Send this message?" });
  await expect(card.getByRole("button", { name: "Approve" })).toBeVisible();
  await api.send("mutation($i:ID!){decideApproval(input:{id:$i,approve:false,comment:\"No.\"}){errors{message}}}", { i: approvalId });
  await card.getByRole("button", { name: "Approve" }).click();
  await expect(card.getByText("Rejected", { exact: true }).first()).toBeVisible();
  await expect(card.getByText("No.")).toBeVisible();
});

test("the inbox works on a phone: list, card, and back", async ({ page, api, console }) => {
  void console;
  await asked(api, { to: "ann", text: "Hello" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/approvals");
  await page.getByRole("button", { name: /Send this message/ }).click();
  await expect(page.getByRole("article", { name: "Send this message?" })).toBeVisible();
  await look(page, "approvals-phone");
  await expectAccessible(page);
  await page.getByRole("button", { name: "All approvals" }).click();
  await expect(page.getByRole("button", { name: /Send this message/ })).toBeVisible();
});

test("an empty inbox says what will be there", async ({ page, api, console }) => {
  void console;
  await signIn(page, api.token, "/approvals");
  await expect(page.getByText("Nothing waits for you")).toBeVisible();
  await look(page, "approvals-empty");
  await expectAccessible(page);
});

test("where two must approve, the second sees what the first made of it, and the run waits for both", async ({ page, api, browser, console }) => {
  void console;
  const invited = await api.send("mutation($e:String!){inviteMember(input:{email:$e,role:OPERATOR}){errors{message} token}}", { e: `olga-${Date.now()}@example.org` });
  const accepted = await api.send("mutation($t:String!){acceptInvitation(input:{token:$t,name:\"Olga\",password:\"a long enough password\"}){errors{message} token}}", { t: invited.inviteMember.token });
  const olga = apiOf(accepted.acceptInvitation.token as string, api.organisationId);
  const { approvalId, runId } = await asked(api, { to: "ann" }, { needed: 2, form: { type: "object", properties: { to: { type: "string", title: "To" } }, required: ["to"] } });
  await page.goto(`/approvals?id=${encodeURIComponent(approvalId)}`);
  const card = page.getByRole("article", { name: "Send this message?" });
  await expect(card.getByText("0 of 2 people have approved it. One rejection rejects.")).toBeVisible();
  await card.getByRole("textbox", { name: "To" }).fill("bob");
  await card.getByRole("button", { name: "Approve with changes" }).click();
  await expect(page.getByText("Your approval is kept. It waits for others.")).toBeVisible();
  await page.goto(`/approvals?show=waiting&id=${encodeURIComponent(approvalId)}`);
  await expect(card.getByText("You have said what you think. It waits for others.")).toBeVisible();

  const context = await browser.newContext();
  const other = await context.newPage();
  await signIn(other, olga.token, "/approvals");
  const hers = other.getByRole("article", { name: "Send this message?" });
  await expect(hers.getByRole("textbox", { name: "To" })).toHaveValue("bob");
  await hers.getByRole("button", { name: "Approve", exact: true }).click();
  await expect(other.getByText("Approved. The run goes on.")).toBeVisible();
  await endsAs(api, runId, "COMPLETED");
  await context.close();
});

test("a notice of the desktop comes for an approval while the page is not looked at", async ({ page, api, context, console }) => {
  void console;
  await context.grantPermissions(["notifications"]);
  await page.addInitScript(() => {
    const shown: string[] = [];
    Object.assign(window, { shown });
    document.hasFocus = () => false;
    class Fake {
      static permission = "granted";
      static requestPermission = async () => "granted";
      constructor(title: string, options: { body: string }) {
        shown.push(`${title}: ${options.body}`);
      }
      close() {}
    }
    Object.assign(window, { Notification: Fake });
  });
  await page.goto("/settings/notices");
  await page.getByRole("switch", { name: "When an approval waits for me" }).click();
  await asked(api, { to: "ann" });
  await page.getByRole("link", { name: "Runs" }).click();
  await expect.poll(() => page.evaluate(() => (window as unknown as { shown: string[] }).shown)).toEqual(["An approval waits for you: Asking agent: Send this message?"]);
});

test("the approval that is being read stays, whatever comes into the list", async ({ page, api, console }) => {
  void console;
  await asked(api, { to: "ann", text: "The first" });
  await page.goto("/approvals");
  const card = page.getByRole("region", { name: "The chosen approval" });
  await expect(card.getByText("The first")).toBeVisible();
  await card.getByLabel("Comment").fill("Only this one.");
  await asked(api, { to: "bob", text: "Another" });
  await expect(page.getByRole("list", { name: "Approvals" }).getByRole("listitem")).toHaveCount(2, { timeout: 40_000 });
  await expect(card.getByLabel("Comment")).toHaveValue("Only this one.");
  await expect(card.getByText("The first")).toBeVisible();
});
