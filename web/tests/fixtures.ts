/**
 * What every browser test has: a new organisation of its own, a page that is signed in there, and GraphQL in the same name.
 * A test fails where the page writes an error or a warning to the console, unless it says which it expects.
 */
import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

export type Data = Record<string, any>;
export type Api = {
  token: string;
  organisationId: string;
  /** Send an operation; throws on any error, also on those in a mutation's payload. */
  send: (query: string, variables?: Data) => Promise<Data>;
};

const url = (path: string) => new URL(path, process.env.DRYSTONE_WEB_URL ?? "http://127.0.0.1:8080").href;

async function sendAs(token: string, query: string, variables: Data = {}): Promise<Data> {
  const answer = await fetch(url("/graphql"), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as { data?: Data; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  const refused = Object.values(data ?? {}).flatMap((one) => (one as Data)?.errors ?? []);
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  return data as Data;
}

/** A new organisation whose owner is the stack's first owner, who reviews listings, too. */
export async function newOrganisation(name = "Browser"): Promise<Api> {
  const owner = process.env.DRYSTONE_WEB_TOKEN;
  if (!owner) throw new Error("DRYSTONE_WEB_TOKEN must have the first owner's session token; ./run browser sets it.");
  const made = await sendAs(owner, "mutation($n:String!){createOrganisation(input:{name:$n}){errors{message} organisation{id}}}", {
    n: `${name} ${Date.now() % 1_000_000}`,
  });
  const organisationId = made.createOrganisation.organisation.id as string;
  const entered = await sendAs(owner, "mutation($id:ID!){switchOrganisation(id:$id){errors{message} token}}", { id: organisationId });
  const token = entered.switchOrganisation.token as string;
  return { token, organisationId, send: (query, variables) => sendAs(token, query, variables) };
}

/** Sign a page in with a token, as the link of `./run demo` does. */
export async function signIn(page: Page, token: string, path = "/library"): Promise<void> {
  await page.goto(`/sign-in?next=${encodeURIComponent(path)}#token=${token}`);
  await page.waitForURL((now) => now.pathname === path.split("?")[0]);
}

/** Fail where axe finds something serious. Call it on each screen, in each of its states. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter((one) => one.impact === "serious" || one.impact === "critical");
  expect(serious.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 5).join(", ")}`)).toEqual([]);
}

/** Take a screenshot in light and in dark, into DRYSTONE_SHOTS where that is set: for a person to look at. */
export async function look(page: Page, name: string): Promise<void> {
  const folder = process.env.DRYSTONE_SHOTS;
  if (!folder) return;
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: `${folder}/${name}-${theme}.png` });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

type Fixtures = { api: Api; console: { allow: (pattern: RegExp) => void } };

export const test = base.extend<Fixtures>({
  api: async ({}, use) => {
    await use(await newOrganisation());
  },
  console: async ({ page }, use) => {
    const allowed: RegExp[] = [];
    const said: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") said.push(message.text());
    });
    page.on("pageerror", (error) => said.push(`uncaught: ${error.message}`));
    await use({ allow: (pattern) => allowed.push(pattern) });
    expect(said.filter((text) => !allowed.some((pattern) => pattern.test(text)))).toEqual([]);
  },
  page: async ({ page, api }, use) => {
    await signIn(page, api.token);
    await use(page);
  },
});

export { expect };
