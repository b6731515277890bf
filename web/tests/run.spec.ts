import { expect, expectAccessible, look, test } from "./fixtures";
import { around, makeAgent } from "./run-agents";
import { node, panel, runIdOf, start, state, workers } from "./run-watch";

test("a run is started on the canvas, streams value by value, survives a reload, and shows what it gave", async ({ page, api, console }) => {
  void console;
  const timer = { id: "timer", block: "timer" as const, title: "Tick", input: { seconds: 1, repeat: 8 } };
  const [nodes, links] = around(timer, "input_message", "output_message");
  const text = { id: "write", block: "text" as const, title: "Writer" };
  const agent = await makeAgent(api, "Streams", [...nodes, text], [links[0] as string, "timer.output_message > write.prompt", "write.response > out.value"]);
  await page.goto(`/build/${agent.id}`);
  await page.getByRole("button", { name: "Run", exact: true }).click({ timeout: 20_000 });
  const dialog = page.getByRole("dialog", { name: "Run Streams" });
  await expect(dialog.getByText("Version 1")).toBeVisible();
  await expectAccessible(page);
  await look(page, "run-dialog");
  // What is missing stands at its field, and nothing is started.
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await expect(dialog.getByRole("textbox", { name: "topic" })).toHaveAttribute("aria-invalid", "true");
  await dialog.getByRole("textbox", { name: "topic" }).fill("dry stone walls");
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/[?&]run=/);
  await expect(state(page)).toHaveText("Running");
  await expect(page.locator('.react-flow__edge[data-id="link-1"]')).toContainText(/[1-7]/);
  await look(page, "run-streaming");
  await page.reload();
  await expect(state(page)).toBeVisible();
  await expect(state(page)).toHaveText("Completed", { timeout: 40_000 });
  await expect(page.locator('.react-flow__edge[data-id="link-1"]')).toContainText("8");
  await expect(panel(page).getByRole("region", { name: "Output result" }).getByText(/\[demo\]/)).toHaveCount(8);
  await expect(node(page, "write").getByText("×8")).toBeVisible();
  await expectAccessible(page);
  await look(page, "run-completed");
  // What went through a link is shown beside it, and in full on demand.
  await page.locator('.react-flow__edge[data-id="link-0"] .link-bead text').hover({ force: true });
  const peek = page.getByRole("group", { name: "Values here" });
  await expect(peek).toContainText("One value from result of Topic");
  await look(page, "run-peek");
  await peek.getByRole("button", { name: "Show in full" }).click();
  await expect(page.getByRole("dialog", { name: "Values" }).getByText("dry stone walls")).toBeVisible();
});

test("a node that fails in passing shows its attempts and when the next one begins, and the error where it happened", async ({ page, api, console }) => {
  void console;
  const request = { id: "ask", block: "request" as const, title: "Ask", retry: { attempts: 3, first_wait_seconds: 4, backoff: 1 } };
  const [nodes, links] = around(request, "url", "response");
  const agent = await makeAgent(api, "Tries again", nodes, links);
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic: "https://nobody-here.invalid/" });
  await expect(node(page, "ask").getByText(/Attempt 2, next try in \d/)).toBeVisible();
  await look(page, "run-attempts");
  await expect(state(page)).toHaveText("Failed", { timeout: 40_000 });
  await expect(node(page, "ask").getByText(/could not be resolved/)).toBeVisible();
  await node(page, "ask").click();
  await expect(panel(page).getByRole("region", { name: "Attempts" }).getByText(/^Attempt \d$/)).toHaveCount(3);
  await expectAccessible(page);
  await look(page, "run-failed-node");
});

test("an approval is answered where the run is watched", async ({ page, api, console }) => {
  void console;
  const human = { id: "check", block: "human" as const, title: "Check", input: { name: "Send this?" } };
  const [nodes, links] = around(human, "data", "approved_data");
  const agent = await makeAgent(api, "Asks", nodes, links);
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic: "hello" });
  await expect(state(page)).toHaveText("Waiting for a person");
  const card = panel(page).getByRole("article", { name: "Send this?" });
  await expect(card).toBeVisible();
  await expectAccessible(page);
  await look(page, "run-approval");
  await card.getByRole("button", { name: /^Approve/ }).click();
  await expect(state(page)).toHaveText("Completed");
  await panel(page).getByRole("tab", { name: "Outputs" }).click();
  await expect(panel(page).getByRole("region", { name: "Output result" })).toContainText("hello");
});

test("a run is paused, goes on, and is cancelled", async ({ page, api, console }) => {
  void console;
  const timer = { id: "timer", block: "timer" as const, title: "Tick", input: { seconds: 1, repeat: 60 } };
  const [nodes, links] = around(timer, "input_message", "output_message");
  const agent = await makeAgent(api, "Long", nodes, links);
  await page.goto(`/build/${agent.id}`);
  const runId = await start(page, { topic: "tick" });
  await expect(node(page, "timer").getByText("Running")).toBeAttached();
  await panel(page).getByRole("button", { name: "Pause" }).click();
  await expect(panel(page).getByRole("button", { name: "Resume" }).first()).toBeVisible();
  await expect(state(page)).toHaveText("Paused", { timeout: 30_000 });
  await look(page, "run-paused");
  await panel(page).getByRole("button", { name: "Resume" }).first().click();
  await expect(state(page)).toHaveText("Running", { timeout: 30_000 });
  await panel(page).getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel the run" }).click();
  await expect(state(page)).toHaveText("Cancelled", { timeout: 30_000 });
  expect((await api.send("query($r:ID!){run(id:$r){status}}", { r: runId })).run.status).toBe("TERMINATED");
});

test("a run goes on from a chosen node, and the new run is shown in its place", async ({ page, api, console }) => {
  void console;
  const sum = { id: "sum", block: "calculator" as const, title: "Sum", input: { operation: "Divide", b: 2 } };
  const [nodes, links] = around(sum, "a", "result", { value: 8 });
  const agent = await makeAgent(api, "Goes on", nodes, links);
  await page.goto(`/build/${agent.id}`);
  const first = await start(page);
  await expect(state(page)).toHaveText("Completed");
  await node(page, "sum").click();
  await panel(page).getByRole("button", { name: "Run from here" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading", { name: /Continue/ })).toBeVisible();
  await look(page, "run-continue");
  await dialog.getByRole("button", { name: /^(Continue|Start|Go on)/ }).last().click();
  await page.waitForURL((url) => url.searchParams.get("run") !== first && url.pathname.startsWith("/build/"));
  await expect(state(page)).toHaveText("Completed");
  const run = (await api.send("query($r:ID!){run(id:$r){continuedFrom{id}}}", { r: runIdOf(page) })).run;
  expect(run.continuedFrom.id).toBe(first);
});

test("one node runs by itself as the draft has it; its outputs are pinned and used", async ({ page, api, console }) => {
  void console;
  const sum = { id: "sum", block: "calculator" as const, title: "Sum", input: { operation: "Add", b: 1 } };
  const [nodes, links] = around(sum, "a", "result", { value: 1 });
  const agent = await makeAgent(api, "Pins", nodes, links);
  await page.goto(`/build/${agent.id}`);
  await node(page, "sum").click();
  await page.getByRole("button", { name: "More ways to run" }).click();
  await page.getByRole("menuitem", { name: /Run only “Sum”/ }).click();
  const dialog = page.getByRole("dialog", { name: "Run only “Sum”" });
  await dialog.getByRole("textbox", { name: /^A\b/ }).fill("41");
  await expectAccessible(page);
  await look(page, "run-one-node");
  await dialog.getByRole("button", { name: "Run this node" }).click();
  await expect(state(page)).toHaveText("Completed");
  await expect(panel(page).getByRole("region", { name: "Outputs" })).toContainText("42");
  await panel(page).getByRole("button", { name: "Pin its outputs" }).click();
  const pins = page.getByRole("dialog", { name: "Pin outputs of “Sum”" });
  await expect(pins.getByRole("textbox")).toHaveValue(/42/);
  await pins.getByRole("textbox").fill('{"result": 43}');
  await pins.getByRole("button", { name: "Pin", exact: true }).click();
  await expect(pins.getByRole("alert")).toContainText("list");
  await look(page, "run-pin");
  await pins.getByRole("textbox").fill('{"result": [43]}');
  await pins.getByRole("button", { name: "Pin", exact: true }).click();
  // The draft says something else than version 1 now: it is what runs.
  await page.getByRole("button", { name: "More ways to run" }).click();
  await page.getByRole("menuitem", { name: /Run with pinned outputs/ }).click();
  const form = page.getByRole("dialog", { name: "Run Pins" });
  await expect(form.getByLabel("What runs")).toHaveValue("draft");
  const before = runIdOf(page);
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL((url) => url.searchParams.get("run") !== before);
  await expect(state(page)).toHaveText("Completed");
  await panel(page).getByRole("tab", { name: "Outputs" }).click();
  await expect(panel(page).getByRole("region", { name: "Output result" })).toContainText("43");
});

test("a disabled node does not run, what is behind it waits, and the rest of the run completes", async ({ page, api, console }) => {
  void console;
  const agent = await makeAgent(
    api,
    "Partly",
    [
      { id: "in", block: "input", title: "Topic", input: { name: "topic" } },
      { id: "off", block: "store", title: "Off", is_disabled: true },
      { id: "lost", block: "output", title: "Lost", input: { name: "lost" } },
      { id: "kept", block: "output", title: "Kept", input: { name: "kept" } },
    ],
    ["in.result > off.input", "off.output > lost.value", "in.result > kept.value"],
  );
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic: "here" });
  await expect(state(page)).toHaveText("Completed");
  await expect(panel(page).getByRole("region", { name: "Output kept" })).toContainText("here");
  await expect(panel(page).getByRole("region", { name: "Output lost" })).toHaveCount(0);
  await node(page, "off").click();
  await expect(panel(page).getByText("Off did not run")).toBeVisible();
  await look(page, "run-disabled");
  // Switched on again, it takes part.
  await node(page, "off").focus();
  await page.keyboard.press("d");
  await page.keyboard.press("Control+Enter");
  const form = page.getByRole("dialog", { name: "Run Partly" });
  await form.getByRole("textbox", { name: "topic" }).fill("there");
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await panel(page).getByRole("tab", { name: "Outputs" }).click();
  await expect(panel(page).getByRole("region", { name: "Output lost" })).toContainText("there");
});

test("a run of an older version is debugged in the editor, and that version becomes the draft", async ({ page, api, console }) => {
  void console;
  const [nodes, links] = around({ id: "keep", block: "store" as const, title: "Keep" }, "input", "output");
  const agent = await makeAgent(api, "Ages", nodes, links);
  const run = (await api.send('mutation($g:ID!){startRun(input:{graphId:$g,inputs:{topic:"old"}}){errors{message} run{id}}}', { g: agent.id })).startRun.run;
  const renamed = { ...agent.document, nodes: (agent.document.nodes as Record<string, any>[]).map((one) => (one.id === "keep" ? { ...one, metadata: { ...one.metadata, customized_name: "Renamed" } } : one)) };
  await api.send("mutation($g:ID!,$d:JSON!,$r:Int!){updateDraft(input:{graphId:$g,revision:$r,document:$d}){errors{message} graph{draft{revision}}}}", { g: agent.id, d: renamed, r: agent.revision });
  await page.goto(`/build/${agent.id}?run=${encodeURIComponent(run.id)}&version=1`);
  await expect(panel(page).getByText("You see version 1, as it ran.")).toBeVisible();
  await expect(node(page, "keep").getByText("Keep", { exact: true })).toBeVisible();
  await expect(page.locator('.react-flow__edge[data-id="link-0"]')).toContainText("1");
  await expectAccessible(page);
  await look(page, "run-debug");
  await panel(page).getByRole("button", { name: "Back to the draft" }).click();
  await expect(node(page, "keep").getByText("Renamed")).toBeVisible();
  await page.goBack();
  await panel(page).getByRole("button", { name: "Edit as draft" }).click();
  await expect(node(page, "keep").getByText("Keep", { exact: true })).toBeVisible();
  await expect(page.getByRole("status", { name: "Draft" })).toHaveText("Saved");
  const now = (await api.send("query($g:ID!){graph(id:$g){draft{document}}}", { g: agent.id })).graph.draft.document;
  expect(now.nodes.find((one: Record<string, any>) => one.id === "keep").metadata.customized_name).toBe("Keep");
});

test("a node that waits for an event is sent one from the canvas", async ({ page, api, console }) => {
  void console;
  const [nodes, links] = around({ id: "wait", block: "event" as const, title: "Wait", input: { event_name: "paid" } }, "trigger", "payload");
  const agent = await makeAgent(api, "Waits", nodes, links);
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic: "order 7" });
  await node(page, "wait").click();
  await panel(page).getByRole("button", { name: "Send the event" }).click();
  const dialog = page.getByRole("dialog", { name: "Send the event “paid”" });
  await dialog.getByRole("textbox").fill('{"amount": 3}');
  await look(page, "run-event");
  await dialog.getByRole("button", { name: "Send" }).click();
  await expect(state(page)).toHaveText("Completed", { timeout: 30_000 });
  await panel(page).getByRole("tab", { name: "Outputs" }).click();
  await expect(panel(page).getByRole("region", { name: "Output result" })).toContainText("amount");
});

test("a node that says what event it waits for is sent one by a form", async ({ page, api, console }) => {
  void console;
  const payload_schema = { type: "object", properties: { amount: { type: "integer", title: "Amount" } }, required: ["amount"] };
  const [nodes, links] = around({ id: "wait", block: "event" as const, title: "Wait", input: { event_name: "paid", payload_schema } }, "trigger", "payload");
  const agent = await makeAgent(api, "Waits by a form", nodes, links);
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic: "order 8" });
  await node(page, "wait").click();
  await panel(page).getByRole("button", { name: "Send the event" }).click();
  const dialog = page.getByRole("dialog", { name: "Send the event “paid”" });
  await dialog.getByRole("button", { name: "Send" }).click();
  const amount = dialog.getByRole("textbox", { name: /^Amount/ });
  await expect(amount).toHaveAttribute("aria-invalid", "true");
  await amount.fill("12");
  await expectAccessible(page);
  await look(page, "run-event-form");
  await dialog.getByRole("button", { name: "Send" }).click();
  await expect(state(page)).toHaveText("Completed", { timeout: 30_000 });
  await panel(page).getByRole("tab", { name: "Outputs" }).click();
  await expect(panel(page).getByRole("region", { name: "Output result" })).toContainText("12");
});

test("values are saved as a preset, and a link opens the form with them", async ({ page, api, context, console }) => {
  void console;
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const [nodes, links] = around({ id: "keep", block: "store" as const }, "input", "output");
  nodes.push({ id: "secret", block: "input", title: "Secret", input: { name: "token", value: "none", secret: true } });
  const agent = await makeAgent(api, "Presets", nodes, links);
  await page.goto(`/build/${agent.id}`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Run Presets" });
  await dialog.getByRole("textbox", { name: "topic" }).fill("walls & hedges");
  await dialog.getByRole("button", { name: "Keep or share" }).click();
  await page.getByRole("menuitem", { name: "Save as a new preset" }).click();
  await dialog.getByRole("textbox", { name: "Name of the preset" }).fill("Hedges");
  await look(page, "run-preset");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("combobox", { name: "Preset" })).toHaveValue(/.+/);
  await expect(dialog.getByRole("combobox", { name: "Preset" }).getByRole("option", { name: "Hedges" })).toBeAttached();
  await dialog.getByRole("textbox", { name: "topic" }).fill("only hedges");
  await dialog.getByRole("button", { name: "Keep or share" }).click();
  await page.getByRole("menuitem", { name: /Copy a link/ }).click();
  await expect(page.getByText("The link is copied.")).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).not.toContain("token");
  await page.goto("/library");
  await page.goto(link);
  await expect(dialog.getByRole("textbox", { name: "topic" })).toHaveValue("only hedges");
  await expect(dialog.getByRole("combobox", { name: "Preset" }).getByRole("option", { name: "Hedges", selected: true })).toBeAttached();
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await expect(state(page)).toHaveText("Completed");
  await expect(panel(page).getByRole("region", { name: "Output result" })).toContainText("only hedges");
});

test("a worker is killed while a run goes on, and the run ends right", async ({ page, api, console }) => {
  void console;
  const pids = workers();
  expect(pids.length, "DRYSTONE_WEB_DATA_DIR names the stack's data folder").toBeGreaterThan(0);
  const timer = { id: "timer", block: "timer" as const, title: "Tick", input: { seconds: 1, repeat: 6 } };
  const [nodes, links] = around(timer, "input_message", "output_message");
  const text = { id: "write", block: "text" as const, title: "Writer" };
  const agent = await makeAgent(api, "Survives", [...nodes, text], [links[0] as string, "timer.output_message > write.prompt", "write.response > out.value"]);
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic: "walls" });
  await expect(page.locator('.react-flow__edge[data-id="link-1"]')).toContainText(/[2-5]/, { timeout: 30_000 });
  for (const pid of pids) process.kill(pid, "SIGKILL");
  await expect.poll(() => workers().filter((pid) => !pids.includes(pid)).length, { timeout: 60_000 }).toBeGreaterThan(0);
  await expect(state(page)).toHaveText("Completed", { timeout: 80_000 });
  await expect(page.locator('.react-flow__edge[data-id="link-1"]')).toContainText("6");
  await expect(panel(page).getByRole("region", { name: "Output result" }).getByText(/\[demo\]/)).toHaveCount(6);
  await look(page, "run-killed-worker");
});
