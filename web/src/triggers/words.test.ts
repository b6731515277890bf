import { expect, test } from "vitest";
import { callHelp, namesIn, signalHelp } from "./words";

test("a signed call has the signature, an unsigned one needs none", () => {
  expect(callHelp("GENERIC", true, "https://x.test/webhooks/a", "s3").command).toContain("X-Webhook-Signature");
  expect(callHelp("GENERIC", true, "https://x.test/webhooks/a", "s3").command).toContain("SECRET='s3'");
  expect(callHelp("GENERIC", false, "https://x.test/webhooks/a").command).not.toContain("Signature");
});

test("where the provider is told by hand there is no command", () => {
  expect(callHelp("GITHUB", true, "https://x.test").command).toBeNull();
});

test("an event's name is safe in the address", () => {
  expect(signalHelp("https://x.test", "a", "order paid/2")).toContain("/events/order%20paid%2F2?");
});

test("names stand between commas or on lines, each once", () => {
  expect(namesIn("push, pull_request\npush\n")).toEqual(["push", "pull_request"]);
});
