"""Problems of runs that go on, and rows that Temporal's list of workflows is compared with; nothing here talks to Temporal.

A problem is {code, message, cause, since, at}: what Temporal reports of an open run's workflow, or LOST, of a run that ended and of
which rows are missing. Readers of the run are told when one comes and when it goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from schema.db.tenancy import Database
from schema.states import TERMINAL

_TERMINAL_SQL: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))
_NOW: Final = text("SELECT now()")
_KNOWN: Final = text("SELECT id, status FROM runs WHERE id = ANY(:ids)")
#: The moments are the database's: the clock of no worker counts.
_SET: Final = text(f"""
WITH moved AS (
  UPDATE runs SET problem = json_build_object(
    'code', CAST(:code AS text), 'message', CAST(:message AS text), 'cause', CAST(:cause AS text),
    'since', coalesce(CAST(problem ->> 'since' AS timestamptz), now()), 'at', now())
  WHERE id = :id AND status NOT IN ({_TERMINAL_SQL}) AND problem ->> 'cause' IS DISTINCT FROM :cause
  RETURNING id, tenant_id, graph_id, status, problem),
told AS (
  INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body)
  SELECT tenant_id, graph_id, id, 'run', json_build_object('status', status, 'problem', problem) FROM moved)
SELECT pg_notify('drystone_runs', CAST(id AS text)) FROM moved
""")
_CLEAR: Final = text(f"""
WITH moved AS (
  UPDATE runs SET problem = NULL WHERE id = :id AND status NOT IN ({_TERMINAL_SQL}) AND problem IS NOT NULL
  RETURNING id, tenant_id, graph_id, status),
told AS (
  INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body)
  SELECT tenant_id, graph_id, id, 'run', json_build_object('status', status, 'problem', NULL) FROM moved)
SELECT pg_notify('drystone_runs', CAST(id AS text)) FROM moved
""")


@dataclass(frozen=True)
class RunProblems:
    """The problems of all tenants' runs."""

    engine: Database

    async def now(self) -> datetime:
        """Give the database's time, which no worker's clock moves."""
        async with self.engine.connect() as connection:
            moment: datetime = (await connection.execute(_NOW)).scalar_one()
        return moment

    async def known(self, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """Give {run: status} of those of these runs that have a row."""
        async with self.engine.connect() as connection:
            return {row.id: row.status for row in await connection.execute(_KNOWN, {"ids": list(ids)})}

    async def report(self, run_id: UUID, code: str, message: str, cause: str) -> None:
        """Write that an open run does not go on, and tell its readers; the same cause is told once."""
        row = {"id": run_id, "code": code, "message": message, "cause": cause}
        async with self.engine.begin() as connection:
            await connection.execute(_SET, row)

    async def clear(self, run_id: UUID) -> None:
        """Write that an open run goes on again."""
        async with self.engine.begin() as connection:
            await connection.execute(_CLEAR, {"id": run_id})


def is_of_tasks(problem: Mapping[str, Any] | None) -> bool:
    """Say whether a problem is one that Temporal reported."""
    return problem is not None and problem.get("code") != "LOST"
