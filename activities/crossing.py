"""Crossing: from the blocks' thread back to the worker's own loop, where the database is; it runs no block."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Crossing:
    """The way back to the loop on which this was made."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    async def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work on the worker's loop and wait for it here; where the waiter is cancelled, so is the work."""
        if asyncio.get_running_loop() is self.loop:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))
