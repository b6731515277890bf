/** What webhooks are, in words, and how to call one. Pure. */
import type { WebhookProvider } from "@/data/schema.generated";

export const PROVIDERS: Record<WebhookProvider, { title: string; help: string; makesSecret: boolean }> = {
  GENERIC: { title: "Any program", help: "It signs each body with the secret, or sends a token.", makesSecret: false },
  STANDARD: { title: "Standard Webhooks", help: "For senders that follow standardwebhooks.com.", makesSecret: false },
  GITHUB: { title: "GitHub", help: "Enter the address and the secret in the repository’s settings, or choose a credential and it is done there for you.", makesSecret: false },
  SLACK: { title: "Slack", help: "Slack makes the secret: it is the signing secret of your app.", makesSecret: true },
  TELEGRAM: { title: "Telegram", help: "Tell Telegram the address and the secret by its setWebhook method.", makesSecret: false },
};

export type CallHelp = { text: string; command: string | null };

const BODY = `BODY='{"type": "order.paid", "id": 7}'`;

/** How to call an address, with a command to try where that makes sense. */
export function callHelp(provider: WebhookProvider, isSigned: boolean, url: string, secret = "…"): CallHelp {
  if (provider === "GENERIC" && !isSigned) {
    return {
      text: "The address is the only proof. An Idempotency-Key makes it safe to send the same again.",
      command: `curl -s '${url}' \\\n  -H 'Content-Type: application/json' -H 'Idempotency-Key: order-7' \\\n  -d '{"type": "order.paid", "id": 7}'`,
    };
  }
  if (provider === "GENERIC") {
    return {
      text: "The signature is the HMAC-SHA256 of the body. An Idempotency-Key makes it safe to send the same again.",
      command: `SECRET='${secret}'\n${BODY}\nSIGNATURE=$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)\ncurl -s '${url}' \\\n  -H 'Content-Type: application/json' -H 'Idempotency-Key: order-7' \\\n  -H "X-Webhook-Signature: $SIGNATURE" -d "$BODY"`,
    };
  }
  if (provider === "STANDARD") {
    return {
      text: "The id, the time and the body are signed, as Standard Webhooks says.",
      command: `KEY=$(printf %s '${secret}' | sed s/^whsec_// | base64 -d | xxd -p -c 256)\n${BODY}\nID=msg-7 TIME=$(date +%s)\nSIGNATURE=$(printf '%s.%s.%s' "$ID" "$TIME" "$BODY" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$KEY -binary | base64)\ncurl -s '${url}' -H 'Content-Type: application/json' \\\n  -H "webhook-id: $ID" -H "webhook-timestamp: $TIME" -H "webhook-signature: v1,$SIGNATURE" -d "$BODY"`,
    };
  }
  if (provider === "TELEGRAM") {
    return {
      text: "Telegram is told the address and the secret once, with the token of your bot.",
      command: `curl -s "https://api.telegram.org/bot$TOKEN/setWebhook" \\\n  -d url='${url}' -d secret_token='${secret}'`,
    };
  }
  if (provider === "GITHUB") return { text: "In the repository: Settings, Webhooks, Add webhook. Enter the address, the secret, and application/json as the content type.", command: null };
  return { text: "In your Slack app: Event Subscriptions, Request URL. Enter the address; Slack asks it at once, and gets its answer.", command: null };
}

/** How a program sends an event to the one open run of an agent under a key. */
export function signalHelp(origin: string, agentId: string, event: string): string {
  return `curl -s -X POST '${origin}/agents/${agentId}/events/${encodeURIComponent(event)}?key=customer-7' \\\n  -H "Authorization: Bearer $API_KEY" -H 'Idempotency-Key: order-7' \\\n  -d '{"amount": 12}'`;
}

/** Names that stand between commas or on lines of their own. */
export const namesIn = (text: string): string[] => [...new Set(text.split(/[\n,]/).map((one) => one.trim()).filter(Boolean))];
