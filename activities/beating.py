"""Beating: telling Temporal that this worker lives, so that its death is noticed in seconds; it does no work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from temporalio import activity

#: Below the heartbeat timeout by enough for a busy machine.
BEAT_SECONDS: Final = 1.0


def world_failures() -> int:
    """Give how many attempts the world made fail, as the last one noted."""
    details = activity.info().heartbeat_details
    return int(details[0]) if details and isinstance(details[0], int) else 0


@asynccontextmanager
async def beating(*details: Any) -> AsyncIterator[None]:
    """Beat every second; `details` are what the next attempt is told."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            activity.heartbeat(*details)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
