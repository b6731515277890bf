/** Each screen of an organisation that is in use: nothing overlaps, nothing is cut, all can be read, in light and in dark, on a laptop and where it matters on a phone. */
import { AxeBuilder } from "@axe-core/playwright";
import { test as base, type Page } from "@playwright/test";
import { type Api, expect, newOrganisation, signIn } from "./fixtures";
import { fill, type Filled } from "./filled";
import { flawsIn } from "./layout-checks";

let api: Api;
let filled: Filled;
const test = base;
test.beforeAll(async () => {
  test.setTimeout(120_000);
  api = await newOrganisation("Regional operations of the northern islands and ports");
  filled = await fill(api);
});

/** Where it is there to be looked at: the chunk and the data were read. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator("h1, h2").first().waitFor({ timeout: 10_000 });
  await expect(page.locator("[role=status] .animate-spin")).toHaveCount(0);
}

async function unreadableIn(page: Page): Promise<string[]> {
  const unreadable: string[] = [];
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
    const { violations } = await new AxeBuilder({ page }).withRules(["color-contrast"]).analyze();
    unreadable.push(...violations.flatMap((one) => one.nodes.map((node) => `${theme}: ${node.target.join(" ")} ${node.any[0]?.message ?? ""}`)));
  }
  return unreadable;
}

async function walk(page: Page, paths: string[], { isReadableToo = true } = {}): Promise<void> {
  const flaws: string[] = [];
  for (const path of paths) {
    await open(page, path);
    const here = [...(await flawsIn(page)), ...(isReadableToo ? await unreadableIn(page) : [])];
    if ((await page.title()) === "Drystone") here.push("the title does not say which screen it is");
    flaws.push(...here.map((one) => `${path}: ${one}`));
  }
  expect(flaws).toEqual([]);
}

const agentTabs = ["runs", "schedules", "triggers", "presets", "versions", "settings"];
const runTabs = ["canvas", "timeline", "outputs", "inputs", "log", "cost", "lineage", "orders"];
const tabs = (path: string, names: string[]) => names.map((name) => `${path}?tab=${name}`);

test("the screens of agents and of the marketplace", async ({ page }) => {
  await signIn(page, api.token);
  await walk(page, ["/library", "/schedules", ...tabs(`/library/${filled.agent}`, agentTabs), `/build/${filled.agent}`, "/marketplace", "/marketplace?own=1", `/marketplace/${filled.listing}`, `/marketplace/${filled.creator}`]);
});

test("the screens of runs and approvals", async ({ page }) => {
  await signIn(page, api.token);
  await walk(page, ["/runs", ...tabs(`/runs/${filled.values}`, runTabs), `/runs/${filled.failed}?tab=canvas&node=pick`, `/runs/${filled.retrying}?tab=canvas&node=fetch`, `/runs/${filled.asking}`, "/approvals", `/approvals?id=${filled.approval}`]);
});

test("the screens of keeping house", async ({ page }) => {
  await signIn(page, api.token);
  const settings = ["profile", "notices", "keys", "members", "organisations", "marketplace", "audit"].map((one) => `/settings/${one}`);
  await walk(page, ["/credentials", "/usage", ...settings, "/admin/fleet", "/admin/problems", `/admin/reviews/${filled.review}`, "/admin/listings"]);
});

test("on a phone: runs, approvals and what is opened without signing in", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await walk(page, [`/share/${filled.share}`, `/approve/${filled.approve}`, `/invitation/${filled.invitation}`, "/sign-in", "/share/nothing"]);
  await signIn(page, api.token);
  await walk(page, ["/runs", ...tabs(`/runs/${filled.values}`, runTabs), `/runs/${filled.failed}?tab=canvas&node=pick`, `/runs/${filled.asking}`, "/approvals", `/approvals?id=${filled.approval}`], { isReadableToo: false });
});

test("at twice the size of letters no screen scrolls sideways", async ({ page }) => {
  await signIn(page, api.token);
  await page.setViewportSize({ width: 680, height: 425 });
  await walk(page, ["/library", `/library/${filled.agent}`, "/marketplace", `/marketplace/${filled.listing}`, "/credentials", "/usage", "/settings/members", "/settings/audit", "/admin/fleet"], { isReadableToo: false });
});
