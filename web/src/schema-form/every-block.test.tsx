/** Draws the form of every block of a stack, where one is named (DRYSTONE_WEB_URL, DRYSTONE_WEB_TOKEN): none may break, whatever its schema says. */
import { cleanup, render } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import type { Json, JsonObject, Schema } from "@/graph/document";
import { TooltipProvider } from "@/ui/Tooltip";
import { problemsOf, SchemaForm } from "./SchemaForm";
import { controlOf, emptyOf, resolve } from "./schema";

const { DRYSTONE_WEB_URL: url, DRYSTONE_WEB_TOKEN: token } = process.env;
type Block = { name: string; inputSchema: Schema; outputSchema: Schema };

// The test's page has no origin; the API knows it by the token.
type TestWindow = { happyDOM?: { settings: { fetch: { disableSameOriginPolicy: boolean } } } };
const { happyDOM } = window as unknown as TestWindow;
if (happyDOM) happyDOM.settings.fetch.disableSameOriginPolicy = true;

async function everyBlock(): Promise<Block[]> {
  const found: Block[] = [];
  for (let after: string | null = null, isMore = true; isMore; ) {
    const answer = await fetch(new URL("/graphql", url), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: "query($a:String){blocks(first:100,after:$a){nodes{name inputSchema outputSchema} pageInfo{hasNextPage endCursor}}}", variables: { a: after } }),
    });
    const { data } = (await answer.json()) as { data: { blocks: { nodes: Block[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } };
    found.push(...data.blocks.nodes);
    after = data.blocks.pageInfo.endCursor;
    isMore = data.blocks.pageInfo.hasNextPage;
  }
  return found;
}

const STRANGE: Json[] = [{ nested: [1, "two", null] }, [null, { a: 1 }], "text", 1.5];

const draw = (schema: Schema, value: JsonObject) =>
  render(<TooltipProvider><SchemaForm schema={schema} value={value} onChange={() => undefined} problems={problemsOf(schema, value)} isAdvancedShown /></TooltipProvider>);

afterEach(cleanup);

describe.skipIf(!url || !token)("every block of the stack", () => {
  test("has a form, empty and with a value in each field", async () => {
    const blocks = await everyBlock();
    expect(blocks.length).toBeGreaterThan(300);
    let turn = 0;
    for (const block of blocks) {
      for (const schema of [block.inputSchema, block.outputSchema]) {
        const fields = Object.entries(schema.properties ?? {}).filter(([name, one]) => controlOf(resolve(one, schema), schema, name) !== "credential");
        const { container, unmount } = draw(schema, {});
        expect(container.querySelectorAll("[data-field]").length, block.name).toBe(fields.length);
        unmount();
        const full = Object.fromEntries(fields.map(([name, one]) => [name, emptyOf(resolve(one, schema), schema)]));
        draw(schema, full).unmount();
        // A value of another shape than the schema's is shown, too: files come from anywhere.
        const strange = STRANGE[turn++ % STRANGE.length] as Json;
        draw(schema, Object.fromEntries(fields.map(([name]) => [name, strange]))).unmount();
      }
    }
  }, 600_000);
});
