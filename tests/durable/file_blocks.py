"""A block that stores files and fails until its last attempt, so that each attempt stores them again; no test is here."""

from __future__ import annotations

from collections.abc import AsyncIterator

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Unavailable, Yield, pin
from tests.durable.blocks import CALLS, block_id


class StoreAndFail(Block):
    """Store texts, and fail until the last attempt."""

    id = block_id("store and fail")
    name = "StoreAndFailBlock"

    class Input(BlockInput):
        texts: list[str] = pin(description="The texts.")
        key: str = pin("store and fail", description="Attempts are counted under this.")

    class Output(BlockOutput):
        files: list[str] = pin(description="The stored files.")

    examples = (Example(input={"texts": []}, output=[("files", [])]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.key] += 1
        files = [
            await context.files.store(text.encode(), f"{n}.txt", "text/plain") for n, text in enumerate(inputs.texts)
        ]
        if not context.is_last_attempt:
            raise Unavailable("Not yet.", retry_after_seconds=0.01)
        yield "files", files
