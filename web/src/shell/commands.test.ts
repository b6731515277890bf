import { describe, expect, it } from "vitest";
import { fitting, runIdIn } from "./commands";

const command = (label: string, group = "Screens", hint?: string) => ({ label, group, hint });

describe("the commands that fit", () => {
  it("are all where nothing was typed", () => {
    expect(fitting([command("Runs"), command("Library")], " ")).toHaveLength(2);
  });
  it("have every word somewhere", () => {
    const all = [command("Runs"), command("Run Demo agent", "Agents"), command("Demo agent", "Agents", "edit")];
    expect(fitting(all, "demo run").map((one) => one.label)).toEqual(["Run Demo agent"]);
    expect(fitting(all, "agents edit").map((one) => one.label)).toEqual(["Demo agent"]);
  });
  it("begin with those whose name begins so, then a word of it, then the rest", () => {
    const all = [command("Open library"), command("Sublime"), command("Library")];
    expect(fitting(all, "lib").map((one) => one.label)).toEqual(["Library", "Open library"]);
    expect(fitting([command("Aber"), command("Kaber"), command("x ab")], "ab").map((one) => one.label)).toEqual(["Aber", "x ab", "Kaber"]);
  });
});

describe("a run's id in what was pasted", () => {
  const uuid = "2f9c1c39-4a0c-5a0e-9a2b-0d5b9c5d7a11";
  const id = btoa(`Run:${uuid}`).replace(/=+$/, "");
  it("is found in a plain id and in what stands around it", () => {
    expect(runIdIn(` run/${uuid.toUpperCase()} `)).toBe(id);
  });
  it("is itself where it is one of ours, in an address, too", () => {
    expect(runIdIn(id)).toBe(id);
    expect(runIdIn(`http://127.0.0.1:8080/runs/${id}`)).toBe(id);
  });
  it("is none in words, and none for another kind of thing", () => {
    expect(runIdIn("daily report")).toBeNull();
    expect(runIdIn(btoa("Graph:something-long-enough").replace(/=+$/, ""))).toBeNull();
  });
});
