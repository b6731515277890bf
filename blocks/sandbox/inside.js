// Runs JavaScript cells inside the sandbox, in one global scope, and reports on a descriptor what came of the last one.
// Started by inside.py: node inside.js DESCRIPTOR. Whatever it reports may be forged by the code, and is read as such.
"use strict";
const fs = require("fs");
const { createRequire } = require("module");
const util = require("util");
const vm = require("vm");

const report = Number(process.argv[2]);
const request = JSON.parse(fs.readFileSync(`${__dirname}/request.json`, "utf8"));
const inspect = { depth: 6, maxArrayLength: 1000, maxStringLength: 1_000_000 };

function shown(value) {
  const found = { is_main_result: true, text: typeof value === "string" ? value : util.inspect(value, inspect) };
  if (value !== null && typeof value === "object") {
    try {
      const text = JSON.stringify(value);
      if (text !== undefined && text.length <= request.bounds.text_chars) found.json = JSON.parse(text);
    } catch {
      // It is no JSON; its text is there.
    }
  }
  return found;
}

function described(error) {
  if (!(error instanceof Error) && !(error && error.stack)) {
    return { type: "Error", message: util.inspect(error, inspect), trace: "" };
  }
  const lines = String(error.stack).split("\n").filter((line) => !/\(node:|at node:|inside\.js|node:internal/.test(line));
  return { type: String(error.name), message: String(error.message), trace: lines.join("\n").slice(0, 6000) };
}

async function run() {
  globalThis.require = createRequire(`${process.cwd()}/`);
  const speak = [process.stdout.write, process.stderr.write];
  const silent = (_data, encoding, done) => ((done ?? encoding)?.call?.(), true);
  process.stdout.write = process.stderr.write = silent;
  let value;
  for (const [index, source] of request.cells.entries()) {
    const isLast = index === request.cells.length - 1;
    if (isLast) [process.stdout.write, process.stderr.write] = speak;
    value = await vm.runInThisContext(source, { filename: isLast ? "<code>" : `<step ${index + 1}>` });
  }
  return value === undefined || value === null ? [] : [shown(value)];
}

// What the code began (timers, promises) is waited for, as node does; what it reports is the state at the end.
let told = { results: [] };
process.on("exit", (status) => {
  if (status !== 0 && !told.error) {
    told = { error: { type: "Exit", message: `the code ended its own process with status ${status}`, trace: "" } };
  }
  fs.writeFileSync(report, JSON.stringify(told));
});
process.on("uncaughtException", (error) => {
  told = { error: described(error) };
  process.exit(1);
});
run().then(
  (results) => { if (!told.error) told = { results }; },
  (error) => { told = { error: described(error) }; process.exit(1); },
);
