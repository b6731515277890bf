/** The examples of the repository, as agents of a test's organisation. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Api, Data } from "./fixtures";

export const exampleFile = (name: string): string => fileURLToPath(new URL(`../../examples/${name}.json`, import.meta.url));

/** Import an example; gives the agent's id. */
export async function importExample(api: Api, name: string, change: (document: Data) => Data = (document) => document): Promise<string> {
  const document = change(JSON.parse(readFileSync(exampleFile(name), "utf8")) as Data);
  const { importGraph } = await api.send("mutation($d: JSON!) { importGraph(input: {document: $d}) { errors { message } graph { id } } }", { d: document });
  return importGraph.graph.id as string;
}

/** Ask until it is so, or fail after ten seconds with what it was. */
export async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    if (Date.now() > end) throw new Error(`It never was so; the last answer: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
