"""Deleting runs: one that is over goes with all that is of it, and with those that its nodes started; it ends no run.

Its files are hidden with it, and `Files.collect` removes their bytes. What it kept in its owner's workspace, and what a task of the
Agent Protocol has of it, stays, and is no run's any more.

Most of a run's rows have no foreign key to it (`schema.db.tables`). Who writes some holds the run's row until they are committed,
so a deletion waits for them; what comes later finds no run. Then a trigger, which sees all that was committed, deletes the rows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound
from schema.states import TERMINAL

#: Runs, those that their nodes started not counted, and node executions that one batch deletes. One run is always deleted whole.
RUNS_AT_ONCE: Final = 200
EXECUTIONS_AT_ONCE: Final = 20_000

_TERMINAL_SQL: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))
_STAYS: Final = "(files.path IS NOT NULL OR EXISTS (SELECT 1 FROM protocol_artifacts a WHERE a.file_id = files.id))"
#: What is of a run goes with it. The values that it had may be another run's, too, and stay.
_HIDE_FILES: Final = f"""
  UPDATE files SET
    run_id = CASE WHEN {_STAYS} THEN NULL ELSE run_id END,
    deleted_at = CASE WHEN {_STAYS} THEN deleted_at ELSE coalesce(deleted_at, now()) END
"""
_DELETE: Final = text(f"""
WITH RECURSIVE tree AS (
  SELECT id, status FROM runs WHERE tenant_id = :tenant AND id = :id
  UNION ALL
  SELECT r.id, r.status FROM runs r JOIN tree t ON r.parent_run_id = t.id WHERE r.tenant_id = :tenant),
gone AS (
  DELETE FROM runs WHERE id IN (SELECT id FROM tree)
    AND NOT EXISTS (SELECT 1 FROM tree WHERE status NOT IN ({_TERMINAL_SQL})) RETURNING id),
files_gone AS ({_HIDE_FILES} WHERE tenant_id = :tenant AND run_id IN (SELECT id FROM gone))
SELECT (SELECT count(*) FROM tree) AS found, (SELECT count(*) FROM gone) AS gone
""")
#: The oldest of each tenant by the index of its list: a run that ended before a moment was accepted before it. What one that is
#: over has started may still be ending; such a run is left for later. Another process's batch skips what is locked by this one.
_DELETE_ENDED: Final = text(f"""
WITH RECURSIVE tenants AS (
  (SELECT tenant_id FROM runs WHERE parent_run_id IS NULL ORDER BY tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT r.tenant_id FROM runs r WHERE r.parent_run_id IS NULL AND r.tenant_id > t.tenant_id
          ORDER BY r.tenant_id LIMIT 1)
  FROM tenants t WHERE t.tenant_id IS NOT NULL),
old AS (
  SELECT o.id, o.created_at, coalesce(CAST(o.stats ->> 'node_execution_count' AS bigint), 0) AS executions
  FROM tenants t CROSS JOIN LATERAL (
    SELECT r.id, r.created_at, r.stats FROM runs r
    WHERE r.tenant_id = t.tenant_id AND r.parent_run_id IS NULL
      AND r.created_at < now() - CAST(:age AS interval) AND r.ended_at < now() - CAST(:age AS interval)
      AND NOT EXISTS (SELECT 1 FROM runs c WHERE c.parent_run_id = r.id AND c.status NOT IN ({_TERMINAL_SQL}))
    ORDER BY r.created_at, r.id LIMIT {RUNS_AT_ONCE}) AS o
  ORDER BY o.created_at, o.id LIMIT {RUNS_AT_ONCE}),
fitting AS (
  SELECT id, sum(executions) OVER (ORDER BY created_at, id) - executions AS before FROM old),
locked AS (
  SELECT id FROM runs WHERE id IN (SELECT id FROM fitting WHERE before < {EXECUTIONS_AT_ONCE}) FOR UPDATE SKIP LOCKED),
tree AS (
  SELECT id AS root, id, true AS is_over FROM locked
  UNION ALL
  SELECT t.root, r.id, r.status IN ({_TERMINAL_SQL}) FROM runs r JOIN tree t ON r.parent_run_id = t.id),
gone AS (
  DELETE FROM runs WHERE id IN (SELECT id FROM tree WHERE root NOT IN (SELECT root FROM tree WHERE NOT is_over))
  RETURNING id),
files_gone AS ({_HIDE_FILES} WHERE run_id IN (SELECT id FROM gone))
SELECT count(*) FROM gone
""")


async def delete_run(database: Database, tenant: UUID, run_id: UUID) -> int:
    """Delete a run that is over; give how many runs went. Raises NotFound, or Conflict where it or a child still runs."""
    async with database.begin() as connection:
        row = (await connection.execute(_DELETE, {"tenant": tenant, "id": run_id})).one()
    if not row.found:
        raise NotFound("There is no such Run here.", run_id=str(run_id))
    if not row.gone:
        raise Conflict("The run, or one that it started, is not over yet: cancel it and wait for its end.")
    return int(row.gone)


async def delete_ended(database: Database, age: timedelta) -> int:
    """Delete a batch of the runs, of all tenants, that ended longer ago than this; give how many went, 0 where none is left."""
    async with database.begin() as connection:
        return int((await connection.execute(_DELETE_ENDED, {"age": age})).scalar_one())
