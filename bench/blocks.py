"""Blocks that only the bench has: one that takes time, one that gives a long text; never part of the library.

Workers get them by DRYSTONE_EXTRA_BLOCK_MODULES.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin


class BenchHold(Block):
    """Take some time, and give the value and one more."""

    id = "be9c0000-0000-4000-8000-000000000001"
    name = "BenchHoldBlock"
    categories = ("TEST",)

    class Input(BlockInput):
        value: int = pin(1, description="A number.")
        milliseconds: int = pin(0, description="How long it takes.")

    class Output(BlockOutput):
        value: int = pin(description="The number after it.")

    examples = (Example(input={"value": 1}, output=[("value", 2)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        await asyncio.sleep(inputs.milliseconds / 1e3)
        yield "value", inputs.value + 1


class BenchText(Block):
    """Give a text of so many characters."""

    id = "be9c0000-0000-4000-8000-000000000002"
    name = "BenchTextBlock"
    categories = ("TEST",)
    is_pure = True

    class Input(BlockInput):
        size: int = pin(10, description="Characters.")

    class Output(BlockOutput):
        text: Any = pin(description="The text.")

    examples = (Example(input={"size": 3}, output=[("text", "xxx")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "text", "x" * inputs.size
