// Drives the API as a JavaScript client does: fetch for operations, graphql-ws for the subscription. Prints one JSON document.
import { readFileSync } from "node:fs";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, email, password, file] = process.argv.slice(2);

async function ask(query, variables, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const document = await answer.json();
  if (document.errors) throw new Error(JSON.stringify(document.errors));
  return document.data;
}

const { signIn } = await ask(
  "mutation($input: SignInInput!) { signIn(input: $input) { token errors { code } } }",
  { input: { email, password } },
);
const token = signIn.token;
const { importGraph } = await ask(
  "mutation($document: JSON!) { importGraph(input: { document: $document }) { graph { id } errors { code message } } }",
  { document: JSON.parse(readFileSync(file, "utf8")) },
  token,
);
const { startRun } = await ask(
  "mutation($input: StartRunInput!) { startRun(input: $input) { run { id } errors { code message } } }",
  { input: { graphId: importGraph.graph.id, inputs: { Input: 8 } } },
  token,
);

const client = createClient({
  url: url.replace("http", "ws"),
  webSocketImpl: WebSocket,
  connectionParams: { authorization: `Bearer ${token}` },
});
const events = [];
const subscription = client.iterate({
  query: "subscription($run: ID!) { runEvents(runId: $run) { __typename cursor ... on RunMoved { status } } }",
  variables: { run: startRun.run.id },
});
for await (const { data, errors } of subscription) {
  if (errors) throw new Error(JSON.stringify(errors));
  events.push(data.runEvents);
}
await client.dispose();

const { run } = await ask(
  "query($id: ID!) { run(id: $id) { status outputs { name values { json } } } }",
  { id: startRun.run.id },
  token,
);
console.log(JSON.stringify({ events, run }));
