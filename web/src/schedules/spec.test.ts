import { expect, test } from "vitest";
import { fromLine, newSpec, readSpec, specWords, writeSpec } from "./spec";

const saved = { cron: [] as string[], calendars: [], intervalSeconds: null, offsetSeconds: 0, timezone: "Europe/Berlin", jitterSeconds: 0, startAt: null, endAt: null };

test("what is chosen from the list is one cron line in its time zone", () => {
  const form = { ...newSpec("Europe/Berlin"), time: "02:30" };
  expect(readSpec(form).spec).toMatchObject({ cron: ["30 2 * * *"], timezone: "Europe/Berlin", intervalSeconds: null });
  expect(readSpec({ ...form, kind: "weekdays" }).spec?.cron).toEqual(["30 2 * * 1-5"]);
  expect(readSpec({ ...form, kind: "monthly", day: "15" }).spec?.cron).toEqual(["30 2 15 * *"]);
  expect(readSpec({ ...form, kind: "hourly", minute: "5" }).spec?.cron).toEqual(["5 * * * *"]);
});

test.each(["30 2 * * *", "30 2 * * 1-5", "0 9 * * 3", "0 9 1 * *", "15 * * * *"])("the line %s comes back as the choice that it was", (line) => {
  const form = writeSpec({ ...saved, cron: [line] });
  expect(form.kind).not.toBe("custom");
  expect(readSpec(form).spec?.cron).toEqual([line]);
});

test("what the list does not have is kept as it is", () => {
  const form = writeSpec({ ...saved, cron: ["*/5 9-17 * * mon", "0 0 1 1 *"], intervalSeconds: 90 });
  expect(form.kind).toBe("custom");
  expect(readSpec(form).spec).toMatchObject({ cron: ["*/5 9-17 * * mon", "0 0 1 1 *"], intervalSeconds: 90 });
  expect(fromLine("0 9 1 * 1")).toBeNull();
  expect(specWords(form)).toBeNull();
});

test("an interval is shown in the largest unit that it is whole in", () => {
  const form = writeSpec({ ...saved, intervalSeconds: 7_200, offsetSeconds: 60 });
  expect([form.kind, form.every, form.unit, form.offset]).toEqual(["interval", "2", "hours", "60"]);
  expect(specWords(form)).toBe("Every 2 hours");
  expect(readSpec(form).spec).toMatchObject({ cron: [], intervalSeconds: 7_200, offsetSeconds: 60 });
});

test("what is wrong is told at its field, and nothing is asked", () => {
  expect(readSpec({ ...newSpec("UTC"), kind: "hourly", minute: "61" })).toMatchObject({ spec: null, errors: { minute: expect.any(String) } });
  expect(readSpec({ ...newSpec("UTC"), kind: "custom", every: "" }).errors.cron).toBeDefined();
  expect(readSpec({ ...newSpec("UTC"), startAt: "2026-02-01T00:00", endAt: "2026-01-01T00:00" }).errors.endAt).toBeDefined();
});
