import { expect, test } from "vitest";
import { type Agent, choose, type Entry, join, NO_FOLDER, sorted, tree, within } from "./items";

const agent = (id: string, more: Partial<Agent> = {}): Agent =>
  ({ id, uuid: id, name: id, description: "", updatedAt: "2026-01-01", createdAt: "2026-01-01", activeVersion: null, folder: null, createdBy: null, ...more }) as Agent;
const entry = (graphId: string, more: Partial<Entry> = {}): Entry =>
  ({ id: `entry-${graphId}`, graphId, graphVersion: null, listingVersion: null, isUpdateAvailable: false, isAutoUpdated: true, isFavourite: false, isArchived: false, listing: null, ...more }) as Entry;
const names = (items: { agent: Agent }[]) => items.map((one) => one.agent.id);

test("an agent without an entry is shown, an archived one only among the archived", () => {
  const items = join([agent("a"), agent("b"), agent("c")], [entry("b", { isArchived: true }), entry("c", { isFavourite: true })]);
  expect(names(choose(items, "all", null, ""))).toEqual(["a", "c"]);
  expect(names(choose(items, "archived", null, ""))).toEqual(["b"]);
  expect(names(choose(items, "favourites", null, ""))).toEqual(["c"]);
});

test("a folder shows its own agents; a search finds in all folders, by every word", () => {
  const items = join([agent("Daily news", { folder: { id: "f" } }), agent("Weekly news")], []);
  expect(names(choose(items, "all", null, ""))).toEqual(["Daily news", "Weekly news"]);
  expect(names(choose(items, "all", NO_FOLDER, ""))).toEqual(["Weekly news"]);
  expect(names(choose(items, "all", "f", ""))).toEqual(["Daily news"]);
  expect(names(choose(items, "all", NO_FOLDER, "news DAILY"))).toEqual(["Daily news"]);
});

test("favourites stand first, whatever it is sorted by", () => {
  const items = join([agent("a", { updatedAt: "2026-03-01" }), agent("b", { updatedAt: "2026-02-01" }), agent("c")], [entry("c", { isFavourite: true })]);
  expect(names(sorted(items, "changed"))).toEqual(["c", "a", "b"]);
  expect(names(sorted(items, "name"))).toEqual(["c", "a", "b"]);
});

test("folders are a tree by name, each with the number of its own agents", () => {
  const folders = [{ id: "2", name: "Work" }, { id: "1", name: "Home" }, { id: "3", name: "Reports", parent: { id: "2" } }];
  expect(tree(folders, join([agent("a", { folder: { id: "3" } })], [])).map((one) => [one.name, one.depth, one.count])).toEqual([["Home", 0, 0], ["Work", 0, 0], ["Reports", 1, 1]]);
  expect([...within(folders, "2")]).toEqual(["2", "3"]);
});
