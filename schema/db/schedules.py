"""Rows of schedules: made, changed, paused, deleted; which of them Temporal does not follow yet. No Temporal here.

The row is the truth. Each change has the next revision and wakes whoever brings rows to Temporal; `synced_revision` is the one
that Temporal has. A deleted schedule's row stays, so that Temporal can be told of it, and so that what it started is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.db.tenancy import Database
from schema.db.versions import hold
from schema.errors import Conflict, NotFound
from schema.ids import new_id
from schema.limits import LIMITS
from schema.schedules import ScheduleSpec

CHANNEL: Final = "drystone_schedules"
_COLUMNS: Final = (
    "s.id, s.tenant_id, s.graph_id, s.graph_version, s.name, s.spec, s.overlap, s.catch_up_seconds, s.inputs, "
    "s.credentials, s.is_paused, s.note, s.created_by, s.problem, s.revision, s.synced_revision, s.created_at, "
    "s.updated_at, s.deleted_at"
)
_LIVING: Final = f"SELECT {_COLUMNS} FROM schedules s WHERE s.tenant_id = :tenant AND s.deleted_at IS NULL"
_GET: Final = text(f"{_LIVING} AND s.id = :id")
_PAGE: Final = text(
    f"{_LIVING} AND (CAST(:graph AS uuid) IS NULL OR s.graph_id = :graph) "
    "AND (CAST(:before AS timestamptz) IS NULL OR (s.created_at, s.id) < (:before, :before_id)) "
    "ORDER BY s.created_at DESC, s.id DESC LIMIT :limit"
)
_LOCK_TENANT: Final = text("SELECT pg_advisory_xact_lock(hashtext('schedules'), hashtext(CAST(:tenant AS text)))")
_COUNT: Final = text("SELECT count(*) FROM schedules WHERE tenant_id = :tenant AND deleted_at IS NULL")
_PUT: Final = text(f"""
INSERT INTO schedules AS s (id, tenant_id, graph_id, graph_version, name, spec, overlap, catch_up_seconds, inputs, credentials,
                            is_paused, note, created_by, revision)
VALUES (:id, :tenant, :graph, :graph_version, :name, CAST(:spec AS json), :overlap, :catch_up_seconds,
        CAST(:inputs AS json), CAST(:credentials AS json), :is_paused, :note, :person, 1)
RETURNING {_COLUMNS}
""")
_CHANGED: Final = "revision = s.revision + 1, updated_at = now(), sync_after = now()"
_WHERE: Final = f"WHERE s.tenant_id = :tenant AND s.id = :id AND s.deleted_at IS NULL RETURNING {_COLUMNS}"
_CHANGE: Final = text(f"""
UPDATE schedules s SET graph_version = :graph_version, name = :name, spec = CAST(:spec AS json), overlap = :overlap,
  catch_up_seconds = :catch_up_seconds, inputs = CAST(:inputs AS json), credentials = CAST(:credentials AS json),
  created_by = :person, problem = NULL, {_CHANGED}
WHERE s.tenant_id = :tenant AND s.id = :id AND s.deleted_at IS NULL AND s.revision = :revision RETURNING {_COLUMNS}
""")
_PAUSE: Final = text(f"UPDATE schedules s SET is_paused = :is_paused, note = :note, {_CHANGED} {_WHERE}")
_DELETE: Final = text(f"UPDATE schedules s SET deleted_at = now(), {_CHANGED} {_WHERE}")
#: Tells those who keep Temporal's schedules that one has changed.
NOTIFY: Final = text(f"SELECT pg_notify('{CHANNEL}', CAST(CAST(:id AS uuid) AS text))")

# For those who serve all tenants.
_FIND: Final = text(f"SELECT {_COLUMNS} FROM schedules s WHERE s.id = :id")
_CLAIM: Final = text(f"""
UPDATE schedules s SET sync_after = now() + make_interval(secs => :lease_seconds)
WHERE s.id IN (
  SELECT q.id FROM schedules q WHERE q.synced_revision IS DISTINCT FROM q.revision AND q.sync_after <= now()
  ORDER BY q.sync_after LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING {_COLUMNS}
""")
_SYNCED: Final = text("UPDATE schedules SET synced_revision = :revision WHERE id = :id")
_POSTPONE: Final = text("UPDATE schedules SET sync_after = now() + make_interval(secs => :seconds) WHERE id = :id")
_FORGET: Final = text(
    "UPDATE schedules SET synced_revision = NULL, sync_after = now() WHERE id = :id AND revision = :revision"
)
_ADOPT: Final = text(
    "UPDATE schedules SET is_paused = :is_paused, note = :note, revision = revision + 1, sync_after = now(), "
    "updated_at = now() WHERE id = :id AND revision = :revision AND synced_revision = :revision"
)
_ROUND: Final = text(
    f"SELECT {_COLUMNS} FROM schedules s WHERE s.synced_revision = s.revision AND s.deleted_at IS NULL AND s.id > :after "
    "ORDER BY s.id LIMIT :limit"
)
_PROBLEM: Final = text("UPDATE schedules SET problem = CAST(:problem AS json) WHERE id = :id")


@dataclass(frozen=True)
class ScheduleContent:
    """What a person says of a schedule, checked."""

    name: str
    spec: ScheduleSpec
    #: One of `schema.schedules.OVERLAPS`.
    overlap: str
    catch_up_seconds: int
    #: Absent: the version that is active when its time comes.
    graph_version: int | None
    inputs: Mapping[str, Any]
    #: {key of the agent's credentials_input_schema: credential id}.
    credentials: Mapping[str, UUID]

    @property
    def row(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "spec": _json(self.spec.to_row()),
            "overlap": self.overlap,
            "catch_up_seconds": self.catch_up_seconds,
            "graph_version": self.graph_version,
            "inputs": _json(dict(self.inputs)),
            "credentials": _json({key: str(each) for key, each in self.credentials.items()}),
        }


@dataclass(frozen=True)
class Schedule:
    """A schedule's row."""

    id: UUID
    tenant_id: UUID
    graph_id: UUID
    content: ScheduleContent
    is_paused: bool
    note: str | None
    #: In whose name it runs.
    created_by: UUID | None
    #: Why it could not run the last time, {code, message, at}.
    problem: dict[str, Any] | None
    revision: int
    synced_revision: int | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None

    @property
    def is_synced(self) -> bool:
        """Say whether Temporal has this revision."""
        return self.synced_revision == self.revision


@dataclass(frozen=True)
class Schedules:
    """The schedules of all tenants."""

    engine: Database

    async def page(
        self, tenant: UUID, graph_id: UUID | None, before: tuple[datetime, UUID] | None, limit: int
    ) -> list[Schedule]:
        """Give the schedules of an agent, or all, the newest first."""
        place = {"before": None, "before_id": None} if before is None else {"before": before[0], "before_id": before[1]}
        return await self._rows(_PAGE, {"tenant": tenant, "graph": graph_id, "limit": limit, **place})

    async def get(self, tenant: UUID, schedule_id: UUID) -> Schedule:
        """Give a schedule; raise NotFound."""
        return _needed(await self._rows(_GET, {"tenant": tenant, "id": schedule_id}))

    async def add(
        self,
        tenant: UUID,
        graph_id: UUID,
        person: UUID,
        content: ScheduleContent,
        note: str | None = None,
        *,
        is_paused: bool = False,
    ) -> Schedule:
        """Keep a schedule; raise Conflict where the organisation has as many as it may, NotFound where the agent is deleted."""
        row = {**content.row, "id": new_id(), "tenant": tenant, "graph": graph_id, "person": person}
        async with self.engine.begin() as connection:
            await connection.execute(_LOCK_TENANT, {"tenant": str(tenant)})
            if ((await connection.execute(_COUNT, {"tenant": tenant})).scalar() or 0) >= LIMITS.schedules_max:
                raise Conflict(f"An organisation has at most {LIMITS.schedules_max} schedules; delete one first.")
            await hold(connection, tenant, graph_id)
            found = await connection.execute(_PUT, {**row, "is_paused": is_paused, "note": note})
            made = _schedule(found.mappings().one())
            await connection.execute(NOTIFY, {"id": made.id})
        return made

    async def change(self, seen: Schedule, revision: int, person: UUID, content: ScheduleContent) -> Schedule:
        """Change a schedule, which from now on runs in this person's name; raise Conflict where it is at another revision."""
        where = {**content.row, "tenant": seen.tenant_id, "id": seen.id, "revision": revision, "person": person}
        changed = await self._write(_CHANGE, where)
        if not changed:
            raise Conflict("The schedule was changed or deleted meanwhile; read it again.")
        return changed[0]

    async def pause(self, tenant: UUID, schedule_id: UUID, note: str | None, *, is_paused: bool) -> Schedule:
        """Pause a schedule, or let it go on; raise NotFound."""
        where = {"tenant": tenant, "id": schedule_id, "note": note, "is_paused": is_paused}
        return _needed(await self._write(_PAUSE, where))

    async def delete(self, tenant: UUID, schedule_id: UUID) -> None:
        """Delete a schedule; what it started stays. Raises NotFound."""
        _needed(await self._write(_DELETE, {"tenant": tenant, "id": schedule_id}))

    # What brings rows to Temporal, and what Temporal starts

    async def find(self, schedule_id: UUID) -> Schedule | None:
        """Give a schedule of whichever tenant, a deleted one, too."""
        return next(iter(await self._rows(_FIND, {"id": schedule_id})), None)

    async def claim_unsynced(self, limit: int, lease_seconds: float) -> list[Schedule]:
        """Lease rows that Temporal does not follow yet; another claimer skips them until the lease ends."""
        async with self.engine.begin() as connection:
            rows = await connection.execute(_CLAIM, {"limit": limit, "lease_seconds": lease_seconds})
            return [_schedule(row) for row in rows.mappings()]

    async def mark_synced(self, schedule: Schedule) -> None:
        """Write down that Temporal has this revision."""
        await self._execute(_SYNCED, {"id": schedule.id, "revision": schedule.revision})

    async def postpone(self, schedule: Schedule, seconds: float) -> None:
        await self._execute(_POSTPONE, {"id": schedule.id, "seconds": seconds})

    async def forget_synced(self, schedule: Schedule) -> None:
        """Write down that Temporal does not have it: it is brought again."""
        await self._execute(_FORGET, {"id": schedule.id, "revision": schedule.revision})

    async def adopt_pause(self, schedule: Schedule, note: str, *, is_paused: bool) -> None:
        """Take over what somebody did in Temporal itself, unless the row was changed since."""
        where = {"id": schedule.id, "revision": schedule.revision, "is_paused": is_paused, "note": note}
        await self._execute(_ADOPT, where)

    async def round(self, after: UUID, limit: int) -> list[Schedule]:
        """Give a page of the schedules that Temporal should have, by their ids."""
        return await self._rows(_ROUND, {"after": after, "limit": limit})

    async def tell_problem(self, schedule_id: UUID, problem: Mapping[str, Any] | None) -> None:
        """Write why a schedule cannot run now, {code, message, at}; None: it can."""
        await self._execute(_PROBLEM, {"id": schedule_id, "problem": None if problem is None else _json(problem)})

    async def _rows(self, statement: Any, where: Mapping[str, Any]) -> list[Schedule]:
        async with self.engine.connect() as connection:
            return [_schedule(row) for row in (await connection.execute(statement, where)).mappings()]

    async def _write(self, statement: Any, where: Mapping[str, Any]) -> list[Schedule]:
        async with self.engine.begin() as connection:
            rows = [_schedule(row) for row in (await connection.execute(statement, where)).mappings()]
            if rows:
                await connection.execute(NOTIFY, {"id": where["id"]})
        return rows

    async def _execute(self, statement: Any, where: Mapping[str, Any]) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(statement, where)


def _needed(rows: Sequence[Schedule]) -> Schedule:
    if not rows:
        raise NotFound("There is no such Schedule here.")
    return rows[0]


def _schedule(found: Any) -> Schedule:
    row = dict(found)
    content = {name: row.pop(name) for name in ("name", "overlap", "catch_up_seconds", "graph_version", "inputs")}
    spec = ScheduleSpec.from_row(row.pop("spec"))
    chosen = {key: UUID(each) for key, each in row.pop("credentials").items()}
    return Schedule(**row, content=ScheduleContent(**content, spec=spec, credentials=chosen))


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
