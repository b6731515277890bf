/** Runs that begin or end at a node, from the node's own menu and from the palette of commands. */
import type { Page } from "@playwright/test";
import { expect, expectAccessible, look, test } from "./fixtures";
import { makeAgent } from "./run-agents";
import { node, panel, runIdOf, state } from "./run-watch";

const menuOf = (page: Page, id: string) => node(page, id).getByRole("button", { name: /^(More|What to do)/ });

test("a node's menu runs until it, only it, and from it; the palette of commands offers the same", async ({ page, api, console }) => {
  void console;
  const agent = await makeAgent(
    api,
    "Steps",
    [
      { id: "in", block: "input", title: "Topic", input: { name: "topic" } },
      { id: "first", block: "store", title: "First" },
      { id: "second", block: "store", title: "Second" },
      { id: "out", block: "output", title: "Result", input: { name: "result" } },
    ],
    ["in.result > first.input", "first.output > second.input", "second.output > out.value"],
  );
  const ran = async () => {
    const { run } = await api.send("query($r:ID!){run(id:$r){status nodes{nodeId executionCount}}}", { r: runIdOf(page) });
    return run.nodes.map((one: { nodeId: string }) => one.nodeId).sort();
  };
  await page.goto(`/build/${agent.id}`);
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeEnabled({ timeout: 20_000 });
  await node(page, "first").click({ button: "right" });
  await expect(page.getByRole("menuitem", { name: /^Run from here/ })).toHaveCount(0);
  await expectAccessible(page);
  await look(page, "run-node-menu");
  await page.getByRole("menuitem", { name: /^Run until here/ }).click();
  const dialog = page.getByRole("dialog", { name: "Run Steps" });
  await expect(dialog.getByText("Only “First” runs, and what leads to it.")).toBeVisible();
  await dialog.getByRole("textbox", { name: "topic" }).fill("wall");
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/[?&]run=/);
  await expect(state(page)).toHaveText("Completed");
  expect(await ran()).toEqual(["first", "in"]);
  await panel(page).getByRole("button", { name: "Fold the run’s panel" }).click();

  // What the run has not come to cannot begin it again.
  await menuOf(page, "second").click();
  await expect(page.getByRole("menuitem", { name: /^Run until here/ })).toBeVisible();
  await expect(page.getByRole("menuitem", { name: /^Run from here/ })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await menuOf(page, "first").click();
  await page.getByRole("menuitem", { name: /^Run from here/ }).click();
  const again = page.getByRole("dialog", { name: "Continue this run" });
  await expect(again.getByRole("checkbox", { name: "First" })).toBeChecked();
  await again.getByRole("button", { name: "Close" }).first().click();

  await menuOf(page, "second").click();
  await page.getByRole("menuitem", { name: /^Run this node/ }).click();
  const alone = page.getByRole("dialog", { name: "Run only “Second”" });
  await expect(alone).toBeVisible();
  await alone.getByRole("button", { name: "Close" }).first().click();

  await node(page, "second").click();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /Search for agents/ }).fill("run until");
  await look(page, "run-node-palette");
  await page.getByRole("option", { name: "Run until “Second”" }).click();
  await dialog.getByRole("textbox", { name: "topic" }).fill("wall");
  const before = runIdOf(page);
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL((url) => url.searchParams.get("run") !== before);
  await expect(state(page)).toHaveText("Completed");
  expect(await ran()).toEqual(["first", "in", "second"]);
});
