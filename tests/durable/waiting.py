"""Waiting for a condition until a deadline; the one place of the tests that sleeps."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def eventually(condition: Callable[[], Any], *, seconds: float = 20.0, pause_seconds: float = 0.02) -> Any:
    """Give the first true result of `condition`, or fail when its time is over."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = condition()
        found = await found if inspect.isawaitable(found) else found
        if found:
            return found
        assert asyncio.get_running_loop().time() < deadline, f"not within {seconds} s: {condition}"
        await asyncio.sleep(pause_seconds)
