"""Blocks that exist for tests only: they count, wait for a gate, fail on purpose, or are hostile."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any, ClassVar
from uuid import NAMESPACE_URL, uuid5

from blocks.sdk import (
    AwaitEvent,
    Block,
    BlockFailed,
    BlockInput,
    BlockOutput,
    Context,
    Example,
    Unavailable,
    Yield,
    pin,
)
from schema.block import Cost
from tests.durable.waiting import eventually

#: How often each block was begun, by the key that its node gave.
CALLS: Counter[str] = Counter()
#: A Gate waits until its event is set.
GATES: defaultdict[str, threading.Event] = defaultdict(threading.Event)
#: Ends the blocks that ignore everything else, so that their threads do not outlive the tests.
MERCY = threading.Event()


def block_id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"drystone-test/{name}"))


class Numbers(Block):
    """Give the numbers from 0 up."""

    id = block_id("numbers")
    name = "NumbersBlock"
    costs = (Cost(3, filter={"count": 2}),)

    class Input(BlockInput):
        count: int = pin(description="How many.")

    class Output(BlockOutput):
        number: int = pin(description="A number.")

    examples = (Example(input={"count": 2}, output=[("number", 0), ("number", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        for number in range(inputs.count):
            yield "number", number


class Pass(Block):
    """Give a value on, each in a dispatch of its own."""

    id = block_id("pass")
    name = "PassBlock"

    class Input(BlockInput):
        value: Any = pin(description="The value.")
        key: str = pin("pass", description="Counted under this.")

    class Output(BlockOutput):
        value: Any = pin(description="The value.")

    examples = (Example(input={"value": 1}, output=[("value", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.key] += 1
        yield "value", inputs.value


class Double(Block):
    """Double a number; a hundred of them may share a dispatch."""

    id = block_id("double")
    name = "DoubleBlock"
    is_pure = True

    class Input(BlockInput):
        number: int = pin(description="The number.")

    class Output(BlockOutput):
        number: int = pin(description="Its double.")

    examples = (Example(input={"number": 2}, output=[("number", 4)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "number", 2 * inputs.number


class CountDown(Block):
    """Count down by one: `again` while something is left, and what was left on `step`."""

    id = block_id("count-down")
    name = "CountDownBlock"

    class Input(BlockInput):
        number: int = pin(description="What is left.")

    class Output(BlockOutput):
        step: int = pin(description="What was left.")
        again: int = pin(description="What is left now.")
        done: str = pin(description="Nothing is left.")

    examples = (Example(input={"number": 1}, output=[("step", 1), ("done", "done")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "step", inputs.number
        if inputs.number > 1:
            yield "again", inputs.number - 1
        else:
            yield "done", "done"


class Gate(Block):
    """Say that it waits, wait until its gate is opened, then give the value on."""

    id = block_id("gate")
    name = "GateBlock"

    class Input(BlockInput):
        gate: str = pin(description="The gate's name.")
        value: Any = pin("opened", description="What to give.")

    class Output(BlockOutput):
        waiting: bool = pin(description="It waits.")
        value: Any = pin(description="The value.")

    examples = (Example(input={"gate": "example"}, output=[("waiting", True), ("value", "opened")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.gate] += 1
        yield "waiting", True
        if context.run_id != "direct":
            await eventually(GATES[inputs.gate].is_set, seconds=600)
        yield "value", inputs.value


class Patient(Gate):
    """The same, and it may be stopped in the middle and run again."""

    id = block_id("patient")
    name = "PatientBlock"
    is_resumable = True


class Drip(Block):
    """Give numbers; an odd start waits at the gate when half of them are given, a negative one fails while there are attempts."""

    id = block_id("drip")
    name = "DripBlock"
    is_batchable = True

    class Input(BlockInput):
        start: int = pin(description="The first number.")
        count: int = pin(description="How many.")
        gate: str = pin("", description="Which gate; none: it does not wait.")

    class Output(BlockOutput):
        number: int = pin(description="A number.")

    examples = (Example(input={"start": 5, "count": 2}, output=[("number", 5), ("number", 6)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.start < 0 and not context.is_last_attempt:
            raise Unavailable("It is away.")
        for number in range(inputs.count):
            if inputs.gate and inputs.start % 2 and number == inputs.count // 2:
                CALLS[inputs.gate] += 1
                await eventually(GATES[inputs.gate].is_set)
            context.log("info", f"{inputs.start + number}")
            yield "number", inputs.start + number


class Flaky(Block):
    """Fail so many times in a way that passes, then give the number of the attempt."""

    id = block_id("flaky")
    name = "FlakyBlock"

    class Input(BlockInput):
        key: str = pin(description="Counted under this.")
        failures: int = pin(description="How often to fail first.", ge=0)

    class Output(BlockOutput):
        attempt: int = pin(description="The attempt that succeeded.")

    examples = (Example(input={"key": "example", "failures": 0}, output=[("attempt", 1)], match="pins"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.key] += 1
        if CALLS[inputs.key] <= inputs.failures:
            raise Unavailable(f"It is away for the {CALLS[inputs.key]}. time.")
        yield "attempt", CALLS[inputs.key]


class Fail(Block):
    """Give a value, then fail for good."""

    id = block_id("fail")
    name = "FailBlock"

    class Input(BlockInput):
        reason: str = pin(description="Why.")
        key: str = pin("fail", description="Counted under this.")

    class Output(BlockOutput):
        before: str = pin(description="What was given before.")

    examples = (Example(input={"reason": "broken"}, output=[("before", "said")], error="broken"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.key] += 1
        yield "before", "said"
        raise BlockFailed(inputs.reason)


class Listen(Block):
    """Wait for a named event and give its payload, or say that it did not come in time."""

    id = block_id("listen")
    name = "ListenBlock"
    event_pins = ("event", None)

    class Input(BlockInput):
        event: str = pin(description="The event's name.")
        seconds: float | None = pin(None, description="How long to wait.")
        key: str = pin("listen", description="Counted under this.")

    class Output(BlockOutput):
        payload: Any = pin(description="What came.")
        late: bool = pin(description="Nothing came.")

    examples = (Example(input={"event": "example"}, output=[], error="in a graph only"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if context.step == 0:
            yield AwaitEvent(inputs.event, inputs.seconds)
            return
        CALLS[inputs.key] += 1
        assert context.event is not None
        if context.event.is_timeout:
            yield "late", True
        else:
            yield "payload", context.event.payload


class Talk(Block):
    """Write lines and stream pieces of text, wait for a gate where it has one, then give the text."""

    id = block_id("talk")
    name = "TalkBlock"

    class Input(BlockInput):
        lines: list[str] = pin([], description="Lines of the log.")
        pieces: list[str] = pin([], description="Pieces of text.")
        times: int = pin(1, description="How often to write the lines.")
        gate: str = pin("", description="Waited for before the end.")
        key: str = pin("talk", description="Counted under this.")
        failures: int = pin(0, description="How often to fail after talking.")

    class Output(BlockOutput):
        text: str = pin(description="The text.")

    examples = (Example(input={"pieces": ["a", "b"]}, output=[("text", "ab")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.key] += 1
        for line in inputs.lines * inputs.times:
            context.log("info", line)
        for piece in inputs.pieces:
            context.stream("text", piece)
        if inputs.gate:
            await eventually(GATES[inputs.gate].is_set, seconds=600)
        if CALLS[inputs.key] <= inputs.failures:
            raise Unavailable("It is away.")
        yield "text", "".join(inputs.pieces)


class Locked(Block):
    """Give the length of a secret."""

    id = block_id("locked")
    name = "LockedBlock"

    class Input(BlockInput):
        key: str = pin(description="The secret.", secret=True)

    class Output(BlockOutput):
        length: int = pin(description="Its length.")

    examples = (Example(input={"key": "abc"}, output=[("length", 3)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "length", len(inputs.key)


class Large(Block):
    """Give a text of so many bytes."""

    id = block_id("large")
    name = "LargeBlock"

    class Input(BlockInput):
        size: int = pin(description="Bytes.")

    class Output(BlockOutput):
        text: str = pin(description="The text.")

    examples = (Example(input={"size": 3}, output=[("text", "xxx")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "text", "x" * inputs.size


class HostileValue(Block):
    """Give a value that cannot travel."""

    id = block_id("hostile-value")
    name = "HostileValueBlock"

    class Input(BlockInput):
        kind: str = pin(description="Which.")

    class Output(BlockOutput):
        value: Any = pin(description="The value.")

    examples = (Example(input={"kind": "plain"}, output=[("value", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "value", 1 if inputs.kind == "plain" else HOSTILE_VALUES[inputs.kind]()


def deeply_nested() -> Any:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    return value


#: What JSON or PostgreSQL could not give back unchanged, and a word of the reason that is to be given.
HOSTILE_VALUES: dict[str, Callable[[], Any]] = {
    "nan": lambda: float("nan"),
    "infinity": lambda: {"a": [float("inf")]},
    "nul": lambda: "a\x00b",
    "surrogate": lambda: "\ud800",
    "large integer": lambda: 10**5000,
    "deep": deeply_nested,
    "set": lambda: {1, 2},
    "bytes": lambda: b"abc",
    "decimal": lambda: Decimal("1.5"),
    "tuple key": lambda: {(1, 2): 3},
    "nul key": lambda: {"a\x00": 1},
    "object": lambda: object(),
}


class WordlessError(Exception):
    """An exception that cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


class WordlessTimeout(WordlessError, TimeoutError):
    """The same, of a kind that is tried again."""


class Hostile(Block):
    """Misbehave."""

    id = block_id("hostile")
    name = "HostileBlock"

    class Input(BlockInput):
        kind: str = pin(description="How.")

    class Output(BlockOutput):
        value: int = pin(description="Nothing.")

    examples = (Example(input={"kind": "well"}, output=[("value", 1)]),)
    raised: ClassVar[dict[str, Callable[[], BaseException]]] = {
        "SystemExit": lambda: SystemExit(3),
        "KeyboardInterrupt": KeyboardInterrupt,
        "GeneratorExit": GeneratorExit,
        "CancelledError": asyncio.CancelledError,
        "StopAsyncIteration": StopAsyncIteration,
        "MemoryError": MemoryError,
        "ten megabytes": lambda: ValueError("m" * 10_000_000),
        "wordless": WordlessError,
        "wordless timeout": WordlessTimeout,
        "ten megabytes timeout": lambda: TimeoutError("m" * 10_000_000),
        "not text": lambda: ValueError("\ud800\x00"),
    }

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "value", 1
        match inputs.kind:
            case "well":
                return
            case "hang":
                await asyncio.Event().wait()
            case "busy loop":
                while not MERCY.is_set():
                    pass
            case "deaf busy loop":
                _be_deaf()
            case "sleep":
                time.sleep(8)  # noqa: ASYNC251 - that is the fault.
            case "ignores cancel":
                await _ignore_cancel()
            case "recursion":
                _recurse()
            case "bad pin":
                yield "nowhere", 1
            case "no pair":
                yield "value"
            case kind:
                raise self.raised[kind]()


def _recurse() -> int:
    return _recurse() + 1


def _be_deaf() -> None:
    """Run on whatever is raised inside."""
    while not MERCY.is_set():
        try:
            while not MERCY.is_set():
                MERCY.wait(0.0001)
        except BaseException:
            continue


async def _ignore_cancel() -> None:
    while not MERCY.is_set():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


TEST_BLOCKS = (
    Numbers,
    Pass,
    Double,
    CountDown,
    Gate,
    Patient,
    Drip,
    Flaky,
    Fail,
    Listen,
    Talk,
    Locked,
    Large,
    HostileValue,
    Hostile,
)
