"""What runs wait for in GraphQL, and the events that came for them early; nothing is sent or changed here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.graphql.ids import encode_id
from api.graphql.node_executions import StateEnum, title_of
from api.graphql.values import Value, value_of
from schema.db.orders import Order
from schema.db.signals import Wait
from schema.states import State

#: Waits, and kept events, that one operation reads, of all its runs together.
WAITS_MAX: Final = 1_000


class WaitKind(StrEnum):
    """What is waited for, by the words of the rows."""

    TIMER = "timer"
    CHILD = "child"
    EVENT = "event"
    ANSWER = "answer"
    TOOLS = "tools"


WaitKindEnum = strawberry.enum(
    WaitKind,
    name="WaitKind",
    description="What is waited for: a moment, a run that the node started, a named event, a person's answer, or the nodes that it "
    "called as tools.",
)


@strawberry.type(description="What a node execution waits for. Nothing is held for it: no worker, no connection.")
class RunWait:
    row: strawberry.Private[Wait]

    @strawberry.field
    def kind(self) -> WaitKindEnum:  # type: ignore[valid-type]
        return WaitKind(self.row.waits_for["kind"])

    @strawberry.field(description="The event's name: what `signalRun` takes.")
    def name(self) -> str | None:
        found: str | None = self.row.waits_for.get("name")
        return found

    @strawberry.field(description="JSON Schema of the event's payload; null: anything.")
    def schema(self) -> JSON | None:
        found = self.row.waits_for.get("schema")
        return None if found is None else JSON(found)

    @strawberry.field(description="When the wait ends by itself; null: never.")
    def until(self) -> datetime | None:
        return self.row.until

    @strawberry.field
    def since(self) -> datetime | None:
        return self.row.since

    @strawberry.field(description="The node, as the graph's file names it.")
    def node_id(self) -> str:
        return self.row.node_id

    @strawberry.field(description="What the node is called.")
    async def title(self, info: strawberry.Info) -> str | None:
        return await title_of(info.context, self.row.plan_hash, self.row.node_id)

    @strawberry.field
    def node_execution_id(self) -> strawberry.ID:
        return encode_id("NodeExecution", self.row.run_id, self.row.execution)

    @strawberry.field(description="The run that the node started.")
    def child_run_id(self) -> strawberry.ID | None:
        return None if self.row.child_run_id is None else encode_id("Run", self.row.child_run_id)

    @strawberry.field(
        description="How that run stands: it, too, may be PAUSED or in REVIEW. Its `halts` and `waits` say why."
    )
    def child_status(self) -> StateEnum | None:  # type: ignore[valid-type]
        return None if self.row.child_status is None else State(self.row.child_status)


@strawberry.type(
    description="An event that came before anybody waited for it. The first that waits for its name gets it."
)
class KeptEvent:
    row: strawberry.Private[Order]

    @strawberry.field(description="The number of its order in the run.")
    def number(self) -> int:
        return self.row.number

    @strawberry.field
    def name(self) -> str:
        return str(self.row.detail["name"])

    @strawberry.field
    def payload(self) -> Value:
        value = self.row.value or {"value": None}
        return value_of(self.row.tenant_id, value.get("value"), value.get("handle"))

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at


async def waits_of(call: Call, run_id: UUID) -> list[RunWait]:
    """Give what a run waits for; the waits of all runs that one operation asks for are read at once."""

    async def load(runs: Sequence[UUID]) -> dict[UUID, list[Wait]]:
        return await call.stores.signals.waits(call.tenant, runs, WAITS_MAX)

    return [RunWait(row=row) for row in await call.loader("waits", load).load(run_id) or []]


async def kept_of(call: Call, run_id: UUID) -> list[KeptEvent]:
    """Give the events of a run that nobody has taken."""

    async def load(runs: Sequence[UUID]) -> dict[UUID, list[Order]]:
        return await call.stores.signals.kept(call.tenant, runs, WAITS_MAX)

    return [KeptEvent(row=row) for row in await call.loader("kept events", load).load(run_id) or []]
