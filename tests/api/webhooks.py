"""A client's operations on webhooks, and senders that sign as providers do, written apart from what verifies; no test is here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx2
import orjson

from api.graphql.ids import decode_uuid
from blocks.library.triggers import GenericWebhookTrigger
from schema.graph import Graph
from tests.api.running import echo, save
from tests.api.serving import Api, Client, Json, Organisation
from tests.durable.graphs import an_output, make_graph
from tests.durable.waiting import eventually

SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PROBLEMS = "errors { code message path }"
ATTACHMENT = (
    "id graphId graphVersion presetId inputName inputs events isPaused runsAs { email } problem { code message at }"
)
WEBHOOK = (
    "id name provider url isSigned resource events credentialId isRegistered isPaused problem { code message } "
    f"createdBy {{ email }} attachments {{ {ATTACHMENT} }}"
)
RUNS = "runs { attachmentId replay isPending run { id status trigger outputs { name values { json } } } error { code message } }"
DELIVERY = f"id webhookId key event headers body {{ json }} repeats dispatchedAt {RUNS}"
CREATE = (
    "mutation($input: CreateWebhookInput!) { createWebhook(input: $input) "
    f"{{ webhook {{ {WEBHOOK} }} url secret warning {PROBLEMS} }} }}"
)
ATTACH = (
    "mutation($input: AttachToWebhookInput!) { attachToWebhook(input: $input) "
    f"{{ attachment {{ {ATTACHMENT} }} warnings {PROBLEMS} }} }}"
)
UPDATE_ATTACHMENT = (
    "mutation($input: UpdateAttachmentInput!) { updateAttachment(input: $input) "
    f"{{ attachment {{ {ATTACHMENT} }} warnings {PROBLEMS} }} }}"
)
DETACH = f"mutation($id: ID!) {{ detachFromWebhook(id: $id) {{ isDone {PROBLEMS} }} }}"
ROTATE = (
    "mutation($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) "
    f"{{ webhook {{ problem {{ code message }} }} secret warning {PROBLEMS} }} }}"
)
RENAME = f"mutation($input: UpdateWebhookInput!) {{ updateWebhook(input: $input) {{ webhook {{ name }} {PROBLEMS} }} }}"
PAUSE = f"mutation($id: ID!) {{ pauseWebhook(id: $id) {{ webhook {{ isPaused }} {PROBLEMS} }} }}"
RESUME = f"mutation($id: ID!) {{ resumeWebhook(id: $id) {{ webhook {{ isPaused }} {PROBLEMS} }} }}"
DELETE = f"mutation($id: ID!) {{ deleteWebhook(id: $id) {{ isDone warning {PROBLEMS} }} }}"
REPLAY = (
    "mutation($input: ReplayDeliveryInput!) { replayDelivery(input: $input) "
    f"{{ replay delivery {{ {RUNS} }} {PROBLEMS} }} }}"
)
ONE = f"query($id: ID!) {{ webhook(id: $id) {{ {WEBHOOK} }} }}"
LIST = (
    "query($first: Int, $after: String) { webhooks(first: $first, after: $after) { nodes { id name } "
    "pageInfo { hasNextPage endCursor } } }"
)
DELIVERIES = (
    "query($id: ID!, $first: Int, $after: String) { webhook(id: $id) { deliveries(first: $first, after: $after) "
    f"{{ nodes {{ {DELIVERY} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
)
RUNS_OF_ALL = "query { runs(first: 100) { nodes { id trigger } } }"
ONE_DELIVERY = f"query($id: ID!) {{ webhookDelivery(id: $id) {{ {DELIVERY} }} }}"


class Sender:
    """Somebody who has the address of a webhook, and what it signs with."""

    def __init__(self, api: Api, url: str, provider: str, secret: str | None) -> None:
        self.path = url[url.index("/webhooks/") :]
        self.url, self.provider, self.secret = f"{api.url}{self.path}", provider, secret
        self._http = api.client().http

    async def send(
        self, payload: Any = None, *, headers: Mapping[str, str] | None = None, body: bytes | None = None, **how: Any
    ) -> httpx2.Response:
        """Send a delivery as its provider does; `how` is what `signed` takes."""
        content = orjson.dumps({"a": 1} if payload is None else payload) if body is None else body
        signed = {} if self.secret is None else signed_headers(self.provider, self.secret, content, **how)
        sent = {"content-type": "application/json", **signed, **dict(headers or {})}
        return await self._http.post(self.url, content=content, headers=sent)


def signed_headers(
    provider: str,
    secret: str,
    body: bytes,
    *,
    at: float | None = None,
    identity: str | None = None,
    event: str = "push",
) -> dict[str, str]:
    """Give the headers that a provider sends with a body."""
    moment, identity = str(int(time.time() if at is None else at)), identity or f"msg_{uuid4()}"
    if provider == "standard":
        key = base64.b64decode(secret.removeprefix("whsec_"))
        made = hmac.new(key, f"{identity}.{moment}.".encode() + body, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(made).decode()}"
        return {"webhook-id": identity, "webhook-timestamp": moment, "webhook-signature": signature}
    if provider == "slack":
        made = hmac.new(secret.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).digest()
        return {"x-slack-request-timestamp": moment, "x-slack-signature": f"v0={made.hex()}"}
    if provider == "telegram":
        return {"x-telegram-bot-api-secret-token": secret}
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if provider == "github":
        return {"x-hub-signature-256": f"sha256={digest}", "x-github-delivery": identity, "x-github-event": event}
    return {"x-webhook-signature": digest, "idempotency-key": identity}


async def create(client: Client, provider: str = "GENERIC", **fields: Any) -> Json:
    """Make a webhook; give the payload."""
    payload: Json = await client(CREATE, input={"name": "A hook", "provider": provider, **fields})
    assert payload["errors"] == [], payload
    return payload


def sender_of(api: Api, payload: Json, secret: str | None = None) -> Sender:
    provider = payload["webhook"]["provider"].lower()
    return Sender(api, payload["url"], provider, secret or payload["secret"])


async def attach(client: Client, webhook_id: str, graph_id: str | None, **fields: Any) -> Json:
    """Attach an agent; give the attachment."""
    asked = {"webhookId": webhook_id, **({} if graph_id is None else {"graphId": graph_id}), **fields}
    payload = await client(ATTACH, input=asked)
    assert payload["errors"] == [], payload
    found: Json = payload["attachment"]
    return found


async def deliveries(client: Client, webhook_id: str) -> list[Json]:
    return list((await client(DELIVERIES, id=webhook_id))["deliveries"]["nodes"])


async def with_agent(
    api: Api, owner: Organisation, graph: Graph | None = None, **fields: Any
) -> tuple[Json, Sender, Json]:
    """Make a webhook that starts an agent; give its payload, a sender and the attachment."""
    made = await create(owner.owner, fields.pop("provider", "GENERIC"))
    fields = {"inputName": "topic"} if graph is None else fields
    attached = await attach(
        owner.owner, made["webhook"]["id"], await save(api, owner, echo() if graph is None else graph), **fields
    )
    return made, sender_of(api, made), attached


def triggered(**constants: Any) -> Graph:
    """Give an agent that begins with a trigger, and gives what came."""
    return make_graph(
        {
            "hook": (GenericWebhookTrigger, {"constants": constants}),
            "out": an_output("got"),
            "too": an_output("constants"),
        },
        ["hook.payload -> out.value", "hook.constants -> too.value"],
    )


async def make_signed(client: Client, provider: str) -> Json:
    return await create(client, provider, **({"secret": SLACK_SECRET} if provider == "SLACK" else {}))


def signed_sender(api: Api, made: Json) -> Sender:
    return sender_of(api, made, SLACK_SECRET if made["webhook"]["provider"] == "SLACK" else None)


async def done(client: Client, webhook_id: str, count: int = 1) -> list[Json]:
    """Give the deliveries once there are so many, and each is dispatched; the oldest first."""

    async def all_done() -> list[Json]:
        rows = await deliveries(client, webhook_id)
        return rows[::-1] if len(rows) == count and all(row["dispatchedAt"] for row in rows) else []

    return list(await eventually(all_done, seconds=60))


async def repeats(client: Client, webhook_id: str, wanted: list[int]) -> None:
    """Wait until the deliveries, the oldest first, have come again so often: that is counted behind the answers."""

    async def are_counted() -> bool:
        return [row["repeats"] for row in (await deliveries(client, webhook_id))[::-1]] == wanted

    await eventually(are_counted, seconds=60)


async def run_ids(client: Client) -> set[str]:
    return {str(decode_uuid("Run", row["id"])) for row in (await client(RUNS_OF_ALL))["nodes"]}


# Things that belong to an organisation, for the matrix


async def make_webhook(_api: Api, owner: Organisation) -> str:
    return str((await create(owner.owner, isSigned=False))["webhook"]["id"])


async def make_attachment(api: Api, owner: Organisation) -> str:
    return str((await with_agent(api, owner))[2]["id"])


async def make_delivery(api: Api, owner: Organisation) -> str:
    made, sender, _ = await with_agent(api, owner)
    assert (await sender.send()).status_code == 200
    return str((await deliveries(owner.owner, made["webhook"]["id"]))[0]["id"])
