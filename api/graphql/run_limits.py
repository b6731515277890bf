"""Limits of runs in GraphQL: of the organisation, of an agent, and of one run with what it used; nothing is enforced here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import strawberry

from api.call import Call
from api.errors import BadUserInput
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.people import Member, member_of
from api.graphql.problems import Payload
from schema.access import Right
from schema.db.control_tables import EVERY_GRAPH
from schema.db.run_limits import LimitsRecord, Use
from schema.db.runs import Run as RunRow
from schema.limits import LIMITS
from workflows.engine.plan import Plan
from workflows.engine.scheduler import IN_FLIGHT_MAX

#: {limit: the highest that anybody may set}, by the names that the rows have.
HIGHEST: Final[dict[str, float]] = {
    "executions_max": LIMITS.run_executions_max,
    "wall_seconds_max": LIMITS.run_wall_seconds_max,
    "in_flight_max": IN_FLIGHT_MAX,
    "running_max": LIMITS.tenant_running_max,
}
_EXECUTIONS: Final = "Node executions, those of the runs that its nodes start included."
_WALL: Final = "Seconds from its start, waiting included."
_IN_FLIGHT: Final = "Dispatches at once: a node execution each, or up to a hundred of a pure block."


@strawberry.input(description="Limits of one run. One that is absent does not limit.")
class RunLimitsInput:
    executions_max: int | None = strawberry.field(default=None, description=_EXECUTIONS)
    wall_seconds_max: float | None = strawberry.field(default=None, description=_WALL)
    in_flight_max: int | None = strawberry.field(default=None, description=_IN_FLIGHT)


@strawberry.input(
    description="All limits of an agent's runs, or of all runs of the organisation: what is absent limits nothing."
)
class SetRunLimitsInput:
    graph_id: strawberry.ID | None = strawberry.field(default=None, description="Absent: the organisation.")
    executions_max: int | None = strawberry.field(default=None, description=_EXECUTIONS)
    wall_seconds_max: float | None = strawberry.field(default=None, description=_WALL)
    in_flight_max: int | None = strawberry.field(default=None, description=_IN_FLIGHT)
    running_max: int | None = strawberry.field(
        default=None, description="Runs at once; the others stay QUEUED. Those that nodes start are not counted."
    )


@strawberry.type(description="Limits of one run; null: it is not limited so.")
class RunLimitValues:
    executions_max: int | None = strawberry.field(description=_EXECUTIONS)
    wall_seconds_max: float | None = strawberry.field(description=_WALL)
    in_flight_max: int | None = strawberry.field(description=_IN_FLIGHT)


@strawberry.type(
    description="A run's limits and what it used of them. At a limit it is PAUSED, and goes on when that is raised."
)
class RunLimits:
    asked: RunLimitValues = strawberry.field(
        description="Those that it was accepted with: of the request's, the agent's and the organisation's, the lowest of each."
    )
    effective: RunLimitValues = strawberry.field(
        description="Those that hold now: as raised, and never above the platform's own."
    )
    used_executions: int = strawberry.field(description="Node executions until now, with those of the runs below.")
    used_wall_seconds: float = strawberry.field(description="Seconds since it was started, or between start and end.")


@strawberry.type(description="Limits that new runs begin with.")
class RunLimitSettings:
    row: strawberry.Private[LimitsRecord]

    @strawberry.field(description="Null: the organisation's.")
    def graph_id(self) -> strawberry.ID | None:
        return None if self.row.graph_id == EVERY_GRAPH else encode_id("Graph", self.row.graph_id)

    @strawberry.field(description=_EXECUTIONS)
    def executions_max(self) -> int | None:
        return self.row.executions_max

    @strawberry.field(description=_WALL)
    def wall_seconds_max(self) -> float | None:
        return self.row.wall_seconds_max

    @strawberry.field(description=_IN_FLIGHT)
    def in_flight_max(self) -> int | None:
        return self.row.in_flight_max

    @strawberry.field(description="Runs at once.")
    def running_max(self) -> int | None:
        return self.row.running_max

    @strawberry.field(description="Who set them last; null where nobody did.")
    async def updated_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.updated_by is None else await member_of(info.context, self.row.updated_by)

    @strawberry.field
    def updated_at(self) -> datetime | None:
        return self.row.updated_at


@strawberry.type
class SetRunLimitsPayload(Payload):
    limits: RunLimitSettings | None = None


@strawberry.type
class RunLimitsQuery:
    @query(
        Right.READ_RUNS,
        "The limits that new runs of an agent begin with; without `graphId`, those of the organisation.",
    )
    async def run_limits(self, info: strawberry.Info, graph_id: strawberry.ID | None = None) -> RunLimitSettings:
        call: Call = info.context
        return RunLimitSettings(row=await call.stores.run_limits.of(call.tenant, _graph_of(graph_id)))


@strawberry.type
class RunLimitsMutation:
    @mutation(
        Right.WRITE_ORGANISATION,
        "Set the limits of an agent's runs, or of all runs of the organisation. Runs that were accepted keep theirs; how many run "
        "at once counts for all.",
    )
    async def set_run_limits(self, info: strawberry.Info, input: SetRunLimitsInput) -> SetRunLimitsPayload:
        call: Call = info.context
        graph_id = _graph_of(input.graph_id)
        found = await call.stores.run_limits.set(call.tenant, graph_id, given_limits(input), call.principal.person_id)
        return SetRunLimitsPayload(limits=RunLimitSettings(row=found))


def given_limits(given: Any) -> dict[str, Any]:
    """Give the limits of an input that has some, {name: value}; raise BadUserInput for one beyond the platform's own."""
    found: dict[str, Any] = {}
    for name, highest in HIGHEST.items():
        value = getattr(given, name, None)
        if value is None:
            continue
        # Written so that NaN, which is neither, is refused.
        if not 1 <= value <= highest:
            word = _camel(name)
            raise BadUserInput(f"`{word}` is a number from 1 to {highest:,}.", where=word)
        found[name] = value
    return found


async def limits_of(call: Call, row: RunRow) -> RunLimits:
    """Give a run's limits and its use of them; those of all runs that one operation asks for are read at once."""

    async def load_plans(hashes: Sequence[str]) -> dict[str, int]:
        found = await call.stores.run_pages.routings(call.tenant, hashes)
        return {digest: Plan.from_lists(routing).executions_max for digest, routing in found.items()}

    async def load_use(runs: Sequence[UUID]) -> dict[UUID, Use]:
        return await call.stores.run_limits.use(call.tenant, runs)

    of_plan = await call.loader("plan limits", load_plans).load(row.plan_hash)
    use = await call.loader("use", load_use).load(row.id) or Use({}, 0)
    asked = dict(row.limits or {})
    platform = {"executions_max": of_plan or LIMITS.run_executions_default, "in_flight_max": IN_FLIGHT_MAX}
    effective = {**platform, **asked, **use.raised}
    effective = {name: min(value, HIGHEST[name]) for name, value in effective.items() if name in HIGHEST}
    began = row.handed_over_at or row.started_at
    seconds = 0.0 if began is None else ((row.ended_at or datetime.now(UTC)) - began).total_seconds()
    return RunLimits(
        asked=_values(asked),
        effective=_values(effective),
        used_executions=use.executions,
        used_wall_seconds=max(0.0, seconds),
    )


async def waiting_reason_of(call: Call, run_id: UUID) -> str | None:
    """Give why a run that is QUEUED is not started yet, where a limit is the reason."""

    async def load(runs: Sequence[UUID]) -> dict[UUID, str]:
        return await call.stores.run_limits.waiting(call.tenant, runs)

    return await call.loader("waiting", load).load(run_id)


def _values(limits: dict[str, Any]) -> RunLimitValues:
    executions_max, in_flight_max = limits.get("executions_max"), limits.get("in_flight_max")
    return RunLimitValues(
        executions_max=None if executions_max is None else int(executions_max),
        wall_seconds_max=limits.get("wall_seconds_max"),
        in_flight_max=None if in_flight_max is None else int(in_flight_max),
    )


def _graph_of(given: strawberry.ID | None) -> UUID | None:
    return None if given is None else decode_uuid("Graph", given)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)
