"""What was seen of the fleet, kept for some seconds: whoever asks again meanwhile, and all who ask at once, are told the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

FRESH_SECONDS: Final = 5.0
T = TypeVar("T")


@dataclass
class Kept(Generic[T]):
    """One look, and what it saw last."""

    look: Callable[[], Awaitable[T]]
    fresh_seconds: float = FRESH_SECONDS
    _seen: T | None = None
    _seen_at: float = float("-inf")
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self) -> T:
        """Give what was seen, at most `fresh_seconds` ago."""
        async with self._looking:
            if self._seen is None or time.monotonic() - self._seen_at >= self.fresh_seconds:
                self._seen = await self.look()
                self._seen_at = time.monotonic()
            return self._seen
