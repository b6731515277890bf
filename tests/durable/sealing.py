"""Workers whose payloads are sealed, in the place of the platform's own and on the same servers; no test is here."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from deploy.connecting import client_of
from deploy.roles import Role
from deploy.worker import background, workers
from tests.durable.platform import EVERY_ROLE, Platform


@asynccontextmanager
async def sealed(platform: Platform, keys: str, **settings: Any) -> AsyncIterator[Platform]:
    """Have workers with these keys of the codec work instead of the platform's."""
    async with platform.asleep(), beside(platform, keys, **settings) as found:
        yield found


@asynccontextmanager
async def beside(
    platform: Platform, keys: str, roles: Iterable[Role] = EVERY_ROLE, **settings: Any
) -> AsyncIterator[Platform]:
    """Have workers of these roles work, with these keys of the codec."""
    changed = platform.settings.model_copy(update={"codec_keys": SecretStr(keys), **settings})
    tools = copy.copy(platform.tools)
    tools.client = await client_of(changed)
    built = workers(changed, tools, frozenset(roles))
    running = [asyncio.create_task(worker.run()) for worker in built]
    loops = background(tools, frozenset(roles))
    try:
        yield Platform(changed, tools)
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await asyncio.gather(*(worker.shutdown() for worker in built))
        await asyncio.gather(*running)
