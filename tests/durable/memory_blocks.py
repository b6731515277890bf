"""A block that keeps a value and then fails once, as one whose worker dies between the two; no test is here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Unavailable, Yield, pin
from blocks.sdk.memory import Remembered, Scope
from tests.durable.blocks import CALLS, GATES, block_id
from tests.durable.waiting import eventually


class KeepAndFail(Block):
    """Keep a value, wait for a gate, and fail; the attempt after it keeps it again, and completes."""

    id = block_id("keep-and-fail")
    name = "KeepAndFailBlock"

    class Input(BlockInput):
        value: Any = pin(description="What is kept under `key`.")
        gate: str = pin(description="Waited for before the first attempt fails; counted under this.")

    class Output(BlockOutput):
        attempts: int = pin(description="How many it took.")

    examples = (
        Example(
            input={"value": 1, "gate": ""},
            output=[("attempts", 1)],
            surroundings={"memory": Remembered()},
            match="pins",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.gate] += 1
        await context.memory.keep(Scope.WITHIN_AGENT, "key", inputs.value, context.idempotency_key())
        if CALLS[inputs.gate] == 1 and inputs.gate:
            await eventually(GATES[inputs.gate].is_set, seconds=60)
            raise Unavailable("The world ended.", retry_after_seconds=0.01)
        yield "attempts", CALLS[inputs.gate]
