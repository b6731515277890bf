import { expect, test } from "vitest";
import { isFilm, isPicture, isShown } from "./media";

test("nothing but https is shown, and a page of films is a link", () => {
  expect(["http://x.test/a.png", "javascript:alert(1)", "data:image/png;base64,AA", "nonsense"].filter(isShown)).toEqual([]);
  expect(isPicture("https://x.test/a.png")).toBe(true);
  expect(isPicture("https://x.test/a.svg")).toBe(false);
  expect(isPicture("https://www.youtube.com/watch?v=1")).toBe(false);
  expect(isFilm("https://x.test/a.mp4?x=1")).toBe(true);
});
