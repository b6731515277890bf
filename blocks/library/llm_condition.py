"""A block that has a language model decide between two ways; it never guesses where the model does not decide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.llm.pins import (
    AICredentials,
    Asking,
    address_pin,
    conversation_of,
    credentials_pin,
    demo_example,
    model_pin,
)
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.texts import text_of

_SYSTEM: Final = "You decide whether a condition is true of a value. Answer with true or false, and nothing else."


class AICondition(Block):
    """Ask a language model whether a condition, said in plain words, is true of a value, and go on one way or the other.

    What is given on is `yes_value` or `no_value`, or the input itself where that is not set. A model that does not decide fails
    the node.
    """

    id = "553ec5b8-6c45-4299-8d75-b394d05f72ff"
    name = "AIConditionBlock"
    categories = ("AI", "LOGIC")

    class Input(BlockInput):
        input_value: Any = pin(description="What the condition is about.")
        condition: str = pin(description="The condition, in plain words.", placeholder="it is written politely")
        yes_value: Any = pin(None, description="What to give where it is true; not set: the input.")
        no_value: Any = pin(None, description="What to give where it is false; not set: the input.")
        model: str = model_pin()
        credentials: AICredentials = credentials_pin()
        base_url: str | None = address_pin()

    class Output(BlockOutput):
        result: bool = pin(description="Whether it is true.")
        yes_output: Any = pin(description="Given where it is true.")
        no_output: Any = pin(description="Given where it is false.")

    examples = (
        demo_example(
            title="The demo always says yes",
            input={"input_value": "Good day.", "condition": "it is polite"},
            output=[("result", True), ("yes_output", "Good day.")],
        ),
        demo_example(
            title="With a value of its own",
            input={"input_value": 5, "condition": "it is a number", "yes_value": "number"},
            output=[("result", True), ("yes_output", "number")],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        asking = Asking(inputs.model, inputs.credentials, base_url=inputs.base_url)
        prompt = f"The condition: {inputs.condition}\n\nThe value:\n<value>\n{text_of(inputs.input_value)}\n</value>"
        request = asking.request(await conversation_of(_SYSTEM, prompt, {}), answer_schema={"type": "boolean"})
        is_true = (await asking.ask(context, request)).data
        yield "result", is_true
        chosen = inputs.yes_value if is_true else inputs.no_value
        yield "yes_output" if is_true else "no_output", inputs.input_value if chosen is None else chosen
