import { defineConfig } from "@playwright/test";

// `./run browser` starts a stack of its own and says where it is; see tests/fixtures.ts.
export default defineConfig({
  testDir: "tests",
  testMatch: "**/*.spec.ts",
  fullyParallel: false,
  workers: 1,
  // Chromium itself fails a page when an interface of the machine comes or goes (ERR_NETWORK_CHANGED); what passes only then is told as flaky.
  retries: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  outputDir: process.env.DRYSTONE_BROWSER_OUT ?? "../.drystone/browser",
  use: {
    baseURL: process.env.DRYSTONE_WEB_URL ?? "http://127.0.0.1:8080",
    viewport: { width: 1360, height: 850 },
    screenshot: "only-on-failure",
    trace: "off",
    launchOptions: {
      executablePath: process.env.DRYSTONE_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
