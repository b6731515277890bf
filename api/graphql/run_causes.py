"""What started a run, in GraphQL, for a link to it: schedules and webhooks show runs, and so their types stand above this."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

import strawberry

from api.call import Call
from api.graphql.ids import encode_id
from schema.db import run_causes


class RunCauseKind(StrEnum):
    """What may start runs by itself."""

    SCHEDULE = run_causes.SCHEDULE
    WEBHOOK = run_causes.WEBHOOK


RunCauseKindEnum = strawberry.enum(RunCauseKind, name="RunCauseKind", description="What may start runs by itself.")
_TYPES = {RunCauseKind.SCHEDULE: "Schedule", RunCauseKind.WEBHOOK: "Webhook"}


@strawberry.type(description="The schedule or the webhook that started a run.")
class RunCause:
    row: strawberry.Private[run_causes.Cause]

    @strawberry.field
    def kind(self) -> RunCauseKindEnum:  # type: ignore[valid-type]
        return RunCauseKind(self.row.kind)

    @strawberry.field(description="That of the Schedule or the Webhook, which `node` gives.")
    def id(self) -> strawberry.ID:
        return encode_id(_TYPES[RunCauseKind(self.row.kind)], self.row.id)

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="The agent that it starts.")
    def graph_id(self) -> strawberry.ID:
        return encode_id("Graph", self.row.graph_id)


async def cause_of(call: Call, trigger_id: UUID | None) -> RunCause | None:
    """Give what started a run; all that one operation asks for are read at once."""
    if trigger_id is None:
        return None

    async def load(ids: Sequence[UUID]) -> dict[UUID, run_causes.Cause]:
        return await call.stores.run_causes.of_triggers(call.tenant, ids)

    row = await call.loader("causes of runs", load).load(trigger_id)
    return None if row is None else RunCause(row=row)
