/** How a credential stands, in words. */
import type { Tone } from "@/ui/Status";
import type { CredentialPartsFragment } from "./credentials.generated";

type Kept = Pick<CredentialPartsFragment, "type" | "endedAt" | "expiresAt" | "usedAt">;

export type CredentialState = { word: string; tone: Tone; text: string; isBroken: boolean };

export function stateOf(credential: Kept, now: number = Date.now()): CredentialState {
  if (credential.endedAt) {
    const again = credential.type === "OAUTH2" ? "Connect it again." : "Replace its secret.";
    return { word: "Refused", tone: "danger", text: `Its provider refuses it. ${again}`, isBroken: true };
  }
  // A token that was granted is renewed before it is needed: that its time is over is then no news.
  if (credential.expiresAt && new Date(credential.expiresAt).getTime() < now) {
    return credential.type === "OAUTH2"
      ? { word: "Renewed when used", tone: "neutral", text: "Its token has ended. It is renewed when a node needs it, where its provider allows.", isBroken: false }
      : { word: "Expired", tone: "warn", text: "Its time is over. Replace its secret.", isBroken: true };
  }
  return { word: "In force", tone: "ok", text: "It can be used.", isBroken: false };
}

/** Those whose name, service, person or last characters have what was typed. */
export function named<Item extends Pick<CredentialPartsFragment, "title" | "provider" | "last4" | "owner">>(credentials: Item[], typed: string, titleOf: (provider: string) => string): Item[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return credentials.filter((one) => {
    const text = [one.title, one.provider, titleOf(one.provider), one.last4 ?? "", one.owner?.name ?? ""].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
