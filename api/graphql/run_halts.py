"""Halts and orders in GraphQL: why a run does not go on, and what it was told; nothing is given or changed here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.ids import encode_id
from api.graphql.node_executions import title_of
from api.graphql.people import Member, member_of
from schema.db.halts import HaltRecord
from schema.db.orders import Order as OrderRow
from schema.db.orders import OrdersWanted
from schema.db.run_contents import INTEGER_MAX

#: Halts that one operation reads, of all its runs together.
HALTS_MAX: Final = 1_000


class HaltKind(StrEnum):
    """Why something halts, by the words of `workflows.engine.events`."""

    OPERATOR = "operator"
    BUDGET = "budget"
    MISSING_CREDENTIAL = "missing credential"
    PROVIDER_DOWN = "provider down"
    FAILED_NODE = "failed node"
    CONTRACT = "contract"


class OrderOutcome(StrEnum):
    """What became of an order."""

    APPLIED = "APPLIED"
    KEPT = "KEPT"
    REFUSED = "REFUSED"


HaltKindEnum = strawberry.enum(
    HaltKind,
    name="HaltKind",
    description="Why something halts: an operator paused it, a limit was met, a credential is missing, a provider does not answer, "
    "a node failed, or a block takes or gives something else than when the run was made.",
)
OrderOutcomeEnum = strawberry.enum(
    OrderOutcome,
    name="OrderOutcome",
    description="KEPT is an event that nobody waits for yet. APPLIED and REFUSED never change.",
)


@strawberry.type(
    description="Why a run does not go on, or one node execution of it while the others do. Each is ended by itself."
)
class RunHalt:
    row: strawberry.Private[HaltRecord]

    @strawberry.field(description="Its number in the run.")
    def number(self) -> int:
        return self.row.number

    @strawberry.field(
        description="By which `resumeRun` ends one of an operator's: operator/N. Others: parent, budget, wall time, node/N."
    )
    def key(self) -> str:
        return self.row.key

    @strawberry.field
    def kind(self) -> HaltKindEnum:  # type: ignore[valid-type]
        return HaltKind(self.row.kind)

    @strawberry.field(
        description="From a closed list, such as PAUSED, BUDGET_EXCEEDED or the code of a node's failure."
    )
    def code(self) -> str:
        return self.row.code

    @strawberry.field
    def message(self) -> str:
        return self.row.message

    @strawberry.field(description="The node, as the graph's file names it; null where the whole run halts.")
    def node_id(self) -> str | None:
        return self.row.node_id

    @strawberry.field(description="What the node is called.")
    async def title(self, info: strawberry.Info) -> str | None:
        return None if self.row.node_id is None else await title_of(info.context, self.row.plan_hash, self.row.node_id)

    @strawberry.field(
        description="The execution that waits: what `retryNode` and the others take; null where the whole run halts."
    )
    def node_execution_id(self) -> strawberry.ID | None:
        number = self.row.execution
        return None if number is None else encode_id("NodeExecution", self.row.run_id, number)

    @strawberry.field
    def since(self) -> datetime:
        return self.row.set_at

    @strawberry.field(description="Who paused it; null for what no person did.")
    async def set_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.set_by is None else await member_of(info.context, self.row.set_by)

    @strawberry.field(description="When it ended; null while it halts.")
    def cleared_at(self) -> datetime | None:
        return self.row.cleared_at

    @strawberry.field(description="Who ended it; null for what no person did.")
    async def cleared_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.cleared_by is None else await member_of(info.context, self.row.cleared_by)

    @strawberry.field(
        description="The word that ended it: resume, raise, retry, skip, edit, fail; or end, with the run's own end."
    )
    def answer(self) -> str | None:
        return self.row.answer


@strawberry.type(
    description="What a run was told while it ran. It is delivered once, in the order of the numbers, whatever happens."
)
class Order:
    row: strawberry.Private[OrderRow]

    @strawberry.field(
        description="Its number in the run, from 1; an event that came by Temporal itself counts down from -1."
    )
    def number(self) -> int:
        return self.row.number

    @strawberry.field(description="pause, resume, limits, event, answer, retry, skip, edit or fail.")
    def word(self) -> str:
        return self.row.word

    @strawberry.field(
        description="What goes with it: a reason, a mode, limits, a name. Values that it carries are not shown."
    )
    def detail(self) -> JSON:
        return JSON({key: value for key, value in self.row.detail.items() if key != "execution"})

    @strawberry.field(description="The node execution that it is for.")
    def node_execution_id(self) -> strawberry.ID | None:
        number = self.row.detail.get("execution")
        return None if number is None else encode_id("NodeExecution", self.row.run_id, number)

    @strawberry.field(description="Who gave it; null for what no person gave.")
    async def created_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.created_by is None else await member_of(info.context, self.row.created_by)

    @strawberry.field(description="By which way it came: api, link, webhook, temporal or system.")
    def source(self) -> str:
        return self.row.source

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="Null: the run has not taken it yet.")
    def outcome(self) -> OrderOutcomeEnum | None:  # type: ignore[valid-type]
        return None if self.row.outcome is None else OrderOutcome(self.row.outcome)

    @strawberry.field(description="Why it was refused.")
    def reason(self) -> str | None:
        return self.row.outcome_detail

    @strawberry.field
    def outcome_at(self) -> datetime | None:
        return self.row.outcome_at


async def halts_of(call: Call, run_id: UUID, *, with_cleared: bool) -> list[RunHalt]:
    """Give a run's halts, the oldest first; those of all runs that one operation asks for are read at once."""

    async def load(runs: Sequence[UUID]) -> dict[UUID, list[HaltRecord]]:
        return await call.stores.halts.of_runs(call.tenant, runs, with_cleared=with_cleared, limit=HALTS_MAX)

    rows = await call.loader(f"halts {with_cleared}", load).load(run_id) or []
    return [RunHalt(row=row) for row in rows]


async def orders_of(call: Call, run_id: UUID, first: int | None, after: str | None) -> Connection[Order]:
    """Give a page of a run's orders, the oldest first."""
    size = page_size(first)
    key = decode_cursor("orders", after, datetime, int)
    moment, number = datetime(1970, 1, 1, tzinfo=UTC), 0
    if key is not None:
        moment = key[0] if key[0].tzinfo is not None else key[0].replace(tzinfo=UTC)
        number = min(max(key[1], -INTEGER_MAX), INTEGER_MAX)

    async def load(wanted: Sequence[OrdersWanted]) -> dict[OrdersWanted, list[OrderRow]]:
        return await call.stores.orders.pages(call.tenant, wanted, size + 1)

    rows = await call.loader(f"orders {size}", load).load((run_id, moment, number)) or []
    return connect(
        rows,
        size,
        lambda row: Order(row=row),
        lambda row: encode_cursor("orders", row.created_at, row.number),
        after=after,
    )
