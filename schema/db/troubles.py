"""Runs in trouble, of all tenants: those with a problem, those in which nothing happens, and rows to compare with Temporal.

Each list is bounded, and read by an index of what is open; nothing is changed. `schema.db.census` counts what is listed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from schema.db.census import LOOKED_AT_MAX, SILENT_SECONDS
from schema.db.tenancy import Database
from schema.states import OPEN

SHOWN_MAX: Final = 20
_OPEN_SQL: Final = ", ".join(f"'{state}'" for state in OPEN)
_PROBLEMS: Final = text(
    "SELECT r.id, r.problem ->> 'code' AS code, r.problem ->> 'message' AS message FROM runs r "
    "WHERE r.problem IS NOT NULL AND r.ended_at IS NULL ORDER BY r.created_at LIMIT :limit"
)
#: As in the census. What happened last in a run says so by its event; what waits or is under way, by its row.
_SILENT: Final = text(f"""
SELECT o.id FROM (
  SELECT r.id FROM runs r WHERE r.status = 'RUNNING' AND r.status IN ({_OPEN_SQL})
    AND r.started_at < now() - make_interval(secs => :silent) ORDER BY r.created_at, r.id LIMIT :looked_at) o
WHERE coalesce((SELECT e.created_at FROM run_events e WHERE e.run_id = o.id ORDER BY e.xid DESC, e.id DESC LIMIT 1),
               '-infinity') < now() - make_interval(secs => :silent)
  AND NOT EXISTS (SELECT 1 FROM node_executions n WHERE n.run_id = o.id AND n.waits_for IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM (SELECT n.status FROM node_executions n WHERE n.run_id = o.id
                                 ORDER BY n.execution DESC LIMIT 1000) n WHERE n.status IN ({_OPEN_SQL}))
LIMIT :limit
""")
#: What Temporal must have: begun, or handed over for a while. The oldest and the newest of them.
_BEGUN: Final = (
    f"r.status IN ({_OPEN_SQL}) AND (r.status <> 'QUEUED' OR r.handed_over_at IS NOT NULL) AND r.status <> 'INCOMPLETE' "
    "AND coalesce(r.handed_over_at, r.created_at) < now() - make_interval(secs => :age) "
    "AND r.created_at < now() - make_interval(secs => :age)"
)
_SAMPLE: Final = text(f"""
(SELECT r.id FROM runs r WHERE {_BEGUN} ORDER BY r.created_at, r.id LIMIT :half)
UNION (SELECT r.id FROM runs r WHERE {_BEGUN} ORDER BY r.created_at DESC, r.id DESC LIMIT :half)
""")
_STILL_OPEN: Final = text(f"SELECT id FROM runs WHERE id = ANY(:ids) AND status IN ({_OPEN_SQL})")
#: Runs that Temporal should not have open any more, or never: no row, or one that ended a while ago.
_OPEN_OR_RECENT: Final = text(
    "SELECT id FROM runs WHERE id = ANY(:ids) AND (ended_at IS NULL OR ended_at > now() - make_interval(secs => :age))"
)


@dataclass(frozen=True)
class Trouble:
    """A run with a problem."""

    run: UUID
    code: str
    message: str


@dataclass(frozen=True)
class Troubles:
    """The runs in trouble."""

    engine: Database

    async def with_problem(self) -> list[Trouble]:
        """Give open runs with a problem, the oldest."""
        return [Trouble(row.id, row.code, row.message) for row in await self._rows(_PROBLEMS, limit=SHOWN_MAX)]

    async def silent(self, seconds: float = SILENT_SECONDS) -> list[UUID]:
        """Give running runs in which nothing has happened for so long, and in which nothing is under way or waited for."""
        where = {"silent": seconds, "looked_at": LOOKED_AT_MAX, "limit": SHOWN_MAX}
        return [row.id for row in await self._rows(_SILENT, **where)]

    async def sample(self, count: int, age_seconds: float) -> list[UUID]:
        """Give open runs whose workflows Temporal must have, the oldest and the newest."""
        return [row.id for row in await self._rows(_SAMPLE, half=count // 2, age=age_seconds)]

    async def still_open(self, runs: Sequence[UUID]) -> set[UUID]:
        """Give those of these runs that are open."""
        return {row.id for row in await self._rows(_STILL_OPEN, ids=list(runs))}

    async def may_be_open(self, runs: Sequence[UUID], age_seconds: float) -> set[UUID]:
        """Give those of these runs that are open, or ended just now."""
        return {row.id for row in await self._rows(_OPEN_OR_RECENT, ids=list(runs), age=age_seconds)}

    async def _rows(self, statement: Any, **where: Any) -> Sequence[Any]:
        async with self.engine.connect() as connection:
            return (await connection.execute(statement, where)).all()
