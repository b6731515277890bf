"""Approvals as GraphQL shows them: what a run asks people, who has said what, and by which links; nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.graphql.ids import encode_id
from api.graphql.node import Node, add_finders
from api.graphql.people import Member, RoleEnum, member_of
from api.graphql.values import Value, value_of
from schema.access import Right, Role
from schema.db.approval_links import ApprovalLink as LinkRow
from schema.db.approvals import ApprovalRecord
from schema.db.deciding import Vote, refusal_of


class ApprovalStatus(StrEnum):
    """How an approval stands."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    TIMED_OUT = "TIMED_OUT"
    CANCELLED = "CANCELLED"


class OnTimeout(StrEnum):
    """What happens at the deadline."""

    FAIL = "FAIL"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    ESCALATE = "ESCALATE"


class ApprovalKind(StrEnum):
    """Who asks."""

    QUESTION = "QUESTION"
    INPUTS = "INPUTS"


ApprovalStatusEnum = strawberry.enum(
    ApprovalStatus,
    name="ApprovalStatus",
    description="How an approval stands. CANCELLED: its run or its node is over, so nobody asks any more.",
)
OnTimeoutEnum = strawberry.enum(
    OnTimeout,
    name="ApprovalOnTimeout",
    description="What happens at the deadline: the node fails, the data counts as approved or rejected, or others are asked, once.",
)
ApprovalKindEnum = strawberry.enum(
    ApprovalKind,
    name="ApprovalKind",
    description="QUESTION: a node asks. INPUTS: the node's block is sensitive, and these are the inputs that it is to run with.",
)


@strawberry.type(description="What one person said to an approval.")
class ApprovalVote:
    row: strawberry.Private[Vote]

    @strawberry.field(description="Null for one who has left.")
    async def person(self, info: strawberry.Info) -> Member | None:
        return await member_of(info.context, self.row.person_id)

    @strawberry.field
    def is_approval(self) -> bool:
        return self.row.is_approval

    @strawberry.field(description="The data that they approved.")
    def data(self, info: strawberry.Info) -> Value | None:
        return None if self.row.data is None else cell_of(info.context.tenant, self.row.data)

    @strawberry.field
    def comment(self) -> str | None:
        return self.row.comment

    @strawberry.field(description="session, key or link: how they were known.")
    def source(self) -> str:
        return self.row.source

    @strawberry.field
    def at(self) -> datetime:
        return self.row.created_at


@strawberry.type(
    description="A link by which one person may decide one approval, once, without signing in. Its token is shown when it is made."
)
class ApprovalLink:
    row: strawberry.Private[LinkRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("ApprovalLink", self.row.id)

    @strawberry.field(description="In whose name it decides; null for one who has left.")
    async def person(self, info: strawberry.Info) -> Member | None:
        return await member_of(info.context, self.row.person_id)

    @strawberry.field(description="Who made it.")
    async def created_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.created_by is None else await member_of(info.context, self.row.created_by)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field
    def expires_at(self) -> datetime:
        return self.row.expires_at

    @strawberry.field
    def used_at(self) -> datetime | None:
        return self.row.used_at

    @strawberry.field
    def revoked_at(self) -> datetime | None:
        return self.row.revoked_at


@strawberry.type(
    description="What a run asks people. While it waits no worker is held, and everything else in the run goes on."
)
class Approval(Node):
    row: strawberry.Private[ApprovalRecord]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Approval", self.row.id)

    @strawberry.field
    def kind(self) -> ApprovalKindEnum:  # type: ignore[valid-type]
        return ApprovalKind(self.row.kind.upper())

    @strawberry.field
    def status(self) -> ApprovalStatusEnum:  # type: ignore[valid-type]
        return ApprovalStatus(self.row.status)

    @strawberry.field
    def run_id(self) -> strawberry.ID:
        return encode_id("Run", self.row.run_id)

    @strawberry.field
    def node_execution_id(self) -> strawberry.ID:
        return encode_id("NodeExecution", self.row.run_id, self.row.execution)

    @strawberry.field(description="The node, as the graph's file names it.")
    def node_id(self) -> str:
        return self.row.node_id

    @strawberry.field
    def agent_name(self) -> str:
        return self.row.agent_name

    @strawberry.field(description="What is asked, in a line.")
    def title(self) -> str:
        return self.row.title

    @strawberry.field
    def message(self) -> str:
        return self.row.message

    @strawberry.field(description="What is to be approved, as it was asked.")
    def data(self) -> Value:
        return cell_of(self.row.tenant_id, self.row.data)

    @strawberry.field(
        description="What stands to be approved: the first who approves may edit it, the others approve what it has become. Once "
        "it is approved, what was."
    )
    def current_data(self) -> Value:
        return cell_of(self.row.tenant_id, self.row.current_data)

    @strawberry.field(description="JSON Schema of the data, which makes the form; null: any.")
    def form(self) -> JSON | None:
        return None if self.row.form is None else JSON(self.row.form)

    @strawberry.field(description="Whether the data may be edited before it is approved.")
    def is_editable(self) -> bool:
        return self.row.is_editable

    @strawberry.field(description="The roles that decide now; none: everybody with the right `approvals:decide`.")
    def roles(self) -> list[RoleEnum]:  # type: ignore[valid-type]
        return [Role(role) for role in self.row.deciding_roles]

    @strawberry.field(description="How many people must approve. One rejection rejects.")
    def needed(self) -> int:
        return self.row.needed

    @strawberry.field(description="Whether who started the run may decide.")
    def allows_self(self) -> bool:
        return self.row.allows_self

    @strawberry.field(description="Who started the run; null for one who has left, and for what no person started.")
    async def asked_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.asked_by is None else await member_of(info.context, self.row.asked_by)

    @strawberry.field(description="Whether you may decide it now.")
    async def may_decide(self, info: strawberry.Info) -> bool:
        who = info.context.principal
        if not self.row.is_pending or not who.may(Right.DECIDE_APPROVALS):
            return False
        if refusal_of(self.row, who.person_id, who.role) is not None:
            return False
        return all(vote.person_id != who.person_id for vote in await _votes(info.context, self.row.id))

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="Null: it waits without end.")
    def deadline(self) -> datetime | None:
        return self.row.deadline

    @strawberry.field
    def on_timeout(self) -> OnTimeoutEnum:  # type: ignore[valid-type]
        return OnTimeout(self.row.on_timeout.upper())

    @strawberry.field(description="Whether its time was over once, and others are asked since.")
    def is_escalated(self) -> bool:
        return self.row.is_escalated

    @strawberry.field(description="Whose word decided; null where time did, and for one who has left.")
    async def decided_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.decided_by is None else await member_of(info.context, self.row.decided_by)

    @strawberry.field
    def decided_at(self) -> datetime | None:
        return self.row.decided_at

    @strawberry.field(description="What they said.")
    def comment(self) -> str | None:
        return self.row.comment

    @strawberry.field(description="What was said, in that order.")
    async def votes(self, info: strawberry.Info) -> list[ApprovalVote]:
        return [ApprovalVote(row=row) for row in await _votes(info.context, self.row.id)]

    @strawberry.field(description="The links to it, those that have ended, too.")
    async def links(self, info: strawberry.Info) -> list[ApprovalLink]:
        call: Call = info.context

        async def load(ids: Sequence[UUID]) -> dict[UUID, list[LinkRow]]:
            return await call.stores.approval_links.of_approvals(call.tenant, ids)

        return [ApprovalLink(row=row) for row in await call.loader("approval links", load).load(self.row.id) or []]


def cell_of(tenant: UUID, cell: dict[str, Any], *, is_shared: bool = False) -> Value:
    """Give a value as an approval's row keeps it, {"value": ...} or {"handle": ...}."""
    return value_of(tenant, cell.get("value"), cell.get("handle"), is_shared=is_shared)


async def _votes(call: Call, approval_id: UUID) -> list[Vote]:
    async def load(ids: Sequence[UUID]) -> dict[UUID, list[Vote]]:
        return await call.stores.deciding.votes(call.tenant, ids)

    return await call.loader("approval votes", load).load(approval_id) or []


async def approvals_of_run(call: Call, run_id: UUID) -> list[Approval]:
    """Give what a run asked; all that one operation asks for are read at once."""

    async def load(runs: Sequence[UUID]) -> dict[UUID, list[ApprovalRecord]]:
        return await call.stores.approvals.of_runs(call.tenant, runs)

    return [Approval(row=row) for row in await call.loader("approvals of runs", load).load(run_id) or []]


async def approvals_of_execution(call: Call, run_id: UUID, execution: int) -> list[Approval]:
    """Give what a node execution asked."""

    async def load(keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], list[ApprovalRecord]]:
        return await call.stores.approvals.of_executions(call.tenant, keys)

    found = await call.loader("approvals of executions", load).load((run_id, execution))
    return [Approval(row=row) for row in found or []]


async def _find(call: Call, parts: list[str]) -> Approval:
    return Approval(row=await call.stores.approvals.get(call.tenant, UUID(parts[0])))


add_finders({"Approval": (Right.READ_RUNS, _find)})
