"""Webhooks in GraphQL: addresses that others call, what is attached to them, what came and what came of it; it changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.graphs import Graph, graph_of
from api.graphql.guard import query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.node import Node, add_finders
from api.graphql.people import Member, member_of
from api.graphql.presets import ChosenCredential, shown_inputs
from api.graphql.runs import Run, run_of
from api.graphql.values import Value, value_of
from api.receiving import url_of
from schema.access import Right
from schema.db.attachments import Attachment
from schema.db.deliveries import Delivery, Outcome, PageOf
from schema.db.webhooks import Opened
from schema.db.webhooks import Webhook as WebhookRow
from schema.webhooks import PROVIDERS


class WebhookProvider(StrEnum):
    """Whose signature a webhook's deliveries have."""

    GENERIC = "generic"
    STANDARD = "standard"
    GITHUB = "github"
    SLACK = "slack"
    TELEGRAM = "telegram"


assert {one.value for one in WebhookProvider} == set(PROVIDERS)
WebhookProviderEnum = strawberry.enum(
    WebhookProvider,
    name="WebhookProvider",
    description="Whose proof deliveries have: anybody's (a token, or an HMAC), Standard Webhooks, GitHub's, Slack's, Telegram's.",
)


@strawberry.type(
    description="What keeps a webhook, or something attached to it, from working; it goes when it works again."
)
class WebhookProblem:
    code: str
    message: str
    at: datetime = strawberry.field(description="When it was met last.")


def problem_of(said: Any) -> WebhookProblem | None:
    if said is None:
        return None
    return WebhookProblem(code=said["code"], message=said["message"], at=datetime.fromisoformat(said["at"]))


@strawberry.type(description="An agent, or a preset of one, that a webhook starts, in the name of who attached it.")
class WebhookAttachment(Node):
    row: strawberry.Private[Attachment]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("WebhookAttachment", self.row.id)

    @strawberry.field
    def webhook_id(self) -> strawberry.ID:
        return encode_id("Webhook", self.row.webhook_id)

    @strawberry.field
    def graph_id(self) -> strawberry.ID:
        return encode_id("Graph", self.row.graph_id)

    @strawberry.field(description="The agent; null once that is deleted.")
    async def graph(self, info: strawberry.Info) -> Graph | None:
        return await graph_of(info.context, self.row.graph_id)

    @strawberry.field(
        description="The version that it runs; null: the preset's, or the one that is active when a delivery comes."
    )
    def graph_version(self) -> int | None:
        return self.row.content.graph_version

    @strawberry.field
    def preset_id(self) -> strawberry.ID | None:
        preset = self.row.content.preset_id
        return None if preset is None else encode_id("Preset", preset)

    @strawberry.field(description="The input that takes what comes; null: the agent's trigger takes it.")
    def input_name(self) -> str | None:
        return self.row.content.input_name

    @strawberry.field(
        description="{input's name: value}; they go before the preset's. Of an input that is secret now, `***`."
    )
    async def inputs(self, info: strawberry.Info) -> JSON:
        agent = (self.row.graph_id, self.row.content.graph_version)
        return await shown_inputs(info.context, agent, self.row.content.inputs)

    @strawberry.field
    def credentials(self) -> list[ChosenCredential]:
        chosen = self.row.content.credentials
        return [ChosenCredential(key=key, credential_id=encode_id("Credential", each)) for key, each in chosen.items()]

    @strawberry.field(
        description="The events that it takes, such as `pull_request` or `pull_request.opened`; empty: all."
    )
    def events(self) -> list[str]:
        return list(self.row.content.events)

    @strawberry.field
    def is_paused(self) -> bool:
        return self.row.content.is_paused

    @strawberry.field(
        description="In whose name it runs: who attached or changed it last; their access and their credentials count. Null for "
        "one who has left."
    )
    async def runs_as(self, info: strawberry.Info) -> Member | None:
        return None if self.row.created_by is None else await member_of(info.context, self.row.created_by)

    @strawberry.field(description="Why its last delivery did not run.")
    def problem(self) -> WebhookProblem | None:
        return problem_of(self.row.problem)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at


@strawberry.type(description="What became of a delivery at an attachment: a run, or why there is none.")
class DeliveryRun:
    row: strawberry.Private[Outcome]

    @strawberry.field
    def attachment_id(self) -> strawberry.ID:
        return encode_id("WebhookAttachment", self.row.attachment_id)

    @strawberry.field(description="0: the delivery itself; above: its replays.")
    def replay(self) -> int:
        return self.row.replay

    @strawberry.field(description="Null: there is none yet, there is an error, or it was deleted.")
    async def run(self, info: strawberry.Info) -> Run | None:
        return None if self.row.run_id is None else await run_of(info.context, self.row.run_id)

    @strawberry.field
    def error(self) -> WebhookProblem | None:
        return problem_of(self.row.error)

    @strawberry.field(description="Whether it is still to be done.")
    def is_pending(self) -> bool:
        return self.row.done_at is None

    @strawberry.field(description="Who asked for the replay.")
    async def replayed_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.created_by is None else await member_of(info.context, self.row.created_by)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at


@strawberry.type(description="What came to a webhook, once under its sender's id.")
class WebhookDelivery(Node):
    row: strawberry.Private[Delivery]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("WebhookDelivery", self.row.id)

    @strawberry.field
    def webhook_id(self) -> strawberry.ID:
        return encode_id("Webhook", self.row.webhook_id)

    @strawberry.field(
        description="Under which it counts once: `id:` and the sender's id, or `body:` and the hash of the bytes."
    )
    def key(self) -> str:
        return self.row.key

    @strawberry.field(
        description="What happened, in the provider's words, such as `pull_request.opened`; empty: not said."
    )
    def event(self) -> str:
        return self.row.event

    @strawberry.field(description="The headers that are kept: none that proves or opens anything.")
    def headers(self) -> JSON:
        return JSON(dict(self.row.headers))

    @strawberry.field(description="What was sent, as an object.")
    def body(self) -> Value:
        return value_of(self.row.tenant_id, self.row.body.get("value"), self.row.body.get("handle"))

    @strawberry.field(description="How often it came again.")
    def repeats(self) -> int:
        return self.row.repeats

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="When each attachment had its run or its error; null: not yet.")
    def dispatched_at(self) -> datetime | None:
        return self.row.dispatched_at

    @strawberry.field(description="What became of it, at each attachment that takes it, and at each replay.")
    async def runs(self, info: strawberry.Info) -> list[DeliveryRun]:
        call: Call = info.context

        async def load(ids: Sequence[UUID]) -> dict[UUID, list[Outcome]]:
            return await call.stores.deliveries.outcomes(call.tenant, ids)

        rows = await call.loader("delivery runs", load).load(self.row.id)
        return [DeliveryRun(row=row) for row in rows or []]


@strawberry.type(
    description="An address that others call to start agents; independent of agents and of their versions."
)
class Webhook(Node):
    row: strawberry.Private[WebhookRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Webhook", self.row.id)

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field
    def provider(self) -> WebhookProviderEnum:  # type: ignore[valid-type]
        return WebhookProvider(self.row.provider)

    @strawberry.field(
        description="Where deliveries are sent. Who has it may try; null for callers without the right `credentials:write`."
    )
    async def url(self, info: strawberry.Info) -> str | None:
        call: Call = info.context
        if not call.principal.may(Right.WRITE_CREDENTIALS):
            return None

        async def load(ids: Sequence[UUID]) -> dict[UUID, Opened]:
            return await call.stores.webhooks.open(call.tenant, ids)

        opened = await call.loader("webhook url", load).load(self.row.id)
        return None if opened is None else url_of(call.services, opened.token)

    @strawberry.field(
        description="Whether each delivery must be signed. Where not, who has the address may start runs."
    )
    def is_signed(self) -> bool:
        return bool(self.row.config.get("is_signed", True))

    @strawberry.field(description="What the provider watches, such as the repository `owner/name`.")
    def resource(self) -> str | None:
        return self.row.config.get("resource")

    @strawberry.field(description="The events that the provider was asked to send; empty: all.")
    def events(self) -> list[str]:
        return list(self.row.config.get("events", []))

    @strawberry.field(
        description="The credential by which it is registered at the provider; null: it is entered there by hand."
    )
    def credential_id(self) -> strawberry.ID | None:
        return None if self.row.credential_id is None else encode_id("Credential", self.row.credential_id)

    @strawberry.field(description="Whether we registered it at the provider.")
    def is_registered(self) -> bool:
        return self.row.provider_hook_id is not None

    @strawberry.field(description="What is wrong at the provider.")
    def problem(self) -> WebhookProblem | None:
        return problem_of(self.row.problem)

    @strawberry.field(description="A paused one answers 202, and what comes is not kept.")
    def is_paused(self) -> bool:
        return self.row.is_paused

    @strawberry.field
    async def created_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.created_by is None else await member_of(info.context, self.row.created_by)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field
    def updated_at(self) -> datetime:
        return self.row.updated_at

    @strawberry.field(description="What it starts, each alone: what one cannot do keeps no other from running.")
    async def attachments(self, info: strawberry.Info) -> list[WebhookAttachment]:
        call: Call = info.context

        async def load(ids: Sequence[UUID]) -> dict[UUID, list[Attachment]]:
            return await call.stores.attachments.of_webhooks(call.tenant, ids)

        rows = await call.loader("webhook attachments", load).load(self.row.id)
        return [WebhookAttachment(row=row) for row in rows or []]

    @strawberry.field(description="What came, the newest first.")
    async def deliveries(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[WebhookDelivery]:
        call: Call = info.context
        size, key = page_size(first), decode_cursor("deliveries", after, datetime, UUID)

        async def load(asked: Sequence[PageOf]) -> dict[PageOf, list[Delivery]]:
            return await call.stores.deliveries.pages(call.tenant, asked, size + 1)

        place = None if key is None else (key[0], key[1])
        rows = await call.loader(f"deliveries {size} {after}", load).load((self.row.id, place))
        return connect(
            rows or [],
            size,
            lambda row: WebhookDelivery(row=row),
            lambda row: encode_cursor("deliveries", row.created_at, row.id),
            after=after,
        )


async def _webhook(call: Call, parts: list[str]) -> Webhook:
    return Webhook(row=await call.stores.webhooks.get(call.tenant, UUID(parts[0])))


async def _attachment(call: Call, parts: list[str]) -> WebhookAttachment:
    return WebhookAttachment(row=await call.stores.attachments.get(call.tenant, UUID(parts[0])))


async def _delivery(call: Call, parts: list[str]) -> WebhookDelivery:
    return WebhookDelivery(row=await call.stores.deliveries.get(call.tenant, UUID(parts[0])))


add_finders(
    {
        "Webhook": (Right.READ_RUNS, _webhook),
        "WebhookAttachment": (Right.READ_RUNS, _attachment),
        "WebhookDelivery": (Right.READ_RUNS, _delivery),
    }
)


@strawberry.type
class WebhooksQuery:
    @query(Right.READ_RUNS, "The organisation's webhooks, the newest first.")
    async def webhooks(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[Webhook]:
        call: Call = info.context
        size, key = page_size(first), decode_cursor("webhooks", after, datetime, UUID)
        rows = await call.stores.webhooks.page(call.tenant, size + 1, None if key is None else (key[0], key[1]))
        return connect(
            rows,
            size,
            lambda row: Webhook(row=row),
            lambda row: encode_cursor("webhooks", row.created_at, row.id),
            after=after,
        )

    @query(Right.READ_RUNS, "A webhook.")
    async def webhook(self, info: strawberry.Info, id: strawberry.ID) -> Webhook:
        call: Call = info.context
        return Webhook(row=await call.stores.webhooks.get(call.tenant, decode_uuid("Webhook", id)))

    @query(Right.READ_RUNS, "A delivery of a webhook: what came, and what became of it.")
    async def webhook_delivery(self, info: strawberry.Info, id: strawberry.ID) -> WebhookDelivery:
        call: Call = info.context
        return WebhookDelivery(row=await call.stores.deliveries.get(call.tenant, decode_uuid("WebhookDelivery", id)))
