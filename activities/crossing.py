"""Crossing: from the blocks' thread back to the worker's own loop, where the database is; it runs no block."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from activities.retrying import is_final_database_error
from schema.errors import Unavailable

T = TypeVar("T")


class WorldAway(Unavailable):
    """The world under the worker failed while a block ran: its node is tried again, and nothing counts against it."""


@dataclass(frozen=True)
class Crossing:
    """The way back to the loop on which this was made."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    async def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work on the worker's loop and wait for it here; where the waiter is cancelled, so is the work.

        Raises WorldAway where the database or the object store does not answer.
        """
        try:
            if asyncio.get_running_loop() is self.loop:
                return await work
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))
        except (SQLAlchemyError, OSError) as error:
            if is_final_database_error(error):
                raise
            raise WorldAway(f"{type(error).__name__}: {str(error)[:300]}") from error
