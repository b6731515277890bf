"""The block of `changing` as a later version has it, with other pins. Workers have one or the other, never both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin


class ChaosChanged(Block):
    """Give a thing on."""

    id = "c4a05000-0000-4000-8000-000000000008"
    name = "ChaosChangingBlock"
    categories = ("TEST",)

    class Input(BlockInput):
        thing: Any = pin(description="The thing.")

    class Output(BlockOutput):
        thing: Any = pin(description="The same.")

    examples = (Example(input={"thing": 1}, output=[("thing", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "thing", inputs.thing
