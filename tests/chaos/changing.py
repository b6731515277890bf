"""The block that F30 takes away and changes under runs that wait; as they know it. Never part of the library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin


class ChaosChanging(Block):
    """Give a value on."""

    id = "c4a05000-0000-4000-8000-000000000008"
    name = "ChaosChangingBlock"
    categories = ("TEST",)

    class Input(BlockInput):
        value: Any = pin(description="The value.")

    class Output(BlockOutput):
        value: Any = pin(description="The same.")

    examples = (Example(input={"value": 1}, output=[("value", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "value", inputs.value
