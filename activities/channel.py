"""Channel: emissions on their way from the blocks' loop to the worker's loop, in order, with a bound; it keeps nothing else."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

#: Emissions that may wait before their block has to.
WAITING_MAX: Final = 256
BYTES_MAX: Final = 16 * 1024 * 1024


class Channel:
    """Made on the worker's loop, `put` on the blocks' loop, `take` on the worker's."""

    def __init__(self) -> None:
        self._home = asyncio.get_running_loop()
        self._items: deque[tuple[str, bytes]] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._writer_loop: asyncio.AbstractEventLoop | None = None
        self._room: asyncio.Event | None = None

    async def put(self, pin: str, data: bytes) -> None:
        """Hand an emission over; wait while too many are on their way."""
        if self._room is None:
            self._writer_loop, self._room = asyncio.get_running_loop(), asyncio.Event()
        self._items.append((pin, data))
        self._bytes += len(data)
        self._home.call_soon_threadsafe(self._arrived.set)
        while len(self._items) >= WAITING_MAX or self._bytes >= BYTES_MAX:
            self._room.clear()
            if len(self._items) >= WAITING_MAX or self._bytes >= BYTES_MAX:
                await self._room.wait()

    def take(self) -> list[tuple[str, bytes]]:
        """Give all that arrived."""
        self._arrived.clear()
        taken = []
        while self._items:
            taken.append(self._items.popleft())
        self._bytes = 0
        if self._writer_loop is not None and self._room is not None:
            self._writer_loop.call_soon_threadsafe(self._room.set)
        return taken

    async def wait(self) -> None:
        """Wait until something arrived."""
        await self._arrived.wait()
