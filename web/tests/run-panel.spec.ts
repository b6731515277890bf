/** The panel of a run below the canvas: how high it is, and that what one looks at stays in sight. */
import type { Page } from "@playwright/test";
import { expect, expectAccessible, look, test } from "./fixtures";
import { around, makeAgent } from "./run-agents";
import { node, panel, start, state } from "./run-watch";

const edge = (page: Page) => page.getByRole("separator", { name: "Height of the run’s panel" });
const heightOf = async (page: Page): Promise<number> => (await panel(page).boundingBox())?.height ?? 0;

/** Whether a node lies whole above the panel. */
async function isSeen(page: Page, id: string): Promise<boolean> {
  const [box, canvas] = [await node(page, id).boundingBox(), await page.locator(".react-flow").boundingBox()];
  return !!box && !!canvas && box.y >= canvas.y - 1 && box.y + box.height <= canvas.y + canvas.height + 1;
}

test("the panel is made higher and lower by mouse and keyboard, is so after a reload, and the agent stays in sight", async ({ page, api, console }) => {
  void console;
  await page.setViewportSize({ width: 1360, height: 850 });
  const store = { id: "keep", block: "store" as const, title: "Keep" };
  const [nodes, links] = around(store, "input", "output");
  const more = ["a", "b", "c"].map((id) => ({ id, block: "store" as const, title: id, input: { input: id } }));
  const agent = await makeAgent(api, "Room", [...nodes, ...more], links);
  await page.goto(`/build/${agent.id}`);
  await start(page, { topic: "stone" });
  await expect(state(page)).toHaveText("Completed");
  for (const id of ["in", "out", "c"]) await expect.poll(() => isSeen(page, id), { message: id }).toBe(true);
  await expectAccessible(page);
  await look(page, "run-panel");
  const first = await heightOf(page);
  expect(first).toBeLessThan(240);

  const box = await edge(page).boundingBox();
  if (!box) throw new Error("The edge is not there.");
  await page.mouse.move(box.x + 200, box.y + 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 200, box.y - 158, { steps: 5 });
  await page.mouse.up();
  await expect.poll(() => heightOf(page)).toBe(first + 160);
  for (const id of ["in", "c"]) await expect.poll(() => isSeen(page, id), { message: id }).toBe(true);
  await edge(page).focus();
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => heightOf(page)).toBe(first + 136);
  await page.reload();
  await expect(state(page)).toHaveText("Completed");
  expect(await heightOf(page)).toBe(first + 136);
  await edge(page).press("Home");
  await expect(edge(page)).toHaveAttribute("aria-valuenow", "120");
  await look(page, "run-panel-low");

  // A view of one's own stays, but for the node that is chosen: that is brought back.
  await node(page, "c").click();
  await edge(page).press("End");
  await expect.poll(() => isSeen(page, "c")).toBe(true);
  await look(page, "run-panel-high");
});
