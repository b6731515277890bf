"""A block for tests that asks a language model twice, and between the two waits for a gate."""

from __future__ import annotations

from collections.abc import AsyncIterator

from blocks.llm.pins import AICredentials, credentials_pin, demo_example
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Unavailable, Yield, pin
from blocks.sdk.llm import LlmRequest, Message
from tests.durable.blocks import CALLS, GATES, block_id
from tests.durable.waiting import eventually


class AskModelTwice(Block):
    """Ask, wait until a gate is opened, ask again, and give both answers. Fail in a way that passes so many times first."""

    id = block_id("ask a model twice")
    name = "AskModelTwiceBlock"

    class Input(BlockInput):
        gate: str = pin("", description="The gate's name; empty: there is none.")
        key: str = pin("ask", description="Begins are counted under this.")
        failures: int = pin(0, description="How often to fail between the two.")
        credentials: AICredentials = credentials_pin()

    class Output(BlockOutput):
        first: str = pin(description="The first answer.")
        second: str = pin(description="The second answer.")

    examples = (demo_example(input={}, output=[("first", None), ("second", None)], match="pins"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.key] += 1
        yield "first", await self._ask(inputs, context, "first")
        if inputs.gate:
            await eventually(GATES[inputs.gate].is_set, seconds=600)
        if CALLS[inputs.key] <= inputs.failures:
            raise Unavailable("Not yet.", retry_after_seconds=0.01)
        yield "second", await self._ask(inputs, context, "second")

    async def _ask(self, inputs: Input, context: Context, text: str) -> str:
        request = LlmRequest("gpt-4o-mini", (Message("user", text),))
        return (await context.llm.complete(request, inputs.credentials)).text
