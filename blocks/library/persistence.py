"""Blocks by which agents remember: a value is kept under a key from run to run; where it is kept is the platform's business."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.memory import Remembered, Scope


class PersistInformation(Block):
    """Keep a value under a key, so that later runs find it.

    `within_agent`: for the runs of this agent only; `across_agents`: for all agents of the same person.
    """

    id = "1d055e55-a2b9-4547-8311-907d05b0304d"
    name = "PersistInformationBlock"
    categories = ("DATA",)

    class Input(BlockInput):
        key: str = pin(description="What it is kept under.")
        value: Any = pin(description="The value.")
        scope: Scope = pin(Scope.WITHIN_AGENT, description="Whose runs find it: this agent's, or all agents of yours.")

    class Output(BlockOutput):
        value: Any = pin(description="The value that was kept.")

    examples = (
        Example(
            input={"key": "last topic", "value": {"topic": "walls"}},
            output=[("value", {"topic": "walls"})],
            surroundings={"memory": Remembered()},
        ),
        Example(
            title="Run by itself",
            input={"key": "last topic", "value": 1, "scope": "across_agents"},
            output=[],
            error="runs in a graph only",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        await context.memory.keep(inputs.scope, inputs.key, inputs.value, context.idempotency_key())
        yield "value", inputs.value


class RetrieveInformation(Block):
    """Give what was kept under a key, or else the default value."""

    id = "d8710fc9-6e29-481e-a7d5-165eb16f8471"
    name = "RetrieveInformationBlock"
    categories = ("DATA",)
    static_output = True

    class Input(BlockInput):
        key: str = pin(description="What it was kept under.")
        scope: Scope = pin(Scope.WITHIN_AGENT, description="Who kept it: this agent, or any agent of yours.")
        default_value: Any = pin(None, description="What to give where nothing was kept.")

    class Output(BlockOutput):
        value: Any = pin(description="What was kept, or the default value.")

    examples = (
        Example(
            input={"key": "last topic"},
            output=[("value", {"topic": "walls"})],
            surroundings={"memory": Remembered({(Scope.WITHIN_AGENT, "last topic"): {"topic": "walls"}})},
        ),
        Example(
            title="Nothing was kept by this agent",
            input={"key": "last topic", "default_value": "none yet"},
            output=[("value", "none yet")],
            surroundings={"memory": Remembered({(Scope.ACROSS_AGENTS, "last topic"): "walls"})},
        ),
        Example(title="Run by itself", input={"key": "k"}, output=[], error="runs in a graph only"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        found = await context.memory.recall(inputs.scope, inputs.key)
        yield "value", inputs.default_value if found is None else found
