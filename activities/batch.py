"""Batch: the executions that share a dispatch, each run to an outcome of its own; it decides for none of them.

Those with effects, which wait for the world most of the time, run beside one another; those of pure blocks one after another.

What is over is written soon, together with what else is, so that a death of the worker repeats nothing that was; and where others
run on, the workflow is told of it by a signal, so that nobody waits for the slowest. An execution that is to be tried again, or
that the world or a fault of ours kept from ending, is *handed back*: the scheduler dispatches it by itself, and there Temporal
counts and waits for it alone. The others of its batch do not hear of it.

After a death of the worker it cannot be said which of them it died of. So the next attempt runs none of them: what the ledger has
is told, the rest is handed back, and an execution that kills its worker does that alone from then on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, Final

import structlog
from temporalio.service import RPCError

from activities.attempt import Attempt
from activities.dispatched import Dispatched, Outcome
from activities.observed import observed
from activities.retrying import WORLD_ERRORS, Retry
from schema.errors import Fenced
from schema.limits import LIMITS
from workflows.engine.events import Item
from workflows.wire import AGAIN, PARKED, again_record

log = structlog.get_logger()

#: What is over is written so soon while others run: many that end together go in one statement.
WRITE_SECONDS: Final = 0.05
#: What is over is told so soon while others run: a signal costs the run a workflow task.
TELL_SECONDS: Final = 1.0


class Room:
    """The room of a process for executions that share dispatches; it is for those alone."""

    def __init__(self, size: int) -> None:
        self._free = asyncio.Semaphore(size)

    async def take(self, seconds: float) -> bool:
        """Wait so long for room; say whether there is some."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._free.acquire()
        return False

    def leave(self) -> None:
        self._free.release()


class Batch:
    """The executions of one dispatch."""

    def __init__(self, dispatched: Dispatched, number: int, items: Sequence[Item], room: Room) -> None:
        self.dispatched = dispatched
        self.number = number
        self.items = items
        self.room = room
        self.writer = dispatched.writer
        #: How each ended that did; None: a newer attempt has it.
        self.outcomes: dict[int, Outcome | None] = {}
        #: Those that ended and are not in the ledger yet, and not told to the workflow yet, with the moment when they ended.
        self.unwritten: dict[int, float] = {}
        self.untold: dict[int, float] = {}
        #: Set when one ends.
        self._ended = asyncio.Event()

    async def run(self, inputs: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
        """Run the items with these inputs; give their records. One that a newer attempt has gets none."""
        self.dispatched.tools.instruments.batch_size.observe(len(self.items))
        for item in self.items:
            self.writer.begin(item.execution, self.dispatched.node, item.base, item.received)
        rows = list(zip(self.items, inputs, strict=True))
        if self.dispatched.compiled.plan.nodes[self.dispatched.node].is_batch_of_effects:
            tasks = [asyncio.create_task(self._run_in_room(item, dict(raw))) for item, raw in rows]
        else:
            tasks = [asyncio.create_task(self._run_in_turn(rows))]
        for task in tasks:
            task.add_done_callback(lambda _: self._ended.set())
        try:
            await self._keep_up(tasks)
        finally:
            # What is over is written, whoever calls the batch back.
            await _cancel(tasks)
            await self.writer.write()
        return self._records()

    async def look_back(self) -> list[list[Any]]:
        """Run none of the items; give the records of those that are over, and hand the others back."""
        for item in self.items:
            self.outcomes[item.execution] = await Attempt(self.dispatched, item, {}).found() or Outcome(AGAIN)
        return self._records()

    async def _run_in_turn(self, rows: Iterable[tuple[Item, Mapping[str, Any]]]) -> None:
        for item, raw in rows:
            self._end(item, await self._outcome(item, dict(raw)))

    async def _run_in_room(self, item: Item, raw: dict[str, Any]) -> None:
        if not await self.room.take(LIMITS.batch_room_seconds):
            self._end(item, Outcome(AGAIN))
            return
        try:
            self._end(item, await self._outcome(item, raw))
        finally:
            self.room.leave()

    def _end(self, item: Item, outcome: Outcome | None) -> None:
        self.outcomes[item.execution] = outcome
        self.unwritten[item.execution] = self.untold[item.execution] = monotonic()
        self._ended.set()

    async def _outcome(self, item: Item, raw: dict[str, Any]) -> Outcome | None:
        try:
            return await observed(Attempt(self.dispatched, item, raw))
        except Retry:
            return Outcome(AGAIN)
        except Fenced:
            return None
        except WORLD_ERRORS as error:
            log.warning("the world failed a node of a batch", error=f"{type(error).__name__}: {str(error)[:300]}")
            return Outcome(AGAIN)
        except Exception:
            # A fault of ours, by whatever name: by itself its attempts are counted, and the others are not to suffer.
            log.exception("a fault in the platform failed a node of a batch")
            return Outcome(AGAIN)

    # While some run on

    async def _keep_up(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Write and tell what is over until all are."""
        while not all(task.done() for task in tasks):
            self._ended.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience()):
                    await self._ended.wait()
            if _is_older(self.unwritten, WRITE_SECONDS):
                self.unwritten = {}
                await self.writer.write()
            if self.untold and (self.writer.is_full or _is_older(self.untold, TELL_SECONDS)):
                await self._tell()

    def _patience(self) -> float | None:
        """Give how long nothing is to be done unless another one ends."""
        if self.unwritten:
            return WRITE_SECONDS
        return TELL_SECONDS / 4 if self.untold else None

    async def _tell(self) -> None:
        """Tell the workflow of what is over: of all that was when the writing began."""
        told = list(self.untold)
        await self.writer.write()
        known = [execution for execution in told if self._is_known(execution) and not self._is_parked(execution)]
        for execution in told:
            del self.untold[execution]
        # Where Temporal is away, all of them are in the dispatch's own records.
        with suppress(RPCError):
            if known:
                await self.writer.tell_over(self.number, known, self._record)

    # Records

    def _is_known(self, execution: int) -> bool:
        """Say whether there is something to say of an execution: a newer attempt answers for those that it has."""
        return self.outcomes[execution] is not None and not isinstance(self.writer.failed.get(execution), Fenced)

    def _is_parked(self, execution: int) -> bool:
        """Say whether an execution waits: that is told at the end of the dispatch."""
        outcome = self.outcomes[execution]
        return outcome is not None and outcome.kind == PARKED

    def _records(self) -> list[list[Any]]:
        known = [item.execution for item in self.items if self._is_known(item.execution)]
        if not known:
            raise Fenced("Newer attempts have all that was dispatched together.")
        return [self._record(execution) for execution in known]

    def _record(self, execution: int) -> list[Any]:
        """Give the record of an execution. Of one that could not be written only a new attempt can say whether it was."""
        outcome = self.outcomes[execution]
        assert outcome is not None
        if outcome.kind == AGAIN or execution in self.writer.failed:
            return again_record(execution)
        return [execution, outcome.kind, *self.writer.rest(execution), outcome.extra]


def _is_older(ended: Mapping[int, float], seconds: float) -> bool:
    """Say whether the first of them ended so long ago."""
    return bool(ended) and monotonic() - next(iter(ended.values())) >= seconds


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
