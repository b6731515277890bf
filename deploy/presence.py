"""That a process lives, said in PostgreSQL every ten seconds, for `drystone fleet`; nothing depends on it."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.fleet.packages import drystone_version
from schema.db.processes import BEAT_SECONDS, Process, Processes

log = structlog.get_logger()
SAY_SECONDS: Final = 2.0
_AWAY: Final = (SQLAlchemyError, asyncpg.PostgresError, OSError)


@asynccontextmanager
async def present(engine: AsyncEngine, roles: Iterable[str], build_id: str | None = None) -> AsyncIterator[None]:
    """Be known as a process with these roles inside the block."""
    process = Process(tuple(sorted(roles)), socket.gethostname(), os.getpid(), drystone_version(), build_id)
    processes = Processes(engine)
    await _say(processes.beat(process))
    beating = asyncio.create_task(_beat(processes, process))
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        await _say(processes.leave(process))


async def _beat(processes: Processes, process: Process) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        await _say(processes.beat(process))


async def _say(word: Awaitable[None]) -> None:
    """Say it, where PostgreSQL hears it within seconds; else it is said again at the next beat, or forgotten minutes later."""
    try:
        async with asyncio.timeout(SAY_SECONDS):
            await word
    except _AWAY as error:
        log.info("this process cannot say that it lives", error=type(error).__name__)
