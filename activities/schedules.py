"""Schedules brought to Temporal: its schedules follow our rows, by any number of these loops; no run is started here.

A notification wakes it, a look every second finds what a crash left, and what Temporal cannot take now is tried again. A slow,
paged round compares: what Temporal has lost is made again, and a pause that somebody made there is taken over.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from temporalio.service import RPCError, RPCStatusCode

from activities.retrying import WORLD_ERRORS
from activities.tools import Tools
from activities.woken import look_when_woken
from schema.db.firing import Fires
from schema.db.schedules import CHANNEL, Schedule, Schedules
from schema.schedules import times_of
from workflows.schedules import Planned, Seen, look_at_schedule, put_schedule, remove_schedule, revision_in

log = structlog.get_logger()

BATCH: Final = 20
#: A row whose loop died, or could not reach Temporal, is claimed again after this.
LEASE_SECONDS: Final = 5.0
#: After Temporal refused a schedule as such.
REFUSED_SECONDS: Final = 60.0
PAGE: Final = 100
#: Two times of a schedule are not closer.
TIME_STEP: Final = timedelta(seconds=1)
ROUND_SECONDS: Final = 10.0


@dataclass
class ScheduleFollower:
    """One loop that has Temporal follow the rows."""

    tools: Tools
    schedules: Schedules = field(init=False)
    fires: Fires = field(init=False)

    def __post_init__(self) -> None:
        self.schedules, self.fires = Schedules(self.tools.engine), Fires(self.tools.engine)

    async def run(self) -> None:
        """Bring what is not there yet, until cancelled."""
        await look_when_woken(self.tools.engine.url, CHANNEL, self.look, "the follower of schedules")

    async def go_rounds(self) -> None:
        """Compare, again and again, until cancelled."""
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await self.go_round()
            except WORLD_ERRORS as error:
                log.warning("schedules cannot be compared", error=f"{type(error).__name__}: {str(error)[:300]}")

    async def look(self) -> bool:
        """Bring a batch; say whether there is more at once."""
        claimed = await self.schedules.claim_unsynced(BATCH, LEASE_SECONDS)
        for schedule in claimed:
            await self._bring(schedule)
        return len(claimed) == BATCH

    async def _bring(self, schedule: Schedule) -> None:
        """Bring one schedule; what fails leaves the row to be claimed again when its lease ends."""
        try:
            if schedule.deleted_at is not None:
                await remove_schedule(self.tools.client, str(schedule.id))
            else:
                planned, since = planned_of(schedule, _now()), await self._since(schedule)
                await put_schedule(self.tools.client, planned, since, _now)
        except RPCError as error:
            if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                raise
            await self._refused(schedule, error)
        else:
            await self.schedules.mark_synced(schedule)

    async def _since(self, schedule: Schedule) -> datetime:
        """Give from when on a schedule that Temporal does not have was to happen: its last change, or its last time."""
        last = await self.fires.last(schedule.id)
        return schedule.updated_at if last is None else max(schedule.updated_at, last + TIME_STEP)

    async def _refused(self, schedule: Schedule, error: RPCError) -> None:
        message = f"Temporal does not take the schedule: {str(error)[:500]}"
        log.warning("a schedule is refused", schedule=str(schedule.id), error=message)
        problem = {"code": "BAD_USER_INPUT", "message": message, "at": datetime.now(UTC).isoformat()}
        await self.schedules.tell_problem(schedule.id, problem)
        await self.schedules.postpone(schedule, REFUSED_SECONDS)

    async def go_round(self) -> int:
        """Compare every schedule once; give how many were not as they should be."""
        found, after = 0, UUID(int=0)
        while True:
            page = await self.schedules.round(after, PAGE)
            for schedule in page:
                found += await self._compare(schedule)
            if len(page) < PAGE:
                return found
            after = page[-1].id

    async def _compare(self, schedule: Schedule) -> bool:
        seen = await look_at_schedule(self.tools.client, str(schedule.id))
        revision = None if seen is None else revision_in(seen.note)
        # An earlier revision that came last, from a loop that was slow, is nobody's deed there.
        is_somebodys = revision in (None, schedule.revision)
        if seen is not None and seen.is_paused != schedule.is_paused and is_somebodys:
            await self.schedules.adopt_pause(schedule, _note_there(seen), is_paused=seen.is_paused)
            return True
        is_as_it_should_be = revision == schedule.revision
        if not is_as_it_should_be:
            log.warning("a schedule is made again in Temporal", schedule=str(schedule.id), is_lost=seen is None)
            await self.schedules.forget_synced(schedule)
        return not is_as_it_should_be


def planned_of(schedule: Schedule, now: datetime) -> Planned:
    """Give what Temporal is to know of a schedule."""
    content = schedule.content
    return Planned(
        id=str(schedule.id),
        tenant_id=str(schedule.tenant_id),
        graph_id=str(schedule.graph_id),
        name=content.name,
        revision=schedule.revision,
        times=times_of(content.spec, now),
        overlap=content.overlap,
        catch_up_seconds=content.catch_up_seconds,
        jitter_seconds=content.spec.jitter_seconds,
        start_at=content.spec.start_at,
        end_at=content.spec.end_at,
        is_paused=schedule.is_paused,
        note=schedule.note,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _note_there(seen: Seen) -> str:
    return f"{'Paused' if seen.is_paused else 'Resumed'} in Temporal: {seen.note}"[:500]
