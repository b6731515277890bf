"""Gathering: writes of one run that come while another is under way go together in the next statement; no SQL here.

Nodes that run beside one another would otherwise each wait for a commit of their own. Whoever comes first begins a task of its
run, which writes what is there, then what gathered meanwhile, until nothing did. A statement writes each execution once, so a
second attempt at one waits for the next. Where a batch fails, each of it has a try and an error of its own.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from schema.db.entries import EmissionEntry, ExecutionEntry, LogEntry, OutputEntry

#: Writes of one run that go in one statement.
WRITES_TOGETHER_MAX: Final = 64


@dataclass(frozen=True)
class Written:
    """What a statement gave: the executions that were owned, and how many new emissions each had."""

    owned: frozenset[int]
    said: Counter[int]


@dataclass
class Write:
    """One call of `write`, and who waits for it."""

    executions: list[ExecutionEntry]
    emissions: list[EmissionEntry]
    outputs: list[OutputEntry]
    lines: list[LogEntry]
    done: asyncio.Future[tuple[frozenset[int], bool]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def answer(self, row: Written) -> tuple[frozenset[int], bool]:
        """Give what `write` gives, of the row of a statement that others were in, too."""
        mine = frozenset(entry.execution for entry in self.executions)
        sent = sum(emission.execution in row.owned for emission in self.emissions)
        return row.owned & mine, sum(row.said[execution] for execution in mine) == sent

    def succeed(self, row: Written) -> None:
        if not self.done.done():
            self.done.set_result(self.answer(row))

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


def _first_batch(waiting: Sequence[Write]) -> tuple[list[Write], list[Write]]:
    """Give what may go together, and the rest: a statement writes each execution once, so a later attempt's waits."""
    batch: list[Write] = []
    rest: list[Write] = []
    taken: set[int] = set()
    for one in waiting:
        mine = {entry.execution for entry in one.executions}
        if len(batch) < WRITES_TOGETHER_MAX and not taken & mine:
            batch.append(one)
        else:
            rest.append(one)
        taken |= mine
    return batch, rest


#: Tasks of the loop's own, which it would otherwise forget.
_RUNNING: Final[set[asyncio.Future[None]]] = set()


def _keep(task: asyncio.Future[None]) -> None:
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)


#: How a batch of one run is written.
Writer = Callable[[UUID, Sequence[Write]], Awaitable[Written]]


class Gathering:
    """The writes that wait, by run; a run that is here has a task that writes them."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, list[Write]] = {}

    async def write(self, run_id: UUID, mine: Write, writer: Writer) -> tuple[frozenset[int], bool]:
        """Have a write done with those of its run that wait, too; give its own answer."""
        queue = self._waiting.get(run_id)
        if queue is None:
            queue = self._waiting[run_id] = []
            _keep(asyncio.ensure_future(self._write_all(run_id, queue, writer)))
        queue.append(mine)
        return await mine.done

    async def _write_all(self, run_id: UUID, queue: list[Write], writer: Writer) -> None:
        try:
            while queue:
                batch, queue[:] = _first_batch(queue)
                await _write_batch(run_id, batch, writer)
        finally:
            del self._waiting[run_id]
            for one in queue:  # Only where the loop is being closed.
                one.done.cancel()


async def _write_batch(run_id: UUID, batch: Sequence[Write], writer: Writer) -> None:
    """Write a batch and tell each what became of it."""
    try:
        row = await writer(run_id, batch)
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who wait for it
        for one in batch:
            if len(batch) > 1 and isinstance(error, DBAPIError):
                await _write_batch(run_id, [one], writer)
            else:
                one.fail(error)
        return
    for one in batch:
        one.succeed(row)
