"""What other processes do with a running stack: find it, keep it from ending; never start it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from deploy.stack import folder, locks, postgres, record, temporal
from deploy.stack.errors import RecordUnreadable
from deploy.stack.record import Endpoints, Record

ATTACH_SECONDS = 10.0  # A server that was killed is back in 1-2 s; a stack that is starting is, in 5.
ATTACH_POLL_SECONDS = 0.1
ANSWER_SECONDS = 5.0
USING_SECONDS = 60.0  # How long an owner may take to stop.


async def attach(data_dir: Path, *, patience_seconds: float = ATTACH_SECONDS) -> Endpoints | None:
    """Give the endpoints of this folder's live stack once they answer, else None. A stack that is still
    starting, or starting a server again, is waited for; a dead one is not."""
    data_dir = folder.normal(data_dir)
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience_seconds
    while (found := read_live(data_dir)) is not None:
        if found.endpoints is not None and await answers(found.endpoints):
            return found.endpoints
        if clock() > deadline:
            return None
        await asyncio.sleep(ATTACH_POLL_SECONDS)
    return None


def read_live(data_dir: Path) -> Record | None:
    """Give the record of a stack whose supervisor lives. What cannot be read is not ours to attach to."""
    try:
        found = record.read(data_dir)
    except (RecordUnreadable, OSError):
        return None
    return found if found is not None and found.supervisor.is_alive() else None


async def answers(endpoints: Endpoints) -> bool:
    url = urlsplit(endpoints.database_url)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            connection = await postgres.connect(url.port or 0, unquote(url.password or ""), url.path.lstrip("/"))
            await connection.close()
            return await temporal.answers(endpoints.temporal_address)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # TimeoutError is an OSError.
        return False


async def find_endpoints(data_dir: Path) -> Endpoints | None:
    """Give the endpoints of this folder's live stack, whether its servers answer just now or not: for who
    waits for them by itself. One that is still starting is waited for."""
    deadline = asyncio.get_running_loop().time() + USING_SECONDS
    while (one := read_live(data_dir)) is not None and asyncio.get_running_loop().time() < deadline:
        if one.endpoints is not None:
            return one.endpoints
        await asyncio.sleep(ATTACH_POLL_SECONDS)
    return None


@asynccontextmanager
async def using(
    data_dir: Path, find: Callable[[Path], Awaitable[Endpoints | None]] = attach
) -> AsyncIterator[Endpoints | None]:
    """Attach to the folder's stack, and keep its owner from stopping it (`Stack.stop_when_unused`) inside
    the block. Gives None when there is no stack; leave the block before you start one."""
    data_dir = folder.normal(data_dir)
    if not (data_dir / record.FILE).exists():
        yield None
        return
    async with locks.held(data_dir / locks.USERS, shared=True, patience_seconds=USING_SECONDS) as is_held:
        yield await find(data_dir) if is_held else None
