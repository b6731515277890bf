import { expect, test } from "vitest";
import { readTexts, slugOf, writeTexts } from "./texts";

const form = { slug: "daily-news", name: " Daily news ", subheading: "", description: "", instructions: "", changes: "", categories: "News, writing, news", media: "https://x.test/a.png\nhttps://x.test/b.png" };

test("categories and pictures are lists, each once", () => {
  const { texts, errors } = readTexts(form, { needsSlug: true });
  expect(errors).toEqual({});
  expect(texts).toMatchObject({ name: "Daily news", categories: ["news", "writing"], media: ["https://x.test/a.png", "https://x.test/b.png"] });
});

test("what is wrong is told at its field", () => {
  const { errors } = readTexts({ ...form, name: "", slug: "Daily News", categories: "a,b,c,d,e,f", media: "http://x.test/a.png" }, { needsSlug: true });
  expect(Object.keys(errors).sort()).toEqual(["categories", "media", "name", "slug"]);
  expect(readTexts({ ...form, slug: "" }, { needsSlug: false }).errors).toEqual({});
});

test("an address is made of a title", () => {
  expect(slugOf("Überblick: Daily  News!")).toBe("uberblick-daily-news");
  expect(slugOf("x".repeat(80))).toHaveLength(60);
});

test("a new version begins with the texts of the last, without its changes", () => {
  const said = { name: "N", subheading: "S", description: "D", instructions: null, changes: "Faster", categories: ["a", "b"], media: [] };
  expect(writeTexts(said, { isNew: true })).toMatchObject({ name: "N", changes: "", categories: "a, b", instructions: "" });
  expect(writeTexts(said, { isNew: false }).changes).toBe("Faster");
});
