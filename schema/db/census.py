"""The census: how many runs are open and how, by a bounded look at the rows of all tenants; it changes nothing and names nobody.

Each part reads an index of what is open, and no more rows than its limit: a number that has reached `COUNTED_MAX` says "so many, or
more". It is taken by one role of workers, so that it counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text

from schema.db.tenancy import Database
from schema.states import OPEN

COUNTED_MAX: Final = 100_000
#: Open runs, the oldest, that are looked at for progress.
LOOKED_AT_MAX: Final = 500
#: A run that nothing is under way in says something within milliseconds.
SILENT_SECONDS: Final = 900

_OPEN_SQL: Final = ", ".join(f"'{state}'" for state in OPEN)
_IS_OPEN: Final = f"r.status IN ({_OPEN_SQL})"
_STATES: Final = text(f"""
SELECT s.status, (SELECT count(*) FROM (SELECT 1 FROM runs r WHERE r.status = s.status AND {_IS_OPEN} LIMIT :counted) c) AS runs
FROM unnest(CAST(:states AS text[])) AS s(status)
""")
#: Of runs that nobody holds back by a cancel; those that wait for their turn by a limit are among them.
_OUTBOX: Final = text(f"""
SELECT count(*) AS runs, coalesce(extract(epoch FROM now() - min(w.created_at)), 0) AS seconds FROM (
  SELECT r.created_at FROM runs r WHERE r.status = 'QUEUED' AND {_IS_OPEN} AND r.handed_over_at IS NULL
    AND r.cancel_requested_at IS NULL AND r.parent_run_id IS NULL ORDER BY r.created_at, r.id LIMIT :counted) w
""")
_ORDERS: Final = text(
    "SELECT coalesce(extract(epoch FROM now() - min(deliver_after)), 0) AS seconds FROM run_orders WHERE outcome IS NULL"
)
_PROBLEMS: Final = text(
    "SELECT count(*) AS runs FROM (SELECT 1 FROM runs r WHERE r.problem IS NOT NULL AND r.ended_at IS NULL LIMIT :counted) p"
)
#: Runs that say they run, and in which nothing has happened, is under way or is waited for. The newest executions say so.
_SILENT: Final = text(f"""
SELECT count(*) AS runs FROM (
  SELECT r.id FROM runs r WHERE r.status = 'RUNNING' AND {_IS_OPEN}
    AND r.started_at < now() - make_interval(secs => :silent) ORDER BY r.created_at, r.id LIMIT :looked_at) o
WHERE coalesce((SELECT e.created_at FROM run_events e WHERE e.run_id = o.id ORDER BY e.xid DESC, e.id DESC LIMIT 1),
               '-infinity') < now() - make_interval(secs => :silent)
  AND NOT EXISTS (SELECT 1 FROM node_executions n WHERE n.run_id = o.id AND n.waits_for IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM (SELECT n.status FROM node_executions n WHERE n.run_id = o.id
                                 ORDER BY n.execution DESC LIMIT 1000) n WHERE {_IS_OPEN.replace("r.", "n.")})
""")
_SIZE: Final = text("SELECT pg_database_size(current_database()) AS bytes")


@dataclass(frozen=True)
class Census:
    """How many runs are open, and how."""

    #: {open state: runs}, each at most `COUNTED_MAX`.
    states: Mapping[str, int]
    outbox_runs: int
    outbox_seconds: float
    orders_seconds: float
    problems: int
    silent: int
    database_bytes: int


async def take_census(engine: Database, silent_seconds: float = SILENT_SECONDS) -> Census:
    """Count, on one connection."""
    where = {"counted": COUNTED_MAX, "looked_at": LOOKED_AT_MAX, "silent": silent_seconds}
    async with engine.connect() as connection:

        async def one(statement: Any, *names: str) -> Any:
            return (await connection.execute(statement, {name: where[name] for name in names})).one()

        states = await connection.execute(_STATES, {"states": [str(state) for state in OPEN], "counted": COUNTED_MAX})
        outbox = await one(_OUTBOX, "counted")
        return Census(
            states={row.status: row.runs for row in states},
            outbox_runs=outbox.runs,
            outbox_seconds=float(outbox.seconds),
            orders_seconds=max(0.0, float((await one(_ORDERS)).seconds)),
            problems=(await one(_PROBLEMS, "counted")).runs,
            silent=(await one(_SILENT, "silent", "looked_at")).runs,
            database_bytes=(await one(_SIZE)).bytes,
        )
