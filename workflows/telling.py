"""Telling: what only the workflow knows goes to PostgreSQL, fact by fact, in order, batch by batch; it decides no fact.

One loop tells what there is, then what came meanwhile, for as long as that takes.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final

from temporalio import workflow

from workflows.names import PLATFORM_QUEUE, PROJECT
from workflows.timing import ACTIVITY_RETRY, HEARTBEAT_TIMEOUT
from workflows.wire import Header

#: Facts, and characters of them, that are told at once: one payload over 2 MB would fail the workflow task for ever.
FACTS_MAX: Final = 500
FACTS_CHARS_MAX: Final = 500_000
TOLD_WITHIN: Final = timedelta(seconds=30)


class Telling:
    """The facts of one run on their way."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.facts: list[Any] = []
        self._loop: asyncio.Task[None] | None = None
        #: The run ends with what is told now, and that is little.
        self.is_last = False
        #: The terminal state that PostgreSQL had already when it was told of the end, if it had one.
        self.stands: str | None = None

    @property
    def is_quiet(self) -> bool:
        """Say whether everything was told."""
        return not self.facts and (self._loop is None or self._loop.done())

    def tell(self, fact: list[Any]) -> None:
        """Have a fact written into PostgreSQL, after those before it, for as long as that takes."""
        self.facts.append(fact)
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._tell())

    async def finish(self) -> None:
        """Wait until everything was told."""
        if self._loop is not None:
            await self._loop

    async def _tell(self) -> None:
        while self.facts:
            batch = self._take()
            # Temporal refuses a summary of more than a few hundred bytes.
            summary = ", ".join(dict.fromkeys(str(fact[0]) for fact in batch))
            if self.is_last:
                await self._tell_end(batch, summary)
                continue
            await workflow.execute_activity(
                PROJECT,
                args=[self.header.to_lists(), batch],
                task_queue=PLATFORM_QUEUE,
                start_to_close_timeout=TOLD_WITHIN,
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
                retry_policy=ACTIVITY_RETRY,
                summary=summary,
            )

    def _take(self) -> list[Any]:
        """Take the facts that are told next, in their order: as many as one payload may have."""
        size = count = 0
        for fact in self.facts[:FACTS_MAX]:
            size += len(str(fact))
            if count and size > FACTS_CHARS_MAX:
                break
            count += 1
        batch, self.facts = self.facts[:count], self.facts[count:]
        return batch

    async def _tell_end(self, batch: list[Any], summary: str) -> None:
        """Have the end written by the engine's own process, within the workflow task: one small transaction, at a time when
        nothing else waits for the workflow. Through a queue it costs a run of ten nodes a tenth of its time."""
        self.stands = await workflow.execute_local_activity(
            PROJECT,
            args=[self.header.to_lists(), batch],
            start_to_close_timeout=TOLD_WITHIN,
            retry_policy=ACTIVITY_RETRY,
            local_retry_threshold=timedelta(seconds=1),
            summary=summary,
        )
