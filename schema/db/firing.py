"""Firing: a time of a schedule has come, or somebody asks for one; what becomes of it is written down, once for each time.

A time of a schedule has one run, however often it is tried: the run's idempotency key says schedule and time. Where it cannot
be (access lost, a credential gone, an agent deleted, inputs that fit no more) the reason stands with the time and as the
schedule's problem, until it works again; the schedule goes on trying at its times.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.block import BlockSpec
from schema.db.accepting import Accepting, Wanted, check_access
from schema.db.people import People
from schema.db.runs import RUN_COLUMNS, Run
from schema.db.schedules import Schedule, Schedules
from schema.db.tenancy import Database
from schema.errors import Conflict, DrystoneError
from schema.graph import Graph

#: From (tenant, agent, version or None for the active one) to the graph and its plan, (hash, routing); raises NotFound and
#: InvalidGraph. What compiles is given from outside: tables know no engine.
Compile = Callable[[UUID, UUID, int | None], Awaitable[tuple[Graph, tuple[str, list[Any]]]]]
#: A schedule, and the time behind which its earlier times are wanted; None: the latest.
FiresWanted = tuple[UUID, datetime | None]

_COLUMNS: Final = "f.schedule_id, f.scheduled_at, f.run_id, f.error, f.created_at"
_GET: Final = text(f"SELECT {_COLUMNS} FROM schedule_fires f WHERE f.schedule_id = :id AND f.scheduled_at = :due")
_PUT: Final = text(f"""
INSERT INTO schedule_fires AS f (schedule_id, scheduled_at, tenant_id, run_id, error)
VALUES (:id, :due, :tenant, :run, CAST(:error AS json))
ON CONFLICT (schedule_id, scheduled_at) DO UPDATE SET run_id = coalesce(f.run_id, excluded.run_id),
  error = CASE WHEN coalesce(f.run_id, excluded.run_id) IS NULL THEN excluded.error END
RETURNING {_COLUMNS}
""")
_LAST: Final = text("SELECT max(scheduled_at) FROM schedule_fires WHERE schedule_id = :id")
_OF: Final = """
FROM unnest(CAST(:ids AS uuid[]), CAST(:times AS timestamptz[])) WITH ORDINALITY AS w(id, time, place)
CROSS JOIN LATERAL (
  SELECT {columns} FROM schedule_fires f {join}
  WHERE f.tenant_id = :tenant AND f.schedule_id = w.id AND (w.time IS NULL OR f.scheduled_at < w.time)
  ORDER BY f.scheduled_at DESC LIMIT :limit) AS x
ORDER BY w.place, x.scheduled_at DESC
"""
_FIRES: Final = text("SELECT w.place AS wanted, x.*" + _OF.format(columns=_COLUMNS, join=""))
_RUNS: Final = text(
    "SELECT w.place AS wanted, x.*"
    + _OF.format(columns=f"f.scheduled_at, {RUN_COLUMNS}", join="JOIN runs r ON r.id = f.run_id")
)


@dataclass(frozen=True)
class Fire:
    """What became of one time of a schedule."""

    schedule_id: UUID
    scheduled_at: datetime
    run_id: UUID | None
    error: dict[str, Any] | None
    created_at: datetime


@dataclass(frozen=True)
class Fires:
    """What became of the times of all tenants' schedules."""

    engine: Database

    async def get(self, schedule_id: UUID, due: datetime) -> Fire | None:
        async with self.engine.connect() as connection:
            row = (await connection.execute(_GET, {"id": schedule_id, "due": due})).mappings().one_or_none()
        return None if row is None else Fire(**row)

    async def put(self, schedule: Schedule, due: datetime, run_id: UUID | None, error: dict[str, Any] | None) -> Fire:
        """Write what became of a time; a run that is written stays."""
        row = {"id": schedule.id, "due": due, "tenant": schedule.tenant_id, "run": run_id}
        async with self.engine.begin() as connection:
            error_text = None if error is None else orjson.dumps(error, default=str).decode()
            return Fire(**(await connection.execute(_PUT, {**row, "error": error_text})).mappings().one())

    async def last(self, schedule_id: UUID) -> datetime | None:
        """Give the latest time of a schedule that anything became of."""
        async with self.engine.connect() as connection:
            found: datetime | None = (await connection.execute(_LAST, {"id": schedule_id})).scalar()
        return found

    async def of(self, tenant: UUID, wanted: Sequence[FiresWanted], limit: int) -> dict[FiresWanted, list[Fire]]:
        """Give a page of the times of each of these schedules, the latest first."""
        found: dict[FiresWanted, list[Fire]] = {one: [] for one in wanted}
        for place, row in await self._pages(_FIRES, tenant, wanted, limit):
            found[wanted[place]].append(Fire(**row))
        return found

    async def runs_of(
        self, tenant: UUID, wanted: Sequence[FiresWanted], limit: int
    ) -> dict[FiresWanted, list[tuple[datetime, Run]]]:
        """Give a page of the runs that each of these schedules started, with their times, the latest first."""
        found: dict[FiresWanted, list[tuple[datetime, Run]]] = {one: [] for one in wanted}
        for place, row in await self._pages(_RUNS, tenant, wanted, limit):
            due = row.pop("scheduled_at")
            found[wanted[place]].append((due, Run(**row)))
        return found

    async def _pages(
        self, statement: Any, tenant: UUID, wanted: Sequence[FiresWanted], limit: int
    ) -> list[tuple[int, dict[str, Any]]]:
        ids, times = [one[0] for one in wanted], [one[1] for one in wanted]
        where = {"tenant": tenant, "ids": ids, "times": times, "limit": limit}
        async with self.engine.connect() as connection:
            rows = [dict(row) for row in (await connection.execute(statement, where)).mappings()]
        return [(row.pop("wanted") - 1, row) for row in rows]


@dataclass(frozen=True)
class Firing:
    """What firing needs."""

    schedules: Schedules
    fires: Fires
    accepting: Accepting
    people: People
    specs: Mapping[str, BlockSpec]
    compile: Compile

    async def fire(self, schedule: Schedule, due: datetime, *, start_after_seconds: float) -> Fire:
        """Accept the run of one time of a schedule in the name of whose it is, or write down why that cannot be.

        `start_after_seconds` is how long the starter leaves the run to the caller. Raises what says nothing of the schedule:
        the world's errors.
        """
        known = await self.fires.get(schedule.id, due)
        if known is not None and known.run_id is not None:
            return known
        try:
            run = await self._accept(schedule, due, start_after_seconds)
        except DrystoneError as error:
            if error.fault != "theirs":
                raise
            return await self._refuse(schedule, due, error)
        if schedule.problem is not None:
            await self.schedules.tell_problem(schedule.id, None)
        return await self.fires.put(schedule, due, run.id, None)

    async def _refuse(self, schedule: Schedule, due: datetime, error: DrystoneError) -> Fire:
        problem = {"code": error.code, "message": error.message, "at": datetime.now(UTC).isoformat()}
        await self.schedules.tell_problem(schedule.id, problem)
        return await self.fires.put(schedule, due, None, error.to_wire())

    async def _accept(self, schedule: Schedule, due: datetime, start_after_seconds: float) -> Run:
        tenant, person, content = schedule.tenant_id, schedule.created_by, schedule.content
        wanted = Wanted(
            graph_id=schedule.graph_id,
            graph_version=content.graph_version,
            inputs=content.inputs,
            credentials=content.credentials,
            idempotency_key=f"schedule/{schedule.id}/{due.isoformat()}",
            trigger="schedule",
            trigger_id=schedule.id,
        )
        known = await self._accepted(schedule, wanted)
        if known is not None:
            return known
        await check_access(self.people, tenant, person)
        compiled = await self.compile(tenant, schedule.graph_id, content.graph_version)
        more = {"start_after_seconds": start_after_seconds}
        return await self.accepting.accept(tenant, person, wanted, compiled, self.specs, **more)

    async def _accepted(self, schedule: Schedule, wanted: Wanted) -> Run | None:
        """Give the run that a try before this one accepted and could not write down, also where the schedule was changed since."""
        runs = self.accepting.submission.runs
        try:
            return await runs.accepted(schedule.tenant_id, wanted.idempotency_key, wanted.asked)
        except Conflict as error:
            return await runs.get(schedule.tenant_id, UUID(error.fields["run_id"]))
