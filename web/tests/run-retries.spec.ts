import { expect, expectAccessible, look, test } from "./fixtures";
import { around, makeAgent } from "./run-agents";
import { answering } from "./run-servers";
import { node, panel, start, state } from "./run-watch";

const asking = (retry: Record<string, unknown>) => around({ id: "ask", block: "request", title: "Ask", retry }, "url", "response");

test("a service that is busy twice is asked again: attempts, error and countdown show on the node, and then what it gave", async ({ page, api, console }) => {
  void console;
  const { url, asked, close } = await answering(503, 503, 200);
  try {
    const [nodes, links] = asking({ attempts: 4, first_wait_seconds: 12, backoff: 1 });
    const agent = await makeAgent(api, "Asks again", nodes, links);
    await page.goto(`/build/${agent.id}`);
    await start(page, { topic: url });
    await expect(node(page, "ask").getByText(/Attempt 2, next try in \d/)).toBeVisible();
    await expect(node(page, "ask").getByText(/503/)).toBeVisible();
    await node(page, "ask").click();
    await expect(panel(page).getByText(/Attempt \d begins in \d/)).toBeVisible();
    await expectAccessible(page);
    await look(page, "run-busy");
    await expect(state(page)).toHaveText("Completed", { timeout: 60_000 });
    expect(asked()).toBe(3);
    await expect(node(page, "ask").getByText(/503/)).toHaveCount(0);
    const attempts = panel(page).getByRole("region", { name: "Attempts" });
    await expect(attempts.getByText(/^Attempt \d$/)).toHaveCount(3);
    await expect(attempts.getByText(/503/)).toHaveCount(2);
    await panel(page).getByRole("tab", { name: "Outputs" }).click();
    await expect(panel(page).getByRole("region", { name: "Output result" })).toContainText("dry");
  } finally {
    close();
  }
});

test("the run page shows the same, and who does not want to wait has the next attempt begin now", async ({ page, api, console }) => {
  void console;
  const { url, close } = await answering(503, 200);
  try {
    const [nodes, links] = asking({ attempts: 3, first_wait_seconds: 600, longest_wait_seconds: 600, backoff: 1 });
    const agent = await makeAgent(api, "Impatient", nodes, links);
    const { id } = (await api.send("mutation($g:ID!,$i:JSON!){startRun(input:{graphId:$g,inputs:$i}){errors{message} run{id}}}", { g: agent.id, i: { topic: url } })).startRun.run;
    await page.goto(`/runs/${id}?node=ask`);
    await expect(node(page, "ask").getByText(/Attempt 2, next try in \d/)).toBeVisible();
    await expect(node(page, "ask").getByText(/503/)).toBeVisible();
    const aside = page.getByRole("complementary", { name: "The node Ask" });
    await expect(aside.getByText(/Attempt 2 begins in \d/)).toBeVisible();
    await look(page, "run-page-busy");
    await aside.getByRole("button", { name: "Try again now" }).click();
    await page.getByRole("tab", { name: "Outputs" }).click();
    await expect(page.getByRole("tabpanel", { name: "Outputs" })).toContainText("dry", { timeout: 30_000 });
  } finally {
    close();
  }
});
