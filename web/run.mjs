/**
 * `./run web`: builds the app into api/static, then watches: a dev server in front of the stack that runs.
 *
 *     ./run web            build, then watch at http://127.0.0.1:5173 (the API: DRYSTONE_API_URL, else http://127.0.0.1:8080)
 *     ./run web build      build only
 *     ./run web check      types, unit tests, and whether what is generated and built is of these sources
 *     ./run web install    the packages of package-lock.json only
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

function run(...command) {
  const { status } = spawnSync(command[0], command.slice(1), {
    cwd: here,
    stdio: "inherit",
    // No package of ours needs a browser of its own: tests use the system's Chromium.
    env: { ...process.env, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: "1" },
  });
  if (status !== 0) process.exit(status ?? 1);
}

const hashOf = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

function install() {
  const lock = hashOf(join(here, "package-lock.json"));
  const stamp = join(here, "node_modules", "drystone.stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error");
  writeFileSync(stamp, lock);
}

const tool = (name) => join(here, "node_modules", ".bin", name);
const codegen = () => run(tool("graphql-codegen"), "--config", "codegen.ts", "--silent");

function* generated(folder = join(here, "src")) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* generated(path);
    else if (entry.name.endsWith(".generated.ts")) yield path;
  }
}

const hashes = () => JSON.stringify([...generated()].sort().map((path) => [path, hashOf(path)]));

async function check() {
  const before = hashes();
  codegen();
  if (hashes() !== before) {
    console.error("The types of the operations were not of this schema: ./run web build makes them anew.");
    process.exit(1);
  }
  run(tool("tsc"), "--noEmit");
  run(tool("vitest"), "run");
  const { hashOfSources } = await import("./sources.mjs");
  const built = JSON.parse(readFileSync(join(here, "../api/static/build.json"), "utf8")).sources;
  if (built !== hashOfSources()) {
    console.error("api/static is not of these sources: ./run web build makes it anew.");
    process.exit(1);
  }
}

function build() {
  codegen();
  run(tool("tsc"), "--noEmit");
  run(process.execPath, "build.mjs");
}

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`The web app is built with Node.js 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}
const word = process.argv[2] ?? "watch";
install();
if (word === "check") await check();
else if (word === "build") build();
else if (word === "watch") {
  build();
  run(tool("vite"));
} else if (word !== "install") {
  console.error("./run web [build | check | install]");
  process.exit(2);
}
