"""A block that calls tools as a script says: what a model would choose is written down, so that each choice is known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from blocks.sdk import Block, BlockInput, BlockOutput, CallTools, Context, Example, Sleep, ToolCall, Yield, pin
from tests.durable.blocks import CALLS, block_id


class Caller(Block):
    """Call the tools of each round of a script, {title: {parameter: value}}, and give what they gave."""

    id = block_id("caller")
    name = "CallerBlock"
    is_resumable = True
    loop_pins = ("conversation_history", "last_tool_output")

    class Input(BlockInput):
        rounds: list[list[list[Any]]] = pin(description="Of each round, the calls: [tool, arguments].")
        key: str = pin("caller", description="Counted under this, a step each.")
        conversation_history: Any = pin(None, description="A conversation that comes back.")
        last_tool_output: Any = pin(None, description="What its call came to.")

    class Output(BlockOutput):
        tools: Any = pin(description="The pins of tools.")
        results: list[Any] = pin(description="What each round gave.")
        offered: list[str] = pin(description="The tools.")

    examples = (Example(input={"rounds": []}, output=[("offered", []), ("results", [])]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.key] += 1
        if context.step == 0:
            yield "offered", [tool.name for tool in context.tools]
        results = [
            [result.id, [list(pair) for pair in result.outputs], result.error] for result in context.tool_results
        ]
        known = [memory["results"] for memory in context.memories[1:]]
        if context.step >= len(inputs.rounds):
            yield "results", [*known, *([results] if context.step else [])]
            return
        tools = {tool.name: tool for tool in context.tools}
        calls = tuple(
            ToolCall(
                f"call {context.step}.{number}",
                tools[name].node_id,
                {tools[name].pins[parameter][0]: value for parameter, value in arguments.items()},
            )
            for number, (name, arguments) in enumerate(inputs.rounds[context.step])
        )
        yield CallTools(calls, memory={"results": results})


class Poller(Block):
    """Begin a job, then look for it so many times, each time a step; what the job is called is remembered."""

    id = block_id("poller")
    name = "PollerBlock"

    class Input(BlockInput):
        looks: int = pin(description="How often to look.")
        key: str = pin("poller", description="Counted under this: beginnings of jobs.")

    class Output(BlockOutput):
        job: str = pin(description="What it was called.")
        looks: list[Any] = pin(description="All that was remembered.")

    examples = (
        Example(input={"looks": 1}, output=[("job", "job"), ("looks", [{"job": "job"}, {"look": 1}])], match="pins"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if context.step == 0:
            CALLS[inputs.key] += 1
            yield Sleep(0.01, memory={"job": f"job {CALLS[inputs.key]}"})
        elif context.step <= inputs.looks:
            yield Sleep(0.01, memory={"look": context.step})
        else:
            yield "job", context.memories[0]["job"]
            yield "looks", list(context.memories)
