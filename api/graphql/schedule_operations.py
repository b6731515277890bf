"""What is done with schedules in GraphQL: made, changed, paused, triggered, backfilled, deleted.

The row is written and Temporal follows it a moment later, or when it is back. Who saves a schedule is whom it runs as: their
access and their credentials are checked now, and again at each of its times.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.graphql.guard import mutation
from api.graphql.ids import decode_uuid
from api.graphql.market_texts import line_of
from api.graphql.people import DonePayload
from api.graphql.problems import Payload
from api.graphql.run_operations import RunCredentialInput, given_credentials, given_inputs
from api.graphql.schedule_specs import Overlap, OverlapEnum, ScheduleSpecInput, given_spec, moment_of
from api.graphql.schedules import Schedule, ScheduleFire
from api.scheduling import CATCH_UP_SECONDS, backfill, check, fire_now
from schema.access import Right
from schema.db.schedules import Schedule as ScheduleRow
from schema.db.schedules import ScheduleContent

NOTE_CHARACTERS_MAX: Final = 500


@strawberry.input
class CreateScheduleInput:
    graph_id: strawberry.ID
    name: str
    spec: ScheduleSpecInput
    overlap: OverlapEnum = Overlap.SKIP  # type: ignore[valid-type]
    catch_up_seconds: int = strawberry.field(
        default=CATCH_UP_SECONDS,
        description="What was missed while nothing worked is made up for if it is not older than this: 10 seconds to 366 days.",
    )
    graph_version: int | None = strawberry.field(
        default=None, description="Pins it to a version; absent: it runs the one that is active when its time comes."
    )
    inputs: JSON = strawberry.field(default_factory=dict, description="{input's name: value}; none that is secret.")
    credentials: list[RunCredentialInput] = strawberry.field(default_factory=list)
    is_paused: bool = strawberry.field(default=False, description="Begin paused.")
    note: str | None = None


@strawberry.input(description="What is not named stays.")
class UpdateScheduleInput:
    id: strawberry.ID
    revision: int = strawberry.field(
        description="The one that was read: of two who change it at once, one has CONFLICT."
    )
    name: str | None = None
    spec: ScheduleSpecInput | None = None
    overlap: OverlapEnum | None = None  # type: ignore[valid-type]
    catch_up_seconds: int | None = None
    graph_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Pins it to a version; null: it runs the active one."
    )
    inputs: JSON | None = strawberry.field(default=None, description="All of them.")
    credentials: list[RunCredentialInput] | None = strawberry.field(default=None, description="All of them.")


@strawberry.input
class PauseScheduleInput:
    id: strawberry.ID
    note: str | None = strawberry.field(default=None, description="Why; shown here and in Temporal.")


@strawberry.input
class ResumeScheduleInput:
    id: strawberry.ID
    note: str | None = strawberry.field(default=None, description="Shown here and in Temporal.")


@strawberry.input
class TriggerScheduleInput:
    id: strawberry.ID
    at: datetime | None = strawberry.field(
        default=None,
        description="The moment that it stands for, not later than now: asked for again, the same moment gives the same run. "
        "Absent: now.",
    )


@strawberry.input
class BackfillScheduleInput:
    id: strawberry.ID
    from_: datetime = strawberry.field(name="from")
    to: datetime = strawberry.field(description="Not later than now.")
    overlap: OverlapEnum = strawberry.field(  # type: ignore[valid-type]
        default=Overlap.BUFFER_ALL, description="For these times only: one after the other, where nothing else is said."
    )


@strawberry.type
class SchedulePayload(Payload):
    schedule: Schedule | None = None


@strawberry.type
class TriggerSchedulePayload(Payload):
    schedule: Schedule | None = None
    fire: ScheduleFire | None = strawberry.field(
        default=None, description="What became of it: its run, or why there is none."
    )


@strawberry.type
class BackfillSchedulePayload(Payload):
    schedule: Schedule | None = None
    times: list[datetime] = strawberry.field(
        default_factory=list, description="The times of the range; their runs come one after the other, see `fires`."
    )


@strawberry.type
class SchedulesMutation:
    @mutation(Right.EXECUTE_RUNS, "Have an agent run at its times, in your name.")
    async def create_schedule(self, info: strawberry.Info, input: CreateScheduleInput) -> SchedulePayload:
        call: Call = info.context
        graph_id = decode_uuid("Graph", input.graph_id)
        await call.stores.library.need_graph(call.tenant, graph_id, input.graph_version)
        content = ScheduleContent(
            name=line_of(input.name, "name"),
            spec=given_spec(input.spec),
            overlap=Overlap(input.overlap).value,
            catch_up_seconds=input.catch_up_seconds,
            graph_version=input.graph_version,
            inputs=given_inputs(input.inputs),
            credentials=given_credentials(input.credentials),
        )
        await check(call, graph_id, content)
        person, note = call.principal.person_id, _note(input.note)
        made = await call.stores.schedules.add(call.tenant, graph_id, person, content, note, is_paused=input.is_paused)
        return SchedulePayload(schedule=Schedule(row=made))

    @mutation(Right.EXECUTE_RUNS, "Change a schedule; from now on it runs in your name.")
    async def update_schedule(self, info: strawberry.Info, input: UpdateScheduleInput) -> SchedulePayload:
        call: Call = info.context
        row = await _schedule(call, input.id)
        old, overlap = row.content, cast("Overlap | None", input.overlap)
        content = ScheduleContent(
            name=old.name if input.name is None else line_of(input.name, "name"),
            spec=old.spec if input.spec is None else given_spec(input.spec),
            overlap=old.overlap if overlap is None else Overlap(overlap).value,
            catch_up_seconds=old.catch_up_seconds if input.catch_up_seconds is None else input.catch_up_seconds,
            graph_version=old.graph_version if input.graph_version is strawberry.UNSET else input.graph_version,
            inputs=old.inputs if input.inputs is None else given_inputs(input.inputs),
            credentials=old.credentials if input.credentials is None else given_credentials(input.credentials),
        )
        await check(call, row.graph_id, content)
        changed = await call.stores.schedules.change(row, input.revision, call.principal.person_id, content)
        return SchedulePayload(schedule=Schedule(row=changed))

    @mutation(Right.EXECUTE_RUNS, "Let a schedule's times pass. What it started goes on.")
    async def pause_schedule(self, info: strawberry.Info, input: PauseScheduleInput) -> SchedulePayload:
        return await _pause(info.context, input.id, input.note, is_paused=True)

    @mutation(
        Right.EXECUTE_RUNS, "Have a schedule run again at its times. Those that passed meanwhile are not made up for."
    )
    async def resume_schedule(self, info: strawberry.Info, input: ResumeScheduleInput) -> SchedulePayload:
        return await _pause(info.context, input.id, input.note, is_paused=False)

    @mutation(
        Right.EXECUTE_RUNS,
        "Start a run of a schedule now, also of one that is paused and beside one that runs, in the name of whose it is.",
    )
    async def trigger_schedule(self, info: strawberry.Info, input: TriggerScheduleInput) -> TriggerSchedulePayload:
        call: Call = info.context
        fire = await fire_now(call, await _schedule(call, input.id), moment_of(input.at))
        # Its problem may have come, or gone.
        row = await _schedule(call, input.id)
        return TriggerSchedulePayload(schedule=Schedule(row=row), fire=ScheduleFire(row=fire))

    @mutation(
        Right.EXECUTE_RUNS,
        "Have the times of a range that is over happen now. A time that had its run keeps it. UNAVAILABLE while Temporal is away.",
    )
    async def backfill_schedule(self, info: strawberry.Info, input: BackfillScheduleInput) -> BackfillSchedulePayload:
        call: Call = info.context
        row = await _schedule(call, input.id)
        start, end = moment_of(input.from_), moment_of(input.to)
        assert start is not None
        assert end is not None
        times = await backfill(call, row, start, end, Overlap(input.overlap).value)
        return BackfillSchedulePayload(schedule=Schedule(row=row), times=times)

    @mutation(Right.EXECUTE_RUNS, "Delete a schedule. What it started goes on and stays.")
    async def delete_schedule(self, info: strawberry.Info, id: strawberry.ID) -> DonePayload:
        call: Call = info.context
        await call.stores.schedules.delete(call.tenant, decode_uuid("Schedule", id))
        return DonePayload(is_done=True)


async def _schedule(call: Call, given: strawberry.ID) -> ScheduleRow:
    schedule_id: UUID = decode_uuid("Schedule", given)
    return await call.stores.schedules.get(call.tenant, schedule_id)


async def _pause(call: Call, given: strawberry.ID, note: str | None, *, is_paused: bool) -> SchedulePayload:
    schedule_id = decode_uuid("Schedule", given)
    row = await call.stores.schedules.pause(call.tenant, schedule_id, _note(note), is_paused=is_paused)
    return SchedulePayload(schedule=Schedule(row=row))


def _note(given: str | None) -> str | None:
    return None if given is None else line_of(given, "note", NOTE_CHARACTERS_MAX)
