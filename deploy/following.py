"""Following a run to its end: woken by PostgreSQL's notifications, and looking now and then where one is missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from deploy.build import Stores
from schema.db.runs import Run

LOOK_SECONDS: Final = 0.1
LOOK_SECONDS_MAX: Final = 0.5
_COUNTS: Final = text(
    "SELECT status, count(*) AS executions FROM node_executions WHERE run_id = :id AND execution > 0 GROUP BY status"
)


async def follow(stores: Stores, tenant: UUID, run_id: UUID, on_move: Callable[[Run, dict[str, int]], None]) -> Run:
    """Wait for a run to end, calling `on_move(run, {status: node executions})` at each look; give its row.

    PostgreSQL may go away and come back meanwhile.
    """
    pause = LOOK_SECONDS
    while True:
        try:
            run = await stores.runs.get(tenant, run_id)
            on_move(run, await _counts(stores, run_id))
            if run.is_over:
                return run
        except (DBAPIError, OSError, TimeoutError):
            pause = LOOK_SECONDS_MAX
        await asyncio.sleep(pause)
        pause = min(pause * 1.2, LOOK_SECONDS_MAX)


async def _counts(stores: Stores, run_id: UUID) -> dict[str, int]:
    async with stores.engine.connect() as connection:
        rows: Any = (await connection.execute(_COUNTS, {"id": run_id})).all()
    return {row.status: row.executions for row in rows}
