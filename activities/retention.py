"""Retention: the loop that deletes runs, and forgets events, that are older than the deployment keeps them; it ends no run.

Both go by small batches, each a transaction, the oldest first. Where this dies in the middle, what is left is as old as before.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.retrying import WORLD_ERRORS
from schema.db.forgetting import forget_events
from schema.db.run_deletion import delete_ended

log = structlog.get_logger()

ROUND_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Kept:
    """How long a run that ended is kept, and its events; None: for ever."""

    runs: timedelta | None = None
    events: timedelta | None = None

    @classmethod
    def for_days(cls, runs: int | None, events: int | None) -> Kept:
        """Make it of numbers of days; none, and 0, is for ever."""
        return cls(timedelta(days=runs) if runs else None, timedelta(days=events) if events else None)


#: All is kept.
FOR_EVER: Final = Kept()


class Retention:
    """The loop of one process. Any number at once are harmless: none waits for what another deletes."""

    def __init__(self, engine: AsyncEngine, kept: Kept, round_seconds: float = ROUND_SECONDS) -> None:
        self._engine = engine
        self._kept = kept
        self._round_seconds = round_seconds

    async def run(self) -> None:
        """Go rounds until cancelled."""
        while True:
            try:
                await self._go_round()
            except WORLD_ERRORS as error:
                log.warning("what is too old cannot be deleted now", error=type(error).__name__)
            await asyncio.sleep(self._round_seconds)

    async def _go_round(self) -> None:
        runs = 0 if self._kept.runs is None else await self._delete_runs(self._kept.runs)
        events = 0 if self._kept.events is None else await self._forget_events(self._kept.events)
        if runs or events:
            log.info("deleted by age", runs=runs, events=events)

    async def _delete_runs(self, age: timedelta) -> int:
        count = 0
        while gone := await delete_ended(self._engine, age):
            count += gone
        return count

    async def _forget_events(self, age: timedelta) -> int:
        batch = await forget_events(self._engine, age)
        count = batch.count
        while batch.is_more:
            batch = await forget_events(self._engine, age, batch.last)
            count += batch.count
        return count
