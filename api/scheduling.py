"""Schedules as the API works with them: what one says is checked when it is saved, its times are asked of Temporal; rows only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from temporalio.service import RPCError, RPCStatusCode

from api.call import Call
from api.errors import BadUserInput
from schema.db.firing import Fire, Firing
from schema.db.schedules import Schedule, ScheduleContent
from schema.errors import Conflict, InvalidSchedule
from schema.graph import Graph
from schema.interface import check_run_inputs, input_schema, secret_inputs
from schema.limits import LIMITS
from schema.schedules import SKIP, ScheduleSpec, checked, checked_policy, times_of
from workflows.schedules import (
    HORIZON_DAYS,
    LATE_SECONDS,
    Planned,
    backfill_schedule,
    is_schedule_unknown,
    look_at_schedule,
    matching_times,
    preview_times,
    temporal_id,
)

#: What was missed is made up for if it is not older than this, where nothing else is said.
CATCH_UP_SECONDS: Final = 3_600
#: Times that are shown at once.
TIMES: Final = 10
TIMES_MAX: Final = 100
_NOT_THERE_YET: Final = "Temporal does not have the schedule as it is; try again in a moment."


async def check(call: Call, graph_id: UUID, content: ScheduleContent) -> None:
    """Check all that its runs will need, as the caller's: raises NotFound, InvalidGraph, InvalidRunInput, MissingCredentials,
    InvalidSchedule or BadUserInput."""
    checked_policy(content.overlap, content.catch_up_seconds)
    graphs = call.stores.graphs
    graph, _ = await call.services.compiled.get(graphs, call.tenant, graph_id, content.graph_version)
    specs = call.services.registry.specs
    secret = secret_inputs(input_schema(graph, specs), content.inputs)
    if secret:
        named = ", ".join(secret)
        raise BadUserInput(f"A schedule keeps no secret, and {named} is one.", where=f"inputs.{secret[0]}")
    check_run_inputs(graph, specs, content.inputs)
    person = call.principal.person_id
    await call.stores.granting.masks(call.tenant, person, graph, specs, content.credentials)


def recommended(body: Mapping[str, Any]) -> str | None:
    """Give the cron line that an agent's file recommends, where it is one."""
    line = body.get("recommended_schedule_cron")
    try:
        return checked(ScheduleSpec(cron=(line,))).cron[0] if isinstance(line, str) else None
    except InvalidSchedule:
        return None


async def fire_now(call: Call, schedule: Schedule, at: datetime | None) -> Fire:
    """Start a run of a schedule now, in the name of whose it is and whatever its overlap says; give what became of it. The run
    stands for the moment `at`, and there is one for each."""
    now = datetime.now(UTC)
    if at is not None and at > now + timedelta(seconds=LATE_SECONDS):
        raise BadUserInput("The moment is not later than now.", where="at")
    firing = Firing(
        call.stores.schedules,
        call.stores.fires,
        call.stores.accepting,
        call.services.people,
        call.services.registry.specs,
        lambda tenant, graph_id, version: _compiled(call, tenant, graph_id, version),
    )
    return await firing.fire(schedule, at or now, start_after_seconds=0.0)


async def _compiled(
    call: Call, tenant: UUID, graph_id: UUID, version: int | None
) -> tuple[Graph, tuple[str, list[Any]]]:
    graph, plan = await call.services.compiled.get(call.stores.graphs, tenant, graph_id, version)
    return graph, (plan.hash, plan.to_lists())


async def backfill(call: Call, schedule: Schedule, start: datetime, end: datetime, overlap: str) -> list[datetime]:
    """Have the times of a range that is over happen now; give them. A time that had its run keeps that one."""
    if not start < end <= datetime.now(UTC) + timedelta(seconds=LATE_SECONDS):
        raise BadUserInput("A range begins before it ends, and ends before now.", where="to")
    if not schedule.is_synced:
        raise Conflict(_NOT_THERE_YET)
    try:
        async with call.services.temporal.client() as client:
            times = await matching_times(client, temporal_id(str(schedule.id)), start, end)
            if len(times) > LIMITS.schedule_backfill_times_max:
                most = LIMITS.schedule_backfill_times_max
                raise BadUserInput(f"The range has more than {most} times; take a shorter one.", where="from")
            if times:
                await backfill_schedule(client, str(schedule.id), start, end, overlap)
    except RPCError as error:
        # Temporal has lost it: the follower's next round makes it again.
        if not is_schedule_unknown(error):
            raise
        raise Conflict(_NOT_THERE_YET) from error
    return times


async def next_times(call: Call, schedule: Schedule) -> list[datetime] | None:
    """Give the next times of a schedule as Temporal has them; None while it has not taken the last change."""
    if schedule.is_paused:
        return []
    if not schedule.is_synced:
        return None
    async with call.services.temporal.client() as client:
        seen = await look_at_schedule(client, str(schedule.id))
    return None if seen is None else seen.next_times[:TIMES]


async def times_after(call: Call, spec: ScheduleSpec, after: datetime | None, count: int) -> list[datetime]:
    """Give the times that a spec would have, by Temporal's own reckoning."""
    if not 1 <= count <= TIMES_MAX:
        raise BadUserInput(f"`first` is a number from 1 to {TIMES_MAX}.", where="first")
    now = datetime.now(UTC)
    after = after or now
    if not abs(after - now) <= timedelta(days=HORIZON_DAYS):
        raise BadUserInput(f"`after` is within {HORIZON_DAYS // 366} years from now.", where="after")
    planned = Planned(
        id=str(uuid4()),
        tenant_id=str(call.tenant),
        graph_id="",
        name="Preview",
        revision=0,
        times=times_of(spec, now),
        overlap=SKIP,
        catch_up_seconds=CATCH_UP_SECONDS,
        jitter_seconds=spec.jitter_seconds,
        start_at=spec.start_at,
        end_at=spec.end_at,
        is_paused=True,
    )
    try:
        async with call.services.temporal.client() as client:
            return await preview_times(client, planned, after, count)
    except RPCError as error:
        if error.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
        raise InvalidSchedule(f"Temporal does not take it: {error.message[:300]}", where="spec") from error
