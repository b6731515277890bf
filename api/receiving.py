"""Receiving: a request to a webhook's address becomes a delivery that is kept, once; what it starts is dispatched elsewhere.

The order is what makes it safe: the address is known, the bytes are within the limit, the signature is over those bytes, and only
then are they read. An address that is unknown, deleted or badly formed answers alike, and counts as a guess.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from api.errors import Unauthenticated
from api.services import Services
from schema.db.deliveries import NewDelivery, Taken
from schema.db.webhooks import Opened, Webhook, Webhooks
from schema.errors import NotFound
from schema.webhooks import PROVIDERS, Received, event_of, key_of, read_payload

#: Bytes of the random part of an address: nobody guesses it.
TOKEN_BYTES: Final = 32
WEBHOOKS_PATH: Final = "/webhooks"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
#: Headers that are kept. The list says what is, not what is not: a sender may put a secret under any name.
_KEPT: Final = frozenset(
    {"content-type", "date", "idempotency-key", "user-agent", "webhook-id", "webhook-timestamp", "x-github-delivery",
     "x-github-event", "x-github-hook-id", "x-github-hook-installation-target-id", "x-github-hook-installation-target-type",
     "x-request-id", "x-slack-request-timestamp", "x-slack-retry-num", "x-slack-retry-reason", "x-webhook-event"}
)  # fmt: skip
_HEADER_CHARS_MAX: Final = 500


@dataclass(frozen=True)
class Answer:
    """What the sender is told; `taken` where something is to be dispatched."""

    body: Mapping[str, Any]
    status: int = 200
    webhook: Webhook | None = None
    taken: Taken | None = field(default=None)


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def url_of(services: Services, token: str) -> str:
    """Give the address that others call."""
    return f"{services.config.public_url.rstrip('/')}{WEBHOOKS_PATH}/{token}"


async def receive(
    services: Services, token: str, headers: Mapping[str, str], read: Callable[[], Awaitable[bytes]], ip: str
) -> Answer:
    """Take in what came to an address. `headers` have small names; `read` gives the body, within its limit.

    Raises NotFound for an address that is none, Unauthenticated for a signature that does not fit, TooManyRequests, and
    InvalidValue for a body that is not what it says it is.
    """
    webhook, opened = await _known(services, token, ip)
    provider, moment = PROVIDERS[webhook.provider], datetime.now(UTC)
    raw = Received(headers, await read())
    refusal = provider.refusal(raw, opened.in_force(moment), moment.timestamp())
    if refusal is not None:
        await services.throttle.take("address", ip)
        raise Unauthenticated(f"The request was not accepted: {refusal}.")
    await services.throttle.take("webhook", str(webhook.id))
    received = Received(headers, raw.body, read_payload(raw.header("content-type"), raw.body))
    reply = provider.reply(received)
    if reply is not None:
        return Answer(reply)
    if webhook.is_paused:
        return Answer({"status": "paused"}, 202)
    stores = services.of(webhook.tenant_id)
    stored = await stores.values.put(webhook.tenant_id, received.payload, "body")
    new = NewDelivery(
        tenant_id=webhook.tenant_id,
        webhook_id=webhook.id,
        key=key_of(provider, received, moment.timestamp()),
        event=event_of(provider, received),
        headers={name: value[:_HEADER_CHARS_MAX] for name, value in headers.items() if name in _KEPT},
        body=stored.to_wire(),
    )
    taken = await stores.deliveries.take(new)
    body = {"status": "accepted", "delivery": str(taken.id), "runs": [str(each) for each in taken.run_ids]}
    return Answer(body, 200, webhook, taken)


async def _known(services: Services, token: str, ip: str) -> tuple[Webhook, Opened]:
    # Who calls is known by the token alone: it says whose webhook it is, so this works as the owner of the tables.
    store = Webhooks(services.engine, services.vault)
    found = await store.by_token(token) if _TOKEN.fullmatch(token) else None
    if found is None:
        await services.throttle.take("address", ip)
        raise NotFound("There is no such webhook.")
    return found
