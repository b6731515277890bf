/** Triggers: an address is made, called with a signature, and starts runs; an event reaches an agent that waits. */
import { createHmac } from "node:crypto";
import { expect, expectAccessible, look, test } from "./fixtures";
import { importExample, until } from "./examples";
import { makeAgent } from "./run-agents";

const RUNS = "query($g: ID!) { runs(graphId: $g) { nodes { id status trigger } } }";

test("a webhook is made and attached, a signed call starts a run that is seen, and it is run again", async ({ page, api, console: _ }) => {
  const agentId = await importExample(api, "fan_out");
  await page.goto(`/library/${agentId}?tab=triggers`);
  await expect(page.getByRole("heading", { name: "Nothing outside starts this agent yet" })).toBeVisible();
  await expectAccessible(page);
  await look(page, "triggers-empty");
  await page.getByRole("button", { name: "New webhook" }).click();
  const making = page.getByRole("dialog", { name: "New webhook" });
  await making.getByRole("textbox", { name: "Name" }).fill("Orders");
  await making.getByRole("switch", { name: "Each call must be signed" }).click();
  await expect(making.getByText("Whoever gets hold of the address may start runs.")).toBeVisible();
  await expectAccessible(page);
  await look(page, "webhook-unsigned");
  await making.getByRole("switch", { name: "Each call must be signed" }).click();
  await making.getByRole("button", { name: "Make the address" }).click();

  const shown = page.getByRole("dialog", { name: "“Orders” is ready" });
  const url = await shown.getByRole("textbox", { name: "Address" }).inputValue();
  const secret = await shown.getByRole("textbox", { name: "Secret" }).inputValue();
  expect(url).toContain("/webhooks/");
  expect(secret.length).toBeGreaterThan(20);
  await expect(shown.getByRole("region", { name: "Command that calls it" })).toContainText("X-Webhook-Signature");
  await expectAccessible(page);
  await look(page, "webhook-secret");
  await shown.getByRole("button", { name: "I have kept the secret" }).click();

  const attaching = page.getByRole("dialog", { name: "What “Orders” starts" });
  await expect(attaching.getByRole("combobox", { name: "What comes goes to" })).toBeEnabled();
  await attaching.getByRole("textbox", { name: "Only these events" }).fill("order.paid");
  await expectAccessible(page);
  await look(page, "webhook-attach");
  await attaching.getByRole("button", { name: "Save" }).click();
  const starts = page.getByRole("list", { name: "What Orders starts" });
  await expect(starts).toContainText("Starts this agent");
  await expect(starts).toContainText("order.paid");

  const body = JSON.stringify({ type: "order.paid", id: 7 });
  const call = (signature: string, key: string) =>
    fetch(url, { method: "POST", headers: { "content-type": "application/json", "idempotency-key": key, "x-webhook-signature": signature }, body });
  expect((await call("0".repeat(64), "a")).status).toBe(401);
  expect((await call(createHmac("sha256", secret).update(body).digest("hex"), "order-7")).status).toBe(200);

  await page.getByRole("button", { name: /^Orders/ }).click();
  const came = page.getByRole("region", { name: "What came to Orders" });
  await expect(came.getByRole("link")).toContainText("Fan-out");
  await came.getByRole("button", { name: /order.paid/ }).click();
  await expect(came.getByText("It counts once under")).toContainText("id:order-7");
  await expect(came.getByRole("heading", { name: "What was sent" })).toBeVisible();
  await expectAccessible(page);
  await look(page, "webhook-open");
  await came.getByRole("button", { name: "Run it again" }).click();
  await expect(came.getByText("Again, 1")).toBeVisible();
  const { runs } = await until(() => api.send(RUNS, { g: agentId }), ({ runs }) => runs.nodes.length === 2);
  expect(runs.nodes.map((one: { trigger: string }) => one.trigger)).toEqual(["webhook", "webhook"]);

  await page.getByRole("button", { name: "Pause Orders" }).click();
  await expect(page.getByText("It answers, and what comes is not kept.")).toBeVisible();
  expect((await call(createHmac("sha256", secret).update(body).digest("hex"), "order-8")).status).toBe(202);
  await page.getByRole("button", { name: "Resume Orders" }).click();
  await expect(page.getByText("It answers, and what comes is not kept.")).toBeHidden();

  await page.getByRole("button", { name: "More about Orders" }).click();
  await page.getByRole("menuitem", { name: "New secret" }).click();
  await page.getByRole("combobox", { name: "The old one counts, too" }).selectOption("No longer: it ends at once");
  await page.getByRole("button", { name: "Give it a new secret" }).click();
  const renewed = page.getByRole("dialog", { name: "“Orders” has a new secret" });
  const second = await renewed.getByRole("textbox", { name: "Secret" }).inputValue();
  await renewed.getByRole("button", { name: "I have kept the secret" }).click();
  expect((await call(createHmac("sha256", secret).update(body).digest("hex"), "order-9")).status).toBe(401);
  expect((await call(createHmac("sha256", second).update(body).digest("hex"), "order-9")).status).toBe(200);
});

test("a webhook is renamed, stops starting the agent, starts it again, and is deleted", async ({ page, api, console: _ }) => {
  const agentId = await importExample(api, "fan_out");
  const made = await api.send('mutation { createWebhook(input: {name: "Old name", isSigned: false}) { errors { message } webhook { id } } }');
  await api.send('mutation($w: ID!, $g: ID!) { attachToWebhook(input: {webhookId: $w, graphId: $g, inputName: "Text"}) { errors { message } } }', { w: made.createWebhook.webhook.id, g: agentId });
  await page.goto(`/library/${agentId}?tab=triggers`);
  await page.getByRole("button", { name: "More about Old name" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("New name");
  await page.getByRole("button", { name: "Rename", exact: true }).click();
  await expect(page.getByRole("button", { name: /^New name/ })).toBeVisible();
  await page.getByRole("button", { name: "Pause starting this agent" }).click();
  await expect(page.getByRole("button", { name: "Resume starting this agent" })).toBeVisible();
  await page.getByRole("button", { name: "Remove what starts this agent" }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  const others = page.getByRole("region", { name: "Other webhooks of the organisation" });
  await expect(others).toContainText("New name");
  await others.getByRole("button", { name: "Let it start this agent: New name" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("list", { name: "What New name starts" })).toBeVisible();
  await page.getByRole("button", { name: "More about New name" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete the webhook" }).click();
  await expect(page.getByRole("heading", { name: "Nothing outside starts this agent yet" })).toBeVisible();
});

test("an event is sent to an agent that waits for one, and starts a run that has it", async ({ page, api, console: _ }) => {
  const agent = await makeAgent(
    api,
    "Waits",
    [{ id: "wait", block: "event", title: "Wait", input: { event_name: "paid" } }, { id: "out", block: "output", input: { name: "got" } }],
    ["wait.payload > out.value"],
  );
  await page.goto(`/library/${agent.id}?tab=triggers`);
  await expect(page.getByText("A node of this agent waits for “paid”")).toBeVisible();
  const form = page.getByRole("form", { name: "Send an event" });
  await form.getByRole("textbox", { name: "Key" }).fill("customer-7");
  await form.getByRole("textbox", { name: "What it carries" }).fill('{"amount": ');
  await expect(form.getByRole("alert")).toBeVisible();
  await form.getByRole("textbox", { name: "What it carries" }).fill('{"amount": 12}');
  await expectAccessible(page);
  await look(page, "events");
  await form.getByRole("button", { name: "Send the event" }).click();
  await page.getByRole("button", { name: "Watch the run" }).click();
  await page.waitForURL(/\/runs\//);
  await until(() => api.send(RUNS, { g: agent.id }), ({ runs }) => runs.nodes[0]?.status === "COMPLETED" && runs.nodes[0].trigger === "signal");
});
