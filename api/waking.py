"""Waking: how subscriptions learn that there is something to read; it reads no event and decides nothing about one.

PostgreSQL is the source. While anybody subscribes, one statement asks every `LOOK_SECONDS` which of the waiting readers have
something behind their place, and those are woken. A notification, which runs send when they are accepted and when they end,
only makes the next look come sooner: one that is lost costs a moment and no event. There is no state here that a look depends on,
so any number of processes do this, each for its own readers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.events import Position, RunEvents, Scope
from schema.db.listening import listen

log = structlog.get_logger()

LOOK_SECONDS: Final = 0.2
#: The shortest time between two looks, however many notifications come.
PAUSE_SECONDS: Final = 0.02
#: How long to leave PostgreSQL alone after it did not answer.
AWAY_SECONDS: Final = 1.0
CHANNEL: Final = "drystone_runs"


@dataclass(eq=False)
class _Reader:
    """A subscription that has read all there was."""

    scope: Scope
    position: Position
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Waking:
    """The waiting readers of one process."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # Readers of all tenants are looked after together; what each then reads, it reads as its tenant.
        self._events = RunEvents(engine)
        self._readers: set[_Reader] = set()
        self._notified = asyncio.Event()
        self._subscriptions = 0
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def subscribed(self) -> AsyncIterator[None]:
        """Have somebody look while the block runs: the first one begins it, the last one ends it."""
        self._subscriptions += 1
        if self._subscriptions == 1:
            # They go on for others when this one is gone: their lines in the log are not of its request.
            self._tasks = [asyncio.create_task(work(), context=Context()) for work in (self._look, self._listen)]
        try:
            yield
        finally:
            self._subscriptions -= 1
            if not self._subscriptions:
                for task in self._tasks:
                    task.cancel()
                self._tasks = []

    async def wait(self, scope: Scope, position: Position) -> None:
        """Wait until there is something to read behind a position."""
        reader = _Reader(scope, position)
        self._readers.add(reader)
        try:
            await reader.woken.wait()
        finally:
            self._readers.discard(reader)

    async def _look(self) -> None:
        while True:
            pause = LOOK_SECONDS
            self._notified.clear()
            try:
                await self._wake()
            except Exception as error:  # noqa: BLE001 - a look that fails, however, must not be the last one.
                log.warning("subscriptions have to wait", error=f"{type(error).__name__}: {str(error)[:300]}")
                pause = AWAY_SECONDS
            await asyncio.sleep(PAUSE_SECONDS)
            await _until(self._notified, pause)

    async def _wake(self) -> None:
        readers = [reader for reader in self._readers if not reader.woken.is_set()]
        if readers:
            for place in await self._events.ready([(reader.scope, reader.position) for reader in readers]):
                readers[place].woken.set()

    async def _listen(self) -> None:
        """Take notifications; where PostgreSQL is away, the looks go on without."""
        while True:
            try:
                await listen(self._engine.url, CHANNEL, self._notified.set)
            except (OSError, TimeoutError):
                log.info("no notifications for now")
            await asyncio.sleep(AWAY_SECONDS)


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
