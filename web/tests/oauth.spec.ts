/** Access at a service that people grant there: granted, taken back at the service, and connected again, at a service of the test's own. */
import { createServer } from "node:http";
import { endsAs, started } from "./asking";
import { type Api, expect, expectAccessible, look, test } from "./fixtures";

/** The one address that `./run browser` lets the stack reach, and at which it says that GitHub is; see tests/browser. */
const [HOST, PORT] = ["127.0.0.66", 8443] as const;
const LIST_ISSUES = "c215bfd7-0e57-4573-8f8c-f7d4963dcd74";

/** A service at which a person grants access by one click, and whose tokens are over at once: each use asks for new ones. */
async function service() {
  let isWithdrawn = false;
  let count = 0;
  const server = createServer((request, response) => {
    const address = new URL(request.url ?? "/", `http://${HOST}:${PORT}`);
    if (address.pathname === "/authorize") {
      const back = new URL(address.searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("state", address.searchParams.get("state") ?? "");
      back.searchParams.set("code", `code-${count}`);
      response.writeHead(200, { "content-type": "text/html" }).end(`<h1>Let Drystone in?</h1><a href="${back.href.replaceAll("&", "&amp;")}">Allow it</a>`);
      return;
    }
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      const isRefused = new URLSearchParams(body).get("grant_type") === "refresh_token" && isWithdrawn;
      const tokens = { access_token: `access-${++count}`, refresh_token: `refresh-${count}`, token_type: "bearer", expires_in: 5, scope: "repo" };
      response.writeHead(isRefused ? 400 : 200, { "content-type": "application/json" }).end(JSON.stringify(isRefused ? { error: "invalid_grant" } : tokens));
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(PORT, HOST, resolve));
  return {
    withdraw: () => (isWithdrawn = true),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An agent whose one node uses the credential, built here: an import would take the credential out of it. */
async function usingAgent(api: Api, uuid: string): Promise<string> {
  const node = { id: "read", block_id: LIST_ISSUES, input_default: { repo_url: "https://github.com/a/b", credentials: { id: uuid, provider: "github", type: "oauth2", title: "GitHub" } }, metadata: { position: { x: 0, y: 0 } } };
  const { createGraph } = await api.send("mutation($i: CreateGraphInput!) { createGraph(input: $i) { errors { message } graph { id draft { revision } } } }", { i: { name: "Reader", document: { nodes: [node], links: [] } } });
  const { id, draft } = createGraph.graph as { id: string; draft: { revision: number } };
  await api.send("mutation($i: PublishGraphInput!) { publishGraph(input: $i) { errors { message } version { id } } }", { i: { graphId: id, revision: draft.revision } });
  return id;
}

test("access that was taken back at the service is connected again, and the credential stays the same", async ({ page, api, console }) => {
  void console;
  test.setTimeout(180_000);
  const { oAuthProviders } = await api.send("{ oAuthProviders { name } }");
  test.skip(!(oAuthProviders as { name: string }[]).some((one) => one.name === "github"), "This stack knows no service for it; ./run browser makes one that does.");
  const github = await service();
  try {
    await page.goto("/credentials");
    await page.getByRole("button", { name: "New credential" }).first().click();
    const dialog = page.getByRole("dialog", { name: "New credential" });
    await dialog.getByLabel("Service").selectOption({ label: "GitHub" });
    await dialog.getByRole("checkbox", { name: "repo", exact: true }).check();
    const grant = async (button: ReturnType<typeof page.getByRole>) => {
      const [window] = await Promise.all([page.waitForEvent("popup"), button.click()]);
      await window.getByRole("link", { name: "Allow it" }).click();
    };
    await grant(dialog.getByRole("button", { name: "Sign in at GitHub" }));
    await expect(page.getByText("The credential is saved.")).toBeVisible();
    const row = page.getByRole("row", { name: /GitHub/ });
    const find = async () => (await api.send("{ credentials { nodes { id uuid endedAt updatedAt scopes } } }")).credentials.nodes as { id: string; uuid: string; endedAt: string | null; scopes: string[] }[];
    const [kept] = await find();
    expect(kept).toMatchObject({ endedAt: null, scopes: ["repo"] });

    github.withdraw();
    await endsAs(api, await started(api, await usingAgent(api, kept?.uuid ?? "")), "FAILED");
    await page.reload();
    await expect(row).toContainText("Refused");
    await look(page, "credentials-refused");
    await expectAccessible(page);
    await row.getByRole("button", { name: "Connect again" }).click();
    const again = page.getByRole("dialog", { name: /Connect .* again/ });
    await expect(again.getByText("It may: repo.")).toBeVisible();
    await grant(again.getByRole("button", { name: "Sign in at GitHub" }));
    await expect(page.getByText("GitHub is connected again.")).toBeVisible();
    await expect(row).not.toContainText("Refused");
    expect(await find()).toMatchObject([{ id: kept?.id, uuid: kept?.uuid, endedAt: null }]);
  } finally {
    github.close();
  }
});
