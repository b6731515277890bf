/** Starting runs on the canvas and looking at them there; and the stack's workers, for tests that end one. */
import { readdirSync, readFileSync } from "node:fs";
import type { Page } from "@playwright/test";

export const panel = (page: Page) => page.getByRole("region", { name: "Run", exact: true });
export const state = (page: Page) => panel(page).getByRole("status", { name: "State of the run" });
export const node = (page: Page, id: string) => page.locator(`.react-flow__node[data-id="${id}"]`);
export const runIdOf = (page: Page): string => new URL(page.url()).searchParams.get("run") ?? "";

/** Press Run, fill the form, start; the canvas shows the run then. */
export async function start(page: Page, inputs: Record<string, string> = {}): Promise<string> {
  await page.getByRole("button", { name: "Run", exact: true }).click({ timeout: 20_000 });
  const dialog = page.getByRole("dialog", { name: /^Run / });
  for (const [name, value] of Object.entries(inputs)) await dialog.getByRole("textbox", { name }).fill(value);
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/[?&]run=/);
  return runIdOf(page);
}

/** The worker processes of the stack whose data folder is named: those of no other stack on this machine. */
export const workers = (): number[] => processes("deploy.worker_process");

/** The API's process of that stack. */
export const servers = (): number[] => processes("deploy.api_server");

function processes(module: string): number[] {
  const folder = process.env.DRYSTONE_WEB_DATA_DIR;
  if (!folder) return [];
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      return command.includes(module) && environment.includes(`DRYSTONE_DATA_DIR=${folder}`);
    } catch {
      return false;
    }
  });
}
