/** An agent of the marketplace, found among the blocks, becomes a node. */
import { expect, expectAccessible, look, signIn, test } from "./fixtures";
import { importExample } from "./examples";
import { newPerson } from "./people";
import { makeAgent } from "./run-agents";

test("the palette finds an agent of the marketplace, says what it needs, adds it, and puts it on the canvas", async ({ page, api, console: _ }) => {
  test.setTimeout(120_000);
  const author = await newPerson(api, "Author");
  const name = `Wall finder ${Date.now() % 10_000_000}`;
  const graphId = await importExample(author, "researcher");
  const handle = `author-${Date.now() % 10_000_000}`;
  await author.send('mutation($h:String!){updateProfile(input:{handle:$h,name:"A waller"}){errors{message}}}', { h: handle });
  const made = await author.send("mutation($i:CreateListingInput!){createListing(input:$i){errors{message} listing{id versions{id}}}}", { i: { graphId, slug: `walls-${Date.now()}`, texts: { name, subheading: "Looks walls up.", description: "It reads.", categories: ["research"] } } });
  const versionId = made.createListing.listing.versions[0].id;
  const sent = await author.send("mutation($id:ID!){submitListing(id:$id){errors{message} version{submittedAt}}}", { id: versionId });
  await api.send("mutation($i:ReviewListingInput!){reviewListing(input:$i){errors{message}}}", { i: { versionId, submittedAt: sent.submitListing.version.submittedAt, decision: "APPROVE", comments: "" } });

  const agent = await makeAgent(api, "Uses another", [{ id: "in", block: "input", title: "Topic", input: { name: "topic" } }], [], { isPublished: false });
  await signIn(page, api.token, `/build/${agent.id}`);
  await page.getByRole("searchbox", { name: "Search blocks" }).fill(name);
  const market = page.getByRole("region", { name: "From the marketplace" });
  await expect(market.getByRole("listitem")).toHaveCount(1);
  await look(page, "build-market-found");
  await market.getByRole("button", { name }).click();
  const dialog = page.getByRole("dialog", { name });
  await expect(dialog.getByRole("region", { name: "Credentials" })).toContainText("an API key");
  await expect(dialog.getByRole("region", { name: "Costs" })).toBeVisible();
  await expectAccessible(page);
  await look(page, "build-market-needs");
  await dialog.getByRole("button", { name: "Add it to your library and the canvas" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator(".react-flow__node")).toHaveCount(2);
  await expect(page.getByRole("status", { name: "Draft" })).toHaveText("Saved");
  const { graph, library } = await api.send("query($g:ID!){graph(id:$g){draft{document}} library{nodes{name listing{creator{handle}}}}}", { g: agent.id });
  const node = graph.draft.document.nodes.find((one: { id: string }) => one.id !== "in");
  expect(Object.keys(node.input_default.input_schema.properties).length).toBeGreaterThan(0);
  expect(library.nodes.map((one: { listing: { creator: { handle: string } } | null }) => one.listing?.creator.handle)).toContain(handle);
  // Chosen again it is in the library already; and it stands among one's own agents.
  await page.getByRole("searchbox", { name: "Search blocks" }).fill(name);
  await market.getByRole("button", { name }).click();
  await dialog.getByRole("button", { name: "Put it on the canvas" }).click();
  await expect(page.locator(".react-flow__node")).toHaveCount(3);
});

test("the text about a block shows what it gives for what", async ({ page, api, console: _ }) => {
  const agent = await makeAgent(api, "Reads", [{ id: "in", block: "input", title: "Topic", input: { name: "topic" } }], [], { isPublished: false });
  await page.goto(`/build/${agent.id}`);
  await page.getByRole("searchbox", { name: "Search blocks" }).fill("calculator");
  await page.getByRole("complementary", { name: "Blocks" }).getByRole("button", { name: "Calculator", exact: true }).hover();
  await page.getByRole("button", { name: "About Calculator" }).click();
  const examples = page.getByRole("region", { name: "About Calculator" }).getByRole("region", { name: "Examples" });
  await expect(examples).toContainText("Given");
  await expect(examples).toContainText("It gives");
  await expectAccessible(page);
  await look(page, "build-block-examples");
});
