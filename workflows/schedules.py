"""Temporal's schedules as the platform uses them: put, removed, looked at, asked for their times; no workflow code, no row.

The schedule `schedule-<id>` starts ScheduledRun with our schedule's id, and nothing else of it: what is to run is read when its
time comes. Its note ends with the revision that Temporal has, so that a glance there, and the round that compares, can tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from temporalio.api.workflowservice.v1 import ListScheduleMatchingTimesRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleBackfill,
    ScheduleCalendarSpec,
    ScheduleHandle,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import Priority, SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode

from schema.schedules import Moments, Times, policy_words
from workflows.names import AGENT_ID, ENGINE_QUEUE, SCHEDULED_RUN, TASK_TIMEOUT_SECONDS, TENANT, TRIGGER

#: Seconds that Temporal has to answer.
RPC_TIMEOUT: Final = timedelta(seconds=5)
#: How far ahead times are looked for: the 29th of February on a Monday comes every 28 years.
HORIZON_DAYS: Final = 40 * 366
#: What a shorter time than this between a change and its arrival leaves out is nothing.
LATE_SECONDS: Final = 2.0
_MARK: Final = re.compile(r"\(revision (\d+)\)$")
_OVERLAPS: Final = {
    "skip": ScheduleOverlapPolicy.SKIP,
    "buffer one": ScheduleOverlapPolicy.BUFFER_ONE,
    "buffer all": ScheduleOverlapPolicy.BUFFER_ALL,
    "cancel other": ScheduleOverlapPolicy.CANCEL_OTHER,
    "terminate other": ScheduleOverlapPolicy.TERMINATE_OTHER,
    "allow all": ScheduleOverlapPolicy.ALLOW_ALL,
}


@dataclass(frozen=True)
class Planned:
    """What Temporal is to know of a schedule."""

    id: str
    tenant_id: str
    graph_id: str
    name: str
    revision: int
    times: Times
    overlap: str
    catch_up_seconds: int
    jitter_seconds: int = 0
    start_at: datetime | None = None
    end_at: datetime | None = None
    is_paused: bool = False
    note: str | None = None

    @property
    def mark(self) -> str:
        """Give the end of the note by which a revision is known again."""
        return f"(revision {self.revision})"


def revision_in(note: str) -> int | None:
    """Give the revision of ours that a note of Temporal's says; None where somebody else wrote it."""
    found = _MARK.search(note)
    return None if found is None else int(found[1])


def temporal_id(schedule_id: str) -> str:
    return f"schedule-{schedule_id}"


async def put_schedule(client: Client, planned: Planned, since: datetime, clock: Callable[[], datetime]) -> None:
    """Make Temporal's schedule as ours is; what was due between `since` and now, while it could not know, is made up for."""
    handle = client.get_schedule_handle(temporal_id(planned.id))
    was_paused = False

    def update(known: ScheduleUpdateInput) -> ScheduleUpdate:
        nonlocal was_paused
        was_paused = known.description.schedule.state.paused
        return ScheduleUpdate(_schedule_of(client, planned))

    now = clock()
    missed = _missed(planned, since, now)
    try:
        await handle.update(update, rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if not is_schedule_unknown(error):
            raise
        await _create(client, planned, missed)
        await _make_up(handle, planned, now if missed else since, clock())
    else:
        # What was on all the time makes up for it by itself.
        if missed and was_paused:
            await handle.backfill(*missed, rpc_timeout=RPC_TIMEOUT)


async def _create(client: Client, planned: Planned, missed: Sequence[ScheduleBackfill]) -> None:
    try:
        await client.create_schedule(
            temporal_id(planned.id),
            _schedule_of(client, planned),
            backfill=missed,
            memo={"schedule": planned.name},
            search_attributes=_attributes_of(planned),
            rpc_timeout=RPC_TIMEOUT,
        )
    except ScheduleAlreadyRunningError as error:
        raise ConnectionError("Somebody else makes this schedule in Temporal at this moment.") from error


async def _make_up(handle: ScheduleHandle, planned: Planned, since: datetime, until: datetime) -> None:
    """Make up for what was due while the schedule was being made: its own times begin when it is there. A time that so comes
    twice has one run, by its key."""
    if not planned.is_paused:
        between = ScheduleBackfill(start_at=since, end_at=until, overlap=_OVERLAPS[planned.overlap])
        await handle.backfill(between, rpc_timeout=RPC_TIMEOUT)


def _missed(planned: Planned, since: datetime, now: datetime) -> list[ScheduleBackfill]:
    since = max(since, now - timedelta(seconds=planned.catch_up_seconds))
    if planned.is_paused or (now - since).total_seconds() < LATE_SECONDS:
        return []
    return [ScheduleBackfill(start_at=since, end_at=now, overlap=_OVERLAPS[planned.overlap])]


async def remove_schedule(client: Client, schedule_id: str) -> None:
    """Delete Temporal's schedule, where it is there."""
    try:
        await client.get_schedule_handle(temporal_id(schedule_id)).delete(rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if not is_schedule_unknown(error):
            raise


@dataclass(frozen=True)
class Seen:
    """What Temporal has of a schedule."""

    is_paused: bool
    note: str
    next_times: list[datetime]


async def look_at_schedule(client: Client, schedule_id: str) -> Seen | None:
    """Give what Temporal has of a schedule; None: nothing."""
    try:
        found = await client.get_schedule_handle(temporal_id(schedule_id)).describe(rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if not is_schedule_unknown(error):
            raise
        return None
    return Seen(found.schedule.state.paused, found.schedule.state.note or "", list(found.info.next_action_times))


async def backfill_schedule(client: Client, schedule_id: str, start: datetime, end: datetime, overlap: str) -> None:
    """Have the times of a range happen now."""
    handle = client.get_schedule_handle(temporal_id(schedule_id))
    await handle.backfill(
        ScheduleBackfill(start_at=start, end_at=end, overlap=_OVERLAPS[overlap]), rpc_timeout=RPC_TIMEOUT
    )


async def matching_times(client: Client, temporal_schedule: str, start: datetime, end: datetime) -> list[datetime]:
    """Give the times of one of Temporal's schedules in a range, by its own reckoning: at most a thousand."""
    request = ListScheduleMatchingTimesRequest(namespace=client.namespace, schedule_id=temporal_schedule)
    request.start_time.FromDatetime(start.astimezone(UTC))
    request.end_time.FromDatetime(end.astimezone(UTC))
    answer = await client.workflow_service.list_schedule_matching_times(request, timeout=RPC_TIMEOUT)
    return [stamp.ToDatetime().replace(tzinfo=UTC) for stamp in answer.start_time]


async def preview_times(client: Client, planned: Planned, after: datetime, count: int) -> list[datetime]:
    """Give the next times of a schedule that is not kept: Temporal gets it paused, is asked, and forgets it."""
    preview = f"schedule-preview-{planned.id}"
    handle = await client.create_schedule(preview, _schedule_of(client, planned), rpc_timeout=RPC_TIMEOUT)
    try:
        found = await matching_times(client, preview, after, after + timedelta(days=HORIZON_DAYS))
    finally:
        await handle.delete(rpc_timeout=RPC_TIMEOUT)
    return found[:count]


def is_schedule_unknown(error: RPCError) -> bool:
    """Say whether Temporal answered that it does not have this schedule: its workflow was not found, or is over. A namespace
    that is not there, or not yet, has the same status."""
    return error.status is RPCStatusCode.NOT_FOUND and "namespace" not in str(error).lower()


def _schedule_of(client: Client, planned: Planned) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            SCHEDULED_RUN,
            planned.id,
            id=f"scheduled-run-{planned.id}",
            task_queue=ENGINE_QUEUE,
            task_timeout=timedelta(seconds=TASK_TIMEOUT_SECONDS),
            memo={"schedule": planned.name},
            typed_search_attributes=_attributes_of(planned),
            static_summary=f"{planned.name} - schedule".encode()[:190].decode("utf-8", "ignore"),
            static_details=f"A time of the schedule `{planned.id}` of the agent `{planned.graph_id}`.",
            priority=Priority(fairness_key=planned.tenant_id),
        ),
        spec=_spec_of(planned),
        policy=SchedulePolicy(
            overlap=_OVERLAPS[planned.overlap], catchup_window=timedelta(seconds=planned.catch_up_seconds)
        ),
        state=ScheduleState(note=_note_of(client, planned), paused=planned.is_paused),
    )


def _note_of(client: Client, planned: Planned) -> str:
    if client.data_converter.payload_codec is not None:
        # A note is the one text of a schedule that Temporal keeps in clear.
        return planned.mark
    said = planned.note or policy_words(planned.overlap, planned.catch_up_seconds)
    return f"{planned.name}: {said} {planned.mark}"


def _attributes_of(planned: Planned) -> TypedSearchAttributes:
    keywords = {TENANT: planned.tenant_id, AGENT_ID: planned.graph_id, TRIGGER: "schedule"}
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(SearchAttributeKey.for_keyword(name), value) for name, value in keywords.items()
    ]
    return TypedSearchAttributes(pairs)


def _spec_of(planned: Planned) -> ScheduleSpec:
    times = planned.times
    every = times.interval_seconds
    return ScheduleSpec(
        calendars=[_calendar_of(moments) for moments in times.moments],
        intervals=[]
        if every is None
        else [ScheduleIntervalSpec(every=timedelta(seconds=every), offset=timedelta(seconds=times.offset_seconds))],
        start_at=planned.start_at,
        end_at=planned.end_at,
        jitter=timedelta(seconds=planned.jitter_seconds) if planned.jitter_seconds else None,
        time_zone_name=times.timezone,
    )


def _calendar_of(moments: Moments) -> ScheduleCalendarSpec:
    ranges = {name: [ScheduleRange(*one) for one in found] for name, found in moments.items()}
    return ScheduleCalendarSpec(
        minute=ranges["minute"],
        hour=ranges["hour"],
        day_of_month=ranges["day"],
        month=ranges["month"],
        day_of_week=ranges["weekday"],
        year=ranges.get("year", ()),
    )
