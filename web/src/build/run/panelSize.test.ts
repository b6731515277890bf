import { expect, test } from "vitest";
import { HEIGHT, heightByKey, heightMax, heightWithin } from "./panelSize";

test("a height leaves room for the canvas, and for the panel's own head", () => {
  expect(heightWithin(10_000, 850)).toBe(heightMax(850));
  expect(heightWithin(1, 850)).toBe(HEIGHT.min);
  expect(heightWithin(300.4, 850)).toBe(300);
});

test("what is kept and is no number counts as nothing", () => {
  expect(heightWithin(Number("small"), 850)).toBe(HEIGHT.low);
});

test("arrows move the edge by a step, Home and End to the ends, and other keys are not the edge's", () => {
  expect(heightByKey("ArrowUp", 216, 850)).toBe(240);
  expect(heightByKey("ArrowDown", 125, 850)).toBe(HEIGHT.min);
  expect(heightByKey("End", 216, 850)).toBe(heightMax(850));
  expect(heightByKey("Home", 216, 850)).toBe(HEIGHT.min);
  expect(heightByKey("a", 216, 850)).toBeNull();
});
