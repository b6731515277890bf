"""Triggers: where what came from outside, a webhook's payload, enters an agent; they wait for nothing, their run began with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Kind, Yield, pin


class GenericWebhookTrigger(Block):
    """Give on what a webhook received, from anyone who can send a request."""

    id = "8fa8c167-2002-47ce-aba8-97572fc5d387"
    name = "GenericWebhookTriggerBlock"
    categories = ("INPUT",)
    kind = Kind.WEBHOOK
    is_pure = True

    class Input(BlockInput):
        payload: dict[str, Any] = pin(default_factory=dict, description="What came; the run has it.")
        constants: dict[str, Any] = pin(default_factory=dict, description="Values that are given on beside it.")

    class Output(BlockOutput):
        payload: dict[str, Any] = pin(description="What came, as an object.")
        constants: dict[str, Any] = pin(description="The constants of the node.")

    examples = (
        Example(
            input={"payload": {"a": 1}, "constants": {"b": 2}}, output=[("payload", {"a": 1}), ("constants", {"b": 2})]
        ),
        Example(input={"payload": {"a": 1}}, output=[("payload", {"a": 1}), ("constants", {})]),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "payload", inputs.payload
        yield "constants", inputs.constants
