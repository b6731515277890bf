"""Blocks that take their time, one for each queue of blocks: for agents that run while containers are killed; no test is here.

It stands in a folder of its own within the containers (DRYSTONE_BLOCK_FOLDERS), where none of our tests are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Queue, Yield, pin


class SlowStep(Block):
    """Give a text on with a mark behind it, after some seconds."""

    id = "3f0d5d38-9c6c-4a39-8a2e-0d2a4dd2f001"
    name = "SlowStepBlock"
    categories = ("TEXT",)
    queue = Queue.IO
    mark = "i"

    class Input(BlockInput):
        text: str = pin(description="What is given on.")
        seconds: float = pin(0.0, description="How long it takes.")

    class Output(BlockOutput):
        text: str = pin(description="The text with the mark.")

    examples = (Example(input={"text": "a"}, output=[("text", "ai")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        await asyncio.sleep(inputs.seconds)
        yield "text", inputs.text + self.mark


class SlowLongStep(SlowStep):
    """The same on the queue of what takes long."""

    id = "3f0d5d38-9c6c-4a39-8a2e-0d2a4dd2f002"
    name = "SlowLongStepBlock"
    queue = Queue.LONG
    mark = "l"
    examples = (Example(input={"text": "a"}, output=[("text", "al")]),)


class SlowCpuStep(SlowStep):
    """The same on the queue of what computes."""

    id = "3f0d5d38-9c6c-4a39-8a2e-0d2a4dd2f003"
    name = "SlowCpuStepBlock"
    queue = Queue.CPU
    mark = "c"
    examples = (Example(input={"text": "a"}, output=[("text", "ac")]),)
