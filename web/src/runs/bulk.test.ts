import { expect, test } from "vitest";
import { eachOf, sortedFor } from "./bulk";

const row = (id: string, status: "RUNNING" | "COMPLETED" | "PAUSED") => ({ id, status, agentName: id });

test("an action is done to those that it fits, and the others are told why not", () => {
  const { fitting, refused } = sortedFor("cancel", [row("a", "RUNNING"), row("b", "COMPLETED"), row("c", "PAUSED")]);
  expect(fitting.map((one) => one.id)).toEqual(["a", "c"]);
  expect(refused).toEqual([{ id: "b", ofId: "b", name: "b", isDone: false, message: "It is over already." }]);
  expect(sortedFor("delete", [row("a", "RUNNING")]).fitting).toEqual([]);
});

test("many are done a few at a time, and their results keep their order", async () => {
  let running = 0;
  let most = 0;
  const act = async (item: number) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running -= 1;
    return item * 2;
  };
  expect(await eachOf([1, 2, 3, 4, 5, 6, 7], act, 3)).toEqual([2, 4, 6, 8, 10, 12, 14]);
  expect(most).toBeLessThanOrEqual(3);
});
