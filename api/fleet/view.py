"""The fleet as it is shown: processes, queues, runs by state; what is away leaves its part out, and is said to be away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.service import RPCError

from api.fleet.queues import QueueHealth, look_at_queues
from api.temporal import Temporal
from schema.db.census import Census, take_census
from schema.db.processes import KnownProcess, Processes
from schema.errors import Unavailable

LOOK_SECONDS: Final = 3.0
T = TypeVar("T")


@dataclass(frozen=True)
class FleetView:
    """What works. None: that server is away."""

    queues: Sequence[QueueHealth] | None
    processes: Sequence[KnownProcess] | None
    census: Census | None


async def look_at_fleet(engine: AsyncEngine, temporal: Temporal) -> FleetView:
    """Look at PostgreSQL and at Temporal, at once."""

    async def queues() -> list[QueueHealth]:
        async with temporal.client() as client:
            return await look_at_queues(client)

    async def processes() -> Sequence[KnownProcess]:
        return await Processes(engine).known()

    async def census() -> Census:
        return await take_census(engine)

    return FleetView(*await asyncio.gather(_or_none(queues), _or_none(processes), _or_none(census)))


async def _or_none(look: Callable[[], Awaitable[T]]) -> T | None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await look()
    except (Unavailable, RPCError, SQLAlchemyError, asyncpg.PostgresError, OSError):
        return None
