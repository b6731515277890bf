"""Run events: what happened in runs, in an order on which a reader may rely, and where a reader stands; it only reads.

A row of `run_events` is written in the transaction in which the thing happened. Rows are read by (xid, id), and only those of
transactions older than every open one: nothing that is committed later can come before them, so who has read up to a place
has read all before it. An open transaction that writes, anywhere on the server, holds readers back until it ends.

A row tells of several things: `expand` gives them one by one. A position is the last thing that was given, by its row and its
number in it; it is the whole state of a reader, so reading goes on from it in any process, exactly behind it. Positions are of
rows that were committed, and never of a transaction number alone: numbers that a crash left unused are given out again.

The events of runs that ended long ago may be forgotten (`schema.db.forgetting`), all of a run's at once. Who would go on from
before one of them is refused. Who begins to read such a run is told nothing, and that it is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.run_expansion import EmissionKey, EventRow, Happening, SaidRow, WrittenRow, expand, logs_of, ranges_of
from schema.db.tenancy import Database
from schema.errors import DrystoneError, NotFound
from schema.states import TERMINAL

#: Rows that are read at once, and emissions that they may tell of together, except that one row is always read whole.
ROWS_MAX: Final = 100
EMISSIONS_MAX: Final = 1_000
#: A place behind everything that a row tells.
WHOLE: Final = 2**31 - 1

_TERMINAL_SQL: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))
_HORIZON: Final = "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
_ROW: Final = "e.xid, e.id, e.run_id, r.plan_hash, e.kind, e.body, e.created_at"
_BEHIND: Final = f"(e.xid, e.id) > (:xid, :id) AND e.xid < {_HORIZON}"
_OF_RUN: Final = text(
    f"SELECT {_ROW} FROM run_events e JOIN runs r ON r.id = e.run_id "
    f"WHERE e.tenant_id = :tenant AND e.run_id = :run AND {_BEHIND} ORDER BY e.xid, e.id LIMIT {ROWS_MAX}"
)
#: Rows of other agents count as read, too: so the place moves on, and no statement reads more than a page.
_OF_TENANT: Final = text(
    f"SELECT p.xid, p.id, p.run_id, r.plan_hash, p.kind, p.created_at, "
    "CASE WHEN CAST(:graph AS uuid) IS NULL OR p.graph_id = :graph THEN p.body END AS body "
    f"FROM (SELECT e.* FROM run_events e WHERE e.tenant_id = :tenant AND {_BEHIND} "
    f"ORDER BY e.xid, e.id LIMIT {ROWS_MAX}) AS p JOIN runs r ON r.id = p.run_id ORDER BY p.xid, p.id"
)
_SAID: Final = text(
    "SELECT m.run_id, m.execution, m.sequence, n.node_id, m.pin, m.value, m.handle "
    "FROM unnest(CAST(:runs AS uuid[]), CAST(:executions AS int[]), CAST(:firsts AS int[]), CAST(:nexts AS int[])) "
    "AS w(run, execution, first, next) JOIN runs o ON o.id = w.run AND o.tenant_id = :tenant "
    "JOIN node_executions n ON n.run_id = w.run AND n.execution = w.execution "
    "JOIN emissions m ON m.run_id = w.run AND m.execution = w.execution AND m.sequence >= w.first AND m.sequence < w.next"
)
_WRITTEN: Final = text(
    "SELECT l.id, l.execution, n.node_id, l.attempt, l.level, l.pin, l.line, l.created_at FROM run_logs l "
    "JOIN runs o ON o.id = l.run_id AND o.tenant_id = :tenant "
    "JOIN node_executions n ON n.run_id = l.run_id AND n.execution = l.execution WHERE l.id = ANY(:ids)"
)
_RUN: Final = text(
    f"SELECT {_HORIZON} AS horizon, r.status IN ({_TERMINAL_SQL}) AND NOT EXISTS ("
    "SELECT 1 FROM run_events e WHERE e.run_id = r.id AND e.kind = 'run' AND (e.xid, e.id) > (:xid, :id) "
    f"AND CAST(e.body AS jsonb) ->> 'status' IN ({_TERMINAL_SQL})) AS is_read, "
    "NOT EXISTS (SELECT 1 FROM run_events e WHERE e.run_id = r.id) AS is_forgotten "
    "FROM runs r WHERE r.tenant_id = :tenant AND r.id = :run"
)
_IS_THERE: Final = text("SELECT EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND id = :run)")
_GRAPH: Final = text(
    f"SELECT {_HORIZON} AS horizon, false AS is_read, EXISTS ("
    "SELECT 1 FROM forgotten_events f WHERE f.tenant_id = :tenant AND (:xid, :id) < (f.xid, f.id)) AS is_forgotten "
    "WHERE CAST(:graph AS uuid) IS NULL OR EXISTS (SELECT 1 FROM graphs WHERE tenant_id = :tenant AND id = :graph)"
)
#: Where the newest are forgotten, the place of the last of those.
_NEWEST: Final = text(
    f"(SELECT e.xid, e.id FROM run_events e WHERE e.tenant_id = :tenant AND e.xid < {_HORIZON} "
    "ORDER BY e.xid DESC, e.id DESC LIMIT 1) UNION ALL (SELECT f.xid, f.id FROM forgotten_events f WHERE f.tenant_id = :tenant) "
    "ORDER BY xid DESC, id DESC LIMIT 1"
)
#: Which of these readers have something to read: one look into an index for each. A reader of a run that is gone has, too.
_READY: Final = text(f"""
SELECT w.place FROM unnest(CAST(:runs AS uuid[]), CAST(:tenants AS uuid[]), CAST(:xids AS bigint[]), CAST(:ids AS bigint[]))
  WITH ORDINALITY AS w(run, tenant, xid, id, place)
WHERE CASE WHEN w.run IS NULL THEN EXISTS (
    SELECT 1 FROM run_events e WHERE e.tenant_id = w.tenant AND (e.xid, e.id) > (w.xid, w.id) AND e.xid < {_HORIZON})
  ELSE EXISTS (
    SELECT 1 FROM run_events e WHERE e.run_id = w.run AND (e.xid, e.id) > (w.xid, w.id) AND e.xid < {_HORIZON})
    OR NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = w.run) END
""")


@dataclass(frozen=True)
class Position:
    """The last thing that a reader has read: its row, and its number in the row."""

    xid: int
    id: int
    offset: int

    @property
    def last_row(self) -> int:
        """Give the id of the last row that is read whole."""
        return self.id if self.offset == WHOLE else self.id - 1


BEGINNING: Final = Position(0, 0, WHOLE)


class PositionUnknown(DrystoneError):
    """The cursor is of another database, or of this one before it was restored."""

    code = "BAD_CURSOR"
    fault = "theirs"


class EventsForgotten(DrystoneError):
    """The cursor is too old: events behind it are not kept any more. Read the runs themselves, and go on from `eventCursor`."""

    code = "BAD_CURSOR"
    fault = "theirs"


@dataclass(frozen=True)
class Scope:
    """What a reader reads: a run, an agent's runs, or all runs of the tenant."""

    tenant: UUID
    run_id: UUID | None = None
    graph_id: UUID | None = None


@dataclass(frozen=True)
class Told:
    """One thing that happened, and the position of who has read it."""

    position: Position
    run_id: UUID
    plan_hash: str
    at: datetime
    what: Happening


@dataclass(frozen=True)
class Page:
    """What a reader reads next. `is_end`: the run is over, nothing comes behind; `is_full`: more may be there already."""

    told: Sequence[Told]
    position: Position
    is_end: bool
    is_full: bool


@dataclass(frozen=True)
class RunEvents:
    """The events of a tenant's runs."""

    engine: Database

    async def begin(self, scope: Scope, after: Position | None) -> tuple[Position, bool]:
        """Give where reading begins, and whether there is nothing more to come.

        Raises NotFound where the run or the agent is not there, PositionUnknown for a position that cannot be of this database,
        EventsForgotten for one from which one cannot go on any more.
        """
        start = after or (BEGINNING if scope.run_id is not None else await self.newest(scope.tenant))
        where: dict[str, Any] = {"tenant": scope.tenant, "xid": start.xid, "id": start.last_row}
        if scope.run_id is not None:
            statement, what = _RUN, "Run"
            where["run"] = scope.run_id
        else:
            statement, what = _GRAPH, "Graph"
            where["graph"] = scope.graph_id
        async with self.engine.connect() as connection:
            row = (await connection.execute(statement, where)).one_or_none()
        if row is None:
            raise NotFound(f"There is no such {what} here.")
        if start.xid >= row.horizon:
            raise PositionUnknown
        if after is not None and row.is_forgotten:
            raise EventsForgotten
        return start, row.is_read

    async def is_there(self, scope: Scope) -> bool:
        """Say whether what is read was not deleted meanwhile."""
        if scope.run_id is None:
            return True
        async with self.engine.connect() as connection:
            return (await connection.execute(_IS_THERE, {"tenant": scope.tenant, "run": scope.run_id})).scalar() is True

    async def newest(self, tenant: UUID) -> Position:
        """Give the position of who has read all that can be read now."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_NEWEST, {"tenant": tenant})).one_or_none()
        return BEGINNING if row is None else Position(row.xid, row.id, WHOLE)

    async def page(self, scope: Scope, after: Position) -> Page:
        """Give what comes next."""
        where: dict[str, Any] = {"tenant": scope.tenant, "xid": after.xid, "id": after.last_row}
        of, mine = (_OF_TENANT, {"graph": scope.graph_id}) if scope.run_id is None else (_OF_RUN, {"run": scope.run_id})
        async with self.engine.connect() as connection:
            read = [EventRow(**row) for row in (await connection.execute(of, {**where, **mine})).mappings()]
            rows = list(_bounded(read))
            said = await _said(connection, scope.tenant, rows)
            written = await _written(connection, scope.tenant, rows)
        told: list[Told] = []
        is_end = False
        for row in rows:
            place = Position(row.xid, row.id, 0)
            first = after.offset + 1 if (row.xid, row.id) == (after.xid, after.id) else 0
            for offset, (at, what) in enumerate(expand(row, said, written)):
                if offset >= first and what is not None:
                    position = Position(place.xid, place.id, offset)
                    told.append(Told(position, row.run_id, row.plan_hash, at, what))
            is_end = is_end or (scope.run_id is not None and row.is_end)
        last = Position(rows[-1].xid, rows[-1].id, WHOLE) if rows else after
        return Page(told, last, is_end, len(rows) < len(read) or len(read) == ROWS_MAX)

    async def ready(self, readers: Sequence[tuple[Scope, Position]]) -> set[int]:
        """Give the places of those readers that have something to read; of all tenants, by one statement."""
        where = {
            "runs": [scope.run_id for scope, _ in readers],
            "tenants": [scope.tenant for scope, _ in readers],
            "xids": [position.xid for _, position in readers],
            "ids": [position.last_row for _, position in readers],
        }
        async with self.engine.connect() as connection:
            return {place - 1 for place in (await connection.execute(_READY, where)).scalars()}


def _bounded(rows: Sequence[EventRow]) -> Iterator[EventRow]:
    """Give as many rows as tell of so many emissions at most, and one at least."""
    count = 0
    for number, row in enumerate(rows):
        count += sum(until - first for _, first, until in ranges_of(row))
        if number and count > EMISSIONS_MAX:
            return
        yield row


async def _said(connection: AsyncConnection, tenant: UUID, rows: Sequence[EventRow]) -> dict[EmissionKey, SaidRow]:
    ranges = [(row.run_id, *one) for row in rows for one in ranges_of(row)]
    if not ranges:
        return {}
    names = ("runs", "executions", "firsts", "nexts")
    where = dict(zip(names, map(list, zip(*ranges, strict=True)), strict=True))
    found = [SaidRow(**row) for row in (await connection.execute(_SAID, {"tenant": tenant, **where})).mappings()]
    return {(row.run_id, row.execution, row.sequence): row for row in found}


async def _written(connection: AsyncConnection, tenant: UUID, rows: Sequence[EventRow]) -> dict[int, WrittenRow]:
    ids = [line for row in rows for line in logs_of(row)]
    if not ids:
        return {}
    found = (await connection.execute(_WRITTEN, {"tenant": tenant, "ids": ids})).mappings()
    return {row["id"]: WrittenRow(**row) for row in found}
