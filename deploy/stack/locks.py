"""The two file locks of a data folder: who owns its stack, and who uses it; never waits without a limit.

Both are `flock`s: the kernel lets go of them when their process ends, however it ends. Children do not
inherit them, because Python opens files close-on-exec.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

OWNER, USERS = "stack.lock", "users.lock"
POLL_SECONDS = 0.05


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Give an open file that holds the lock, or None when somebody else holds it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def unlock(file: int) -> None:
    os.close(file)


@asynccontextmanager
async def held(path: Path, *, shared: bool, patience_seconds: float | None = None) -> AsyncIterator[bool]:
    """Hold the lock inside the block. Gives False, without the lock, when it could not be had in time; None
    as the limit is for an owner who must wait for its users, however long they work."""
    loop = asyncio.get_running_loop()
    deadline = None if patience_seconds is None else loop.time() + patience_seconds
    file = try_lock(path, shared=shared)
    while file is None and (deadline is None or loop.time() < deadline):
        # The blocking form of flock cannot be cancelled from a thread, so we ask again.
        await asyncio.sleep(POLL_SECONDS)
        file = try_lock(path, shared=shared)
    try:
        yield file is not None
    finally:
        if file is not None:
            unlock(file)
