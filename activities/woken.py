"""A loop that a notification wakes, and that looks by itself when none comes; it knows nothing of what it is looked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from sqlalchemy.engine import URL

from activities.retrying import WORLD_ERRORS
from schema.db.listening import listen

log = structlog.get_logger()

#: A look finds what a notification that was lost, or a crash, has left.
LOOK_SECONDS: Final = 1.0
#: Where there is no connection to be had, the looks ask for one often enough.
AWAY_SECONDS: Final = 5.0


async def look_when_woken(url: URL, channel: str, look: Callable[[], Awaitable[bool]], who: str) -> None:
    """Look again and again, until cancelled: at each notification, while there is more at once, and every second.

    `look` says whether there is more. What it cannot do because of the world it does the next time.
    """
    woken = asyncio.Event()
    listening = asyncio.create_task(_listen(url, channel, woken))
    try:
        while True:
            woken.clear()
            try:
                is_more = await look()
            except WORLD_ERRORS as error:
                log.warning(f"{who} has to wait", error=f"{type(error).__name__}: {str(error)[:300]}")
                is_more = False
            if not is_more:
                await _wait(woken)
    finally:
        listening.cancel()


async def _listen(url: URL, channel: str, woken: asyncio.Event) -> None:
    """Wake on every notification; where PostgreSQL is away, the looks go on without."""
    while True:
        pause = LOOK_SECONDS
        try:
            await listen(url, channel, woken.set)
        except (OSError, TimeoutError):
            log.info("no notifications for now", channel=channel)
            pause = AWAY_SECONDS
        await asyncio.sleep(pause)


async def _wait(woken: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await woken.wait()
    except TimeoutError:
        return
