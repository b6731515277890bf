"""Pure twins of the test blocks, which run in regions, and pure blocks that do what no pure block should; no test is here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Unavailable, Yield, pin
from blocks.sdk.directives import Sleep
from tests.durable.blocks import (
    CALLS,
    GATES,
    CountDown,
    Fail,
    Hostile,
    HostileValue,
    Large,
    Locked,
    Numbers,
    Pass,
    Talk,
    block_id,
)
from tests.durable.waiting import eventually


class PureNumbers(Numbers):
    """The numbers from 0 up, in a region."""

    id = block_id("pure-numbers")
    name = "PureNumbersBlock"
    is_pure = True


class PurePass(Pass):
    """Give a value on, in a region."""

    id = block_id("pure-pass")
    name = "PurePassBlock"
    is_pure = True


class PureCountDown(CountDown):
    """Count down by one, in a region."""

    id = block_id("pure-count-down")
    name = "PureCountDownBlock"
    is_pure = True


class PureFail(Fail):
    """Give a value, then fail for good, in a region."""

    id = block_id("pure-fail")
    name = "PureFailBlock"
    is_pure = True


class PureTalk(Talk):
    """Write lines and stream pieces, in a region."""

    id = block_id("pure-talk")
    name = "PureTalkBlock"
    is_pure = True


class PureLocked(Locked):
    """Give the length of a secret, in a region."""

    id = block_id("pure-locked")
    name = "PureLockedBlock"
    is_pure = True


class PureLarge(Large):
    """Give a text of so many bytes, in a region."""

    id = block_id("pure-large")
    name = "PureLargeBlock"
    is_pure = True


class PureHostile(Hostile):
    """Misbehave in a region."""

    id = block_id("pure-hostile")
    name = "PureHostileBlock"
    is_pure = True


class PureHostileValue(HostileValue):
    """Give a value that cannot travel, in a region."""

    id = block_id("pure-hostile-value")
    name = "PureHostileValueBlock"
    is_pure = True


class LastTime(Block):
    """Fail in a way that passes, on every attempt but the last."""

    id = block_id("last-time")
    name = "LastTimeBlock"
    is_pure = True

    class Input(BlockInput):
        value: Any = pin(description="What to give at last.")

    class Output(BlockOutput):
        before: str = pin(description="What is given on each attempt.")
        value: Any = pin(description="The value.")

    examples = (Example(input={"value": 1}, output=[("before", "said")], error="It is away."),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "before", "said"
        if not context.is_last_attempt:
            raise Unavailable("It is away.")
        yield "value", inputs.value


class Restless(Block):
    """Say that it is pure, and wait on a timer all the same."""

    id = block_id("restless")
    name = "RestlessBlock"
    is_pure = True

    class Input(BlockInput):
        value: Any = pin(description="The value.")

    class Output(BlockOutput):
        value: Any = pin(description="The value.")

    examples = (Example(input={"value": 1}, output=[], error="in a graph only"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if context.step == 0:
            yield Sleep(0.1)
        else:
            yield "value", inputs.value


class Tell(Block):
    """Give the numbers from 0 up, with a line of the log before each, and a pause."""

    id = block_id("tell")
    name = "TellBlock"
    is_pure = True

    class Input(BlockInput):
        count: int = pin(description="How many.")
        pause_seconds: float = pin(0.0, description="How long to wait before each.")
        key: str = pin("tell", description="Counted under this.")

    class Output(BlockOutput):
        number: int = pin(description="A number.")

    examples = (Example(input={"count": 1}, output=[("number", 0)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.key] += 1
        for number in range(inputs.count):
            context.log("info", f"number {number}")
            if inputs.pause_seconds:
                await _passed(inputs.pause_seconds)
            yield "number", number


async def _passed(seconds: float) -> None:
    clock = asyncio.get_running_loop().time
    over = clock() + seconds
    await eventually(lambda: clock() >= over, pause_seconds=seconds)


class Pages(Block):
    """Give so many texts of so many bytes, no two alike; it is not pure, so that they come into a region from without."""

    id = block_id("pages")
    name = "PagesBlock"

    class Input(BlockInput):
        count: int = pin(description="How many.")
        size: int = pin(description="Bytes of each.")

    class Output(BlockOutput):
        text: str = pin(description="A text.")

    examples = (Example(input={"count": 1, "size": 3}, output=[("text", "0..")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        for number in range(inputs.count):
            yield "text", f"{number}".ljust(inputs.size, ".")


class Held(Block):
    """Say that it is pure and quick, and wait for a gate all the same: how a test keeps a region busy."""

    id = block_id("held")
    name = "HeldBlock"
    is_pure = True

    class Input(BlockInput):
        value: Any = pin(description="The value.")
        gate: str = pin(description="The gate's name.")

    class Output(BlockOutput):
        value: Any = pin(description="The value.")

    examples = (Example(input={"value": 1, "gate": "example"}, output=[("value", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.gate] += 1
        if context.run_id != "direct":
            await eventually(GATES[inputs.gate].is_set, seconds=600)
        yield "value", inputs.value


PURE_BLOCKS = (
    PureNumbers,
    PurePass,
    PureCountDown,
    PureFail,
    PureTalk,
    PureLocked,
    PureLarge,
    PureHostile,
    PureHostileValue,
    LastTime,
    Restless,
    Tell,
    Pages,
    Held,
)
