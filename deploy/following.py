"""Following a run to its end: a look now and then, until it is over; it shows nothing and changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from deploy.build import Stores
from schema.db.runs import Run

LOOK_SECONDS: Final = 0.1
LOOK_SECONDS_MAX: Final = 0.5
#: Node executions that are told one by one; of more than these only the counts are told.
TOLD_MAX: Final = 200
_COUNTS: Final = text(
    "SELECT status, count(*) AS executions FROM node_executions WHERE run_id = :id AND execution > 0 GROUP BY status"
)
_ENDED: Final = text("""
WITH RECURSIVE tree AS (
  SELECT id, plan_hash, agent_name, depth FROM runs WHERE id = :id
  UNION ALL
  SELECT r.id, r.plan_hash, r.agent_name, r.depth FROM runs r JOIN tree ON r.parent_run_id = tree.id)
SELECT t.id AS run_id, t.plan_hash, t.agent_name, t.depth, n.execution, n.node_id, n.ordinal, n.status, n.error,
       n.started_at, n.ended_at
FROM tree t JOIN node_executions n ON n.run_id = t.id
WHERE n.execution > 0 AND n.ended_at IS NOT NULL ORDER BY n.ended_at, n.execution LIMIT :limit
""")


@dataclass(frozen=True)
class Ended:
    """A node execution that is over, of the run or of an agent that it runs."""

    run_id: UUID
    plan_hash: str
    agent_name: str
    depth: int
    execution: int
    node_id: str
    ordinal: int
    status: str
    error: dict[str, Any] | None
    started_at: datetime | None
    ended_at: datetime


@dataclass(frozen=True)
class Look:
    """A run as it is now: its row, {status: node executions}, and what ended since the last look."""

    run: Run
    counts: dict[str, int]
    ended: list[Ended]


async def follow(stores: Stores, tenant: UUID, run_id: UUID) -> AsyncIterator[Look]:
    """Look at a run until it is over; the last look has it in its terminal state.

    PostgreSQL may go away and come back meanwhile.
    """
    pause = LOOK_SECONDS
    told: set[tuple[UUID, int]] = set()
    while True:
        try:
            look = await _look(stores, tenant, run_id, told)
        except (DBAPIError, OSError, TimeoutError):
            pause = LOOK_SECONDS_MAX
        else:
            told.update((ended.run_id, ended.execution) for ended in look.ended)
            yield look
            if look.run.is_over:
                return
        await asyncio.sleep(pause)
        pause = min(pause * 1.2, LOOK_SECONDS_MAX)


async def _look(stores: Stores, tenant: UUID, run_id: UUID, told: set[tuple[UUID, int]]) -> Look:
    run = await stores.runs.get(tenant, run_id)  # First: what its row says of the end is true of the rest, too.
    async with stores.engine.connect() as connection:
        counts: Any = (await connection.execute(_COUNTS, {"id": run_id})).all()
        rows: Any = ()
        if len(told) < TOLD_MAX:
            rows = (await connection.execute(_ENDED, {"id": run_id, "limit": TOLD_MAX})).mappings().all()
    ended = [Ended(**row) for row in rows if (row["run_id"], row["execution"]) not in told]
    return Look(run, {row.status: row.executions for row in counts}, ended)
