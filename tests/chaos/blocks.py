"""Blocks that only the chaos suite has: slow ones, and one with an effect outside; never part of the library.

Workers get them by DRYSTONE_EXTRA_BLOCK_MODULES.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin


class ChaosSlow(Block):
    """Give the value `count` times with pauses between, and after each a mark that no two attempts give alike."""

    id = "c4a05000-0000-4000-8000-000000000001"
    name = "ChaosSlowBlock"
    categories = ("TEST",)

    class Input(BlockInput):
        value: Any = pin(description="What to give.")
        count: int = pin(3, description="How often.")
        pause_seconds: float = pin(0.0, description="How long to wait before each time.")

    class Output(BlockOutput):
        item: Any = pin(description="The value; a number grows by one each time, a text by a letter.")
        mark: str = pin(description="Something else at each attempt: what was seen first must stand.")

    examples = (Example(input={"value": 1, "count": 1}, output=[("item", 1), ("mark", "")], match="pins"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        for number in range(inputs.count):
            await asyncio.sleep(inputs.pause_seconds)
            yield "item", inputs.value + (number if isinstance(inputs.value, int | float) else "." * number)
            yield "mark", str(uuid4())


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


class ChaosSink(Block):
    """Do something to the world: append the call's idempotency key to a file, and wait on both sides of it."""

    id = "c4a05000-0000-4000-8000-000000000003"
    name = "ChaosSinkBlock"
    categories = ("TEST",)

    class Input(BlockInput):
        value: Any = pin(description="Why.")
        path: str = pin(os.devnull, description="The file.")
        pause_seconds: float = pin(0.0, description="How long to wait before and after.")

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
        await asyncio.sleep(inputs.pause_seconds)
        yield "done", inputs.value
        yield "effect", key
