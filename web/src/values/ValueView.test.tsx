import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import type { ShownValue } from "./kinds";
import { ValueView } from "./ValueView";

const show = (node: ReactNode) => render(<Tooltip.Provider>{node}</Tooltip.Provider>);
const inline = (json: unknown): ShownValue => ({ preview: String(json), size: 10, type: "string", isInline: true, json });
const apart = (size: number): ShownValue => ({ preview: '"the beg', size, type: "string", isInline: false, valueUrl: `http://api.example/values/v${size}` });

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("markup of an output is text, and its links lead to web addresses only", async () => {
  const { container } = show(<ValueView value={inline('# Hi\n\n<img src=x onerror="alert(1)"> [bad](javascript:alert(1)) [good](https://good.example) ![pixel](https://spy.example/p.png)')} />);
  const link = await screen.findByRole("link", { name: "good" });
  expect(link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
  expect(container.querySelector("img,script,iframe")).toBeNull();
  expect(screen.queryByRole("link", { name: "bad" })).toBeNull();
  expect(screen.getByRole("link", { name: "pixel" }).getAttribute("href")).toBe("https://spy.example/p.png");
});

test("a small value that is kept apart is fetched by itself, from this host", async () => {
  const fetched = vi.fn(async () => new Response(JSON.stringify("the beginning and the end")));
  vi.stubGlobal("fetch", fetched);
  show(<ValueView value={apart(2_000)} />);
  expect(await screen.findByText("the beginning and the end")).toBeTruthy();
  expect(fetched).toHaveBeenCalledWith("/values/v2000");
});

test("a large one waits until it is asked for", async () => {
  const fetched = vi.fn(async () => new Response(JSON.stringify([1, 2, 3])));
  vi.stubGlobal("fetch", fetched);
  show(<ValueView value={apart(3_000_000)} />);
  expect(fetched).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole("button", { name: "Show all 2.9 MB" }));
  expect(await screen.findByText("3 elements")).toBeTruthy();
});

test("what cannot be fetched says why, and can be tried again", async () => {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ detail: "This value is gone." }), { status: 404 }));
  show(<ValueView value={apart(2_001)} />);
  expect((await screen.findByRole("alert")).textContent).toBe("This value is gone.");
  expect(screen.getByRole("button", { name: /Show all/ })).toBeTruthy();
});
