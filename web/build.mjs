/** Builds the app into ../api/static, with build.json, which says what it was built from. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { hashOfSources } from "./sources.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

process.chdir(here);
await build();
writeFileSync(join(here, "../api/static/build.json"), `${JSON.stringify({ sources: hashOfSources() })}\n`);
