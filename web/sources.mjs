/** What the build in api/static is made of, and the hash of that. `tests/web/test_build.py` reckons the same without Node.js. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const SOURCES = ["src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts"];

function* files(path) {
  if (!statSync(join(here, path)).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(join(here, path))) yield* files(`${path}/${name}`);
}

const isTest = (path) => /\.test\.tsx?$/.test(path);

export function hashOfSources() {
  const hash = createHash("sha256");
  for (const path of SOURCES.flatMap((one) => [...files(one)]).filter((path) => !isTest(path)).sort()) {
    hash.update(`${path}\0`);
    hash.update(readFileSync(join(here, path)));
    hash.update("\0");
  }
  return hash.digest("hex");
}
