"""Deleting runs: one that is over goes with all that is of it, and with those that its nodes started; it ends no run.

Its files are hidden with it, and `Files.collect` removes their bytes. What it kept in its owner's workspace, and what a task of the
Agent Protocol has of it, stays, and is no run's any more.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import text

from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound
from schema.states import TERMINAL

_TERMINAL_SQL: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))
_STAYS: Final = "(files.path IS NOT NULL OR EXISTS (SELECT 1 FROM protocol_artifacts a WHERE a.file_id = files.id))"
#: What is of a run goes by its foreign key. The values that it had may be another run's, too, and stay.
_DELETE: Final = text(f"""
WITH RECURSIVE tree AS (
  SELECT id, status FROM runs WHERE tenant_id = :tenant AND id = :id
  UNION ALL
  SELECT r.id, r.status FROM runs r JOIN tree t ON r.parent_run_id = t.id WHERE r.tenant_id = :tenant),
gone AS (
  DELETE FROM runs WHERE id IN (SELECT id FROM tree)
    AND NOT EXISTS (SELECT 1 FROM tree WHERE status NOT IN ({_TERMINAL_SQL})) RETURNING id),
files_gone AS (
  UPDATE files SET
    run_id = CASE WHEN {_STAYS} THEN NULL ELSE run_id END,
    deleted_at = CASE WHEN {_STAYS} THEN deleted_at ELSE coalesce(deleted_at, now()) END
  WHERE tenant_id = :tenant AND run_id IN (SELECT id FROM gone))
SELECT (SELECT count(*) FROM tree) AS found, (SELECT count(*) FROM gone) AS gone
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
