"""Traces of runs as their rows have them: what a run's span is below, and what it says when the run is over; it makes no span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from schema.db.tenancy import Database

#: A child that was accepted where no traces are made belongs to the trace of its root.
_FIND: Final = text("""
SELECT r.id, r.root_run_id, r.agent_name, r.graph_version, r.trigger, r.status, r.error ->> 'code' AS code,
  r.created_at, r.ended_at, coalesce(r.trace, (SELECT t.trace FROM runs t WHERE t.id = r.root_run_id)) AS trace
FROM runs r WHERE r.id = :run
""")


@dataclass(frozen=True)
class TracedRun:
    """What a run's span says."""

    id: UUID
    root_run_id: UUID
    agent_name: str
    graph_version: int
    trigger: str
    status: str
    code: str | None
    created_at: datetime
    ended_at: datetime | None
    trace: str | None


@dataclass(frozen=True)
class RunTraces:
    """The traces of all runs."""

    engine: Database

    async def find(self, run_id: UUID) -> TracedRun | None:
        """Give what a run's span says; None where there is no such run."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_FIND, {"run": run_id})).mappings().one_or_none()
        return None if row is None else TracedRun(**row)
