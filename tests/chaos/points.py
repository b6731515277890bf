"""Points: places in the product's code at which a process of the chaos suite dies on demand; the product has nothing for it.

A point is a named step of the product, wrapped in the suite's own programs (`tests.chaos.program`). Who asks for a death puts a
file with the point's name in a folder; the process that can rename it dies there and then, with -9, so that each death happens
once and its file proves it. A point that nobody asked for costs a look at a folder, in these programs alone: that is why there
is no `buggify` in the product, whose hot paths have not even a constant to test.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from temporalio.converter import DataConverter

import schema.db.ledger
import schema.db.region_steps
from activities.attempt import Attempt
from activities.starter import Starter
from schema.db.ledger import Ledger
from schema.db.submission import Submission
from tests.chaos.blocks import ChaosSink
from workflows.engine.scheduler import Scheduler

#: Where the files are: set for the suite's programs only.
FOLDER_VARIABLE: Final = "DRYSTONE_CHAOS_POINTS"
#: Until a statement that was sent is on its way in PostgreSQL.
IN_FLIGHT_SECONDS: Final = 0.001

AFTER_EFFECT: Final = "after_effect_before_return"
AFTER_COMMIT: Final = "after_db_commit_before_ack"
BEFORE_SEND: Final = "before_outbox_send"
BEFORE_MARK: Final = "after_outbox_send_before_mark"
IN_TRANSACTION: Final = "in_ledger_txn"
IN_CODEC: Final = "in_codec"
IN_SCHEDULER: Final = "in_scheduler_sync"
AFTER_ACCEPT: Final = "after_accept_before_answer"
#: The points of workers, and those of the API.
WORKER_POINTS: Final = (
    AFTER_EFFECT,
    AFTER_COMMIT,
    BEFORE_SEND,
    BEFORE_MARK,
    IN_TRANSACTION,
    IN_CODEC,
    IN_SCHEDULER,
)
API_POINTS: Final = (AFTER_ACCEPT,)


def ask_for(folder: Path, point: str) -> None:
    """Have the next process that comes to a point die there."""
    folder.mkdir(exist_ok=True)
    (folder / point).touch()


def take_back(folder: Path, point: str) -> None:
    (folder / point).unlink(missing_ok=True)


def deaths(folder: Path, point: str) -> list[int]:
    """Give the processes that died at a point so far."""
    return sorted(int(path.suffix[1:]) for path in folder.glob(f"{point}.*"))


def is_asked(point: str) -> bool:
    """Say whether this process is the one that is to die at a point; asked twice, it was not."""
    place = os.path.join(os.environ[FOLDER_VARIABLE], point)
    try:
        os.rename(place, f"{place}.{os.getpid()}")
    except FileNotFoundError:
        return False
    return True


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def here(point: str) -> None:
    if is_asked(point):
        die()


def wrap_worker() -> None:
    """Have this process die at the points of workers."""
    _after_effect()
    _around_the_ledger()
    _around_the_outbox()
    _in_the_codec()
    _in_the_scheduler()


def wrap_api() -> None:
    """Have this process die at the points of the API."""
    accept = Submission.accept

    async def accepted(self: Submission, *arguments: Any, **named: Any) -> Any:
        run = await accept(self, *arguments, **named)
        here(AFTER_ACCEPT)
        return run

    Submission.accept = accepted  # type: ignore[method-assign]


def _after_effect() -> None:
    step = Attempt._step

    async def stepped(self: Attempt, *arguments: Any) -> None:
        await step(self, *arguments)
        if self.dispatched.compiled.plan.nodes[self.dispatched.node].block_name == ChaosSink.name:
            here(AFTER_EFFECT)

    Attempt._step = stepped  # type: ignore[method-assign]


def _around_the_ledger() -> None:
    write, write_rows = Ledger.write, schema.db.ledger.write_rows

    async def written(self: Ledger, *arguments: Any) -> Any:
        found = await write(self, *arguments)
        here(AFTER_COMMIT)
        return found

    async def in_flight(*arguments: Any) -> Any:
        if not is_asked(IN_TRANSACTION):
            return await write_rows(*arguments)
        sent = asyncio.ensure_future(write_rows(*arguments))
        asyncio.get_running_loop().call_later(IN_FLIGHT_SECONDS, die)
        return await sent

    async def before_commit(*arguments: Any) -> Any:
        found = await write_rows(*arguments)
        here(IN_TRANSACTION)
        return found

    Ledger.write = written  # type: ignore[method-assign]
    schema.db.ledger.write_rows = in_flight
    schema.db.region_steps.write_rows = before_commit


def _around_the_outbox() -> None:
    start = Starter._start

    async def started(self: Starter, *arguments: Any) -> None:
        here(BEFORE_SEND)
        before = len(self._started)
        await start(self, *arguments)
        if len(self._started) > before:
            here(BEFORE_MARK)

    Starter._start = started  # type: ignore[method-assign]


def _in_the_codec() -> None:
    encode = DataConverter.encode

    async def encoded(self: DataConverter, values: Sequence[Any]) -> Any:
        payloads = await encode(self, values)
        here(IN_CODEC)
        return payloads

    DataConverter.encode = encoded  # type: ignore[method-assign]


def _in_the_scheduler() -> None:
    feed = Scheduler.feed

    def fed(self: Scheduler, event: Any) -> Any:
        commands = feed(self, event)
        here(IN_SCHEDULER)
        return commands

    Scheduler.feed = fed  # type: ignore[method-assign]
