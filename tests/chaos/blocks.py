"""Blocks that only the chaos suite has: slow ones, one with an effect outside, some that wait; never part of the library.

Workers get them by DRYSTONE_EXTRA_BLOCK_MODULES.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID, uuid4

from blocks.sdk import (
    AskPerson,
    AwaitEvent,
    Block,
    BlockInput,
    BlockOutput,
    Context,
    Example,
    Unavailable,
    Yield,
    pin,
)

#: Where attempts at slow nodes are noted: {run} {execution} {attempt} {seconds of the monotonic clock}.
ATTEMPTS_VARIABLE: Final = "DRYSTONE_CHAOS_ATTEMPTS"


class ChaosSlow(Block):
    """Give the value `count` times with pauses between, and after each a mark that no two attempts give alike."""

    id = "c4a05000-0000-4000-8000-000000000001"
    name = "ChaosSlowBlock"
    categories = ("TEST",)
    is_batchable = True

    class Input(BlockInput):
        value: Any = pin(description="What to give.")
        count: int = pin(3, description="How often.")
        pause_seconds: float = pin(0.0, description="How long to wait before each time.")

    class Output(BlockOutput):
        item: Any = pin(description="The value; a number grows by one each time, a text by a letter.")
        mark: str = pin(
            description="Something else at each attempt, and it tells attempts apart: what was seen first must stand."
        )

    examples = (Example(input={"value": 1, "count": 1}, output=[("item", 1), ("mark", "")], match="pins"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        attempt = uuid4()
        _tell_attempt(context, attempt)
        for number in range(inputs.count):
            await asyncio.sleep(inputs.pause_seconds)
            yield "item", inputs.value + (number if isinstance(inputs.value, int | float) else "." * number)
            yield "mark", f"{attempt}/{number}"


def _tell_attempt(context: Context, attempt: UUID) -> None:
    """Note that an attempt begins, in the file for that where the suite has one. By the clock that no fault shifts."""
    path = os.environ.get(ATTEMPTS_VARIABLE)
    if path:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, f"{context.run_id} {context.execution} {attempt} {time.monotonic()}\n".encode())
        os.close(file)


class ChaosWitness(Block):
    """See a value and tell it: what it saw must be what the ledger has."""

    id = "c4a05000-0000-4000-8000-000000000002"
    name = "ChaosWitnessBlock"
    categories = ("TEST",)
    is_pure = True

    class Input(BlockInput):
        value: Any = pin(description="What was seen.")

    class Output(BlockOutput):
        mark: Any = pin(description="The same.")

    examples = (Example(input={"value": 1}, output=[("mark", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "mark", inputs.value


class ChaosPure(Block):
    """Give the value `count` times, a number grown by one each time, as a pure block does: always the same, with no effect. How
    long that takes is its own matter, and it may be the death of its worker."""

    id = "c4a05000-0000-4000-8000-000000000010"
    name = "ChaosPureBlock"
    categories = ("TEST",)
    is_pure = True

    class Input(BlockInput):
        value: int = pin(description="What to give.")
        count: int = pin(1, description="How often.")
        pause_seconds: float = pin(0.0, description="How long to wait before each time.")
        crash: str = pin("", description="A file: who can remove it dies before the first time.")

    class Output(BlockOutput):
        item: int = pin(description="The value.")

    examples = (Example(input={"value": 1, "count": 2}, output=[("item", 1), ("item", 2)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        for number in range(inputs.count):
            await asyncio.sleep(inputs.pause_seconds)
            if inputs.crash and _is_removed(inputs.crash):
                os.kill(os.getpid(), signal.SIGKILL)
            yield "item", inputs.value + number


class ChaosSink(Block):
    """Do something to the world: append the call's idempotency key to a file, and wait on both sides of it."""

    id = "c4a05000-0000-4000-8000-000000000003"
    name = "ChaosSinkBlock"
    categories = ("TEST",)
    is_batchable = True

    class Input(BlockInput):
        value: Any = pin(description="Why.")
        path: str = pin(os.devnull, description="The file.")
        pause_seconds: float = pin(0.0, description="How long to wait before and after.")
        crash: str = pin("", description="A file: who can remove it dies between the effect and telling of it.")

    class Output(BlockOutput):
        done: Any = pin(description="The value.")
        effect: str = pin(description="The idempotency key of the effect.")

    examples = (Example(input={"value": 1}, output=[("done", 1), ("effect", "")], match="pins"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        key = context.idempotency_key()
        await asyncio.sleep(inputs.pause_seconds)
        file = os.open(inputs.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, f"{key}\n".encode())
        os.close(file)
        if inputs.crash and _is_removed(inputs.crash):
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(inputs.pause_seconds)
        yield "done", inputs.value
        yield "effect", key


def _is_removed(path: str) -> bool:
    """Remove a file; say whether it was there."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


class ChaosListen(Block):
    """Wait for a named event and give its payload, or say that it did not come in time."""

    id = "c4a05000-0000-4000-8000-000000000004"
    name = "ChaosListenBlock"
    categories = ("TEST",)
    event_pins = ("event", None)

    class Input(BlockInput):
        event: str = pin(description="The event's name.")
        seconds: float | None = pin(None, description="How long to wait.")

    class Output(BlockOutput):
        payload: Any = pin(description="What came.")
        late: bool = pin(description="Nothing came.")

    examples = (Example(input={"event": "example"}, output=[], error="in a graph only"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if context.step == 0:
            yield AwaitEvent(inputs.event, inputs.seconds)
        elif context.event is None or context.event.is_timeout:
            yield "late", True
        else:
            yield "payload", context.event.payload


class ChaosAsk(Block):
    """Ask a person, and give the data that they approved."""

    id = "c4a05000-0000-4000-8000-000000000005"
    name = "ChaosAskBlock"
    categories = ("TEST",)

    class Input(BlockInput):
        data: Any = pin(description="What is asked about.")

    class Output(BlockOutput):
        approved: Any = pin(description="The data.")
        rejected: bool = pin(description="They said no.")

    examples = (Example(input={"data": 1}, output=[], error="in a graph only"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if context.step == 0:
            yield AskPerson("Chaos", inputs.data)
        elif context.answer is not None and context.answer.status == "APPROVED":
            yield "approved", context.answer.data
        else:
            yield "rejected", True


class ChaosFlaky(Block):
    """Fail in a way that passes, on every attempt but the last."""

    id = "c4a05000-0000-4000-8000-000000000006"
    name = "ChaosFlakyBlock"
    categories = ("TEST",)

    class Input(BlockInput):
        value: Any = pin(1, description="What to give at last.")

    class Output(BlockOutput):
        value: Any = pin(description="The value.")

    examples = (Example(input={}, output=[], error="It is away."),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not context.is_last_attempt:
            raise Unavailable("It is away.")
        yield "value", inputs.value


class ChaosCountDown(Block):
    """Count down by one, each number in an execution of its own: `again` while something is left."""

    id = "c4a05000-0000-4000-8000-000000000007"
    name = "ChaosCountDownBlock"
    categories = ("TEST",)

    class Input(BlockInput):
        number: int = pin(description="What is left.")

    class Output(BlockOutput):
        again: int = pin(description="What is left now.")
        done: str = pin(description="Nothing is left.")

    examples = (Example(input={"number": 1}, output=[("done", "done")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.number > 1:
            yield "again", inputs.number - 1
        else:
            yield "done", "done"
