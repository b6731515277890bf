"""Forgetting events: those of runs that ended long ago, all of a run's at once; the runs themselves, and what they gave, stay.

Events serve who follows a run and who comes back with a cursor. They are looked through in the order in which they were written.
The last that is forgotten of a tenant is noted, so that who comes back with an older cursor is told that something is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from schema.db.tenancy import Database

#: Events that one batch looks at, and runs whose events it forgets: each may have many more than those that were looked at.
EVENTS_AT_ONCE: Final = 1_000
RUNS_AT_ONCE: Final = 100
#: Any number: the key of the advisory lock that lets one process forget at a time.
_LOCK: Final = 4_115_771_030

_TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:key)")
#: A run that is being deleted is left to whoever deletes it.
_FORGET: Final = text(f"""
WITH looked AS (SELECT id, run_id, created_at FROM run_events WHERE id > :after ORDER BY id LIMIT {EVENTS_AT_ONCE}),
old AS (
  SELECT id FROM runs WHERE id IN (SELECT run_id FROM looked) AND ended_at < now() - CAST(:age AS interval)
  LIMIT :runs FOR KEY SHARE SKIP LOCKED),
gone AS (DELETE FROM run_events WHERE run_id IN (SELECT id FROM old) RETURNING tenant_id, xid, id),
noted AS (
  INSERT INTO forgotten_events AS f (tenant_id, xid, id)
  SELECT DISTINCT ON (tenant_id) tenant_id, xid, id FROM gone ORDER BY tenant_id, xid DESC, id DESC
  ON CONFLICT (tenant_id) DO UPDATE SET xid = excluded.xid, id = excluded.id
  WHERE (f.xid, f.id) < (excluded.xid, excluded.id))
SELECT max(id) AS last, coalesce(max(created_at) < now() - CAST(:age AS interval), false) AS is_more,
       (SELECT count(*) FROM gone) AS gone, (SELECT count(*) FROM old) = :runs AS is_full
FROM looked
""")


@dataclass(frozen=True)
class Forgotten:
    """What a batch did: how many events it forgot, the last that it looked at, and whether older ones may be behind that."""

    count: int
    last: int
    is_more: bool


async def forget_events(database: Database, age: timedelta, after: int = 0, runs: int = RUNS_AT_ONCE) -> Forgotten:
    """Forget the events of so many runs that ended longer ago than this, of those that have one among the next behind `after`."""
    async with database.begin() as connection:
        if not (await connection.execute(_TRY_LOCK, {"key": _LOCK})).scalar_one():
            return Forgotten(0, after, False)
        row = (await connection.execute(_FORGET, {"age": age, "after": after, "runs": runs})).one()
    # Of those that were looked at, some may be left.
    return Forgotten(row.gone, after, True) if row.is_full else Forgotten(row.gone, row.last or after, row.is_more)
