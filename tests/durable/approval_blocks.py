"""Blocks that ask people, for tests: a sensitive one with steps of its own, and one that asks twice; no test is here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from blocks.sdk import AskPerson, Block, BlockInput, BlockOutput, Context, Example, Sleep, Unavailable, Yield, pin
from tests.durable.blocks import CALLS, block_id


class Deed(Block):
    """Do what cannot be undone: count it, wait a moment, and give what was done, at which step and under which key."""

    id = block_id("deed")
    name = "DeedBlock"
    is_sensitive = True

    class Input(BlockInput):
        what: str = pin(description="What to do.")
        times: int = pin(1, description="How often.")
        extra: dict[str, Any] = pin(default_factory=dict, description="What else.")
        token: str = pin("", description="A secret.", secret=True)
        key: str = pin("deed", description="Counted under this.")
        failures: int = pin(0, description="How often to fail first.")

    class Output(BlockOutput):
        done: str = pin(description="What was done.")
        steps: list[int] = pin(description="The step at which it ends.")

    examples = (Example(input={"what": "a"}, output=[("done", "a x1 {}"), ("steps", [1])]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if context.step == 0:
            CALLS[inputs.key] += 1
            if CALLS[inputs.key] <= inputs.failures:
                raise Unavailable("It is away.")
            yield Sleep(0)
            return
        yield "done", f"{inputs.what} x{inputs.times} {inputs.extra or {}}"
        yield "steps", [context.step]


class AskTwice(Block):
    """Ask two questions, one after the other, and give both answers with the steps in which they came."""

    id = block_id("ask-twice")
    name = "AskTwiceBlock"

    class Input(BlockInput):
        seconds: float | None = pin(None, description="How long to wait for each, escalating.")

    class Output(BlockOutput):
        answers: list[Any] = pin(description="(step, status, data, comment) of each answer.")

    examples = (Example(input={}, output=[], error="in a graph only"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if context.answer is not None:
            answer = context.answer
            yield "answers", [context.step, answer.status, answer.data, answer.comment]
        if context.step < 2:
            yield AskPerson(
                f"Question {context.step}",
                {"number": context.step},
                is_editable=True,
                timeout_seconds=inputs.seconds,
                on_timeout="escalate" if inputs.seconds else "fail",
                escalate_roles=("OWNER",) if inputs.seconds else (),
            )


APPROVAL_BLOCKS = (Deed, AskTwice)
