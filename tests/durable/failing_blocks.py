"""A block that fails with the words that it is given, as it says or by an exception that nobody expected; no test is here."""

from __future__ import annotations

from collections.abc import AsyncIterator

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from tests.durable.blocks import block_id


class FailWith(Block):
    """Fail with words."""

    id = block_id("fail-with")
    name = "FailWithBlock"

    class Input(BlockInput):
        words: str = pin(description="What the error says.")
        is_crash: bool = pin(False, description="Whether the error is one that the block did not expect.")

    class Output(BlockOutput):
        nothing: str = pin(description="Never given.")

    examples = (Example(input={"words": "broken"}, output=[], error="broken"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.is_crash:
            raise RuntimeError(inputs.words)
        raise BlockFailed(inputs.words)
        yield "nothing", ""
