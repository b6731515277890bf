"""A block that asks one of OpenAI's models for code; it runs nothing of what it is given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Final

from blocks.llm.models import DEFAULT_CODE_MODEL
from blocks.llm.pins import Asking, conversation_of, demo_example
from blocks.sdk import (
    ApiKey,
    Block,
    BlockFailed,
    BlockInput,
    BlockOutput,
    Context,
    CredentialsField,
    Yield,
    pin,
)

#: The catalogue's words: what imported agents leave as it is.
_SYSTEM: Final = (
    "You are Codex, an elite software engineer. Favor concise, working code and highlight important caveats."
)


class ReasoningEffort(StrEnum):
    """How long a model thinks before it answers."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class CodeGeneration(Block):
    """Ask one of OpenAI's models for code, and give its answer with what it says it thought."""

    id = "86a2a099-30df-47b4-b7e4-34ae5f83e0d5"
    name = "CodeGenerationBlock"
    categories = ("AI", "DEVELOPER_TOOLS")

    class Input(BlockInput):
        prompt: str = pin(description="What the code is to do.")
        system_prompt: str = pin(_SYSTEM, description="What the model is told before.")
        model: str = pin(DEFAULT_CODE_MODEL, description="The model.")
        reasoning_effort: ReasoningEffort = pin(ReasoningEffort.MEDIUM, description="How long it thinks first.")
        max_output_tokens: int | None = pin(
            2048, description="Most tokens of the answer, its thoughts included; none: as the model likes.", ge=1
        )
        credentials: Annotated[ApiKey, CredentialsField(providers=("openai",), has_demo=True)] = pin(
            description="A key of OpenAI."
        )

    class Output(BlockOutput):
        response: str = pin(description="The answer.")
        reasoning: str = pin(description="What the model says it thought; empty where it says nothing.")
        response_id: str = pin(description="OpenAI's name for the answer.")

    examples = (
        demo_example(
            input={"prompt": "Write a script in Python that says hello."},
            output=[
                (
                    "response",
                    '[demo] This text is made by the demo; no model was asked.\n\n```python\nprint("[demo] hello")\n```',
                ),
                ("reasoning", ""),
            ],
            match="subset",
        ),
        demo_example(
            title="An empty prompt",
            input={"prompt": ""},
            output=[],
            error="prompt is empty",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not inputs.prompt.strip():
            raise BlockFailed("There is nothing to ask the model: the prompt is empty.")
        asking = Asking(inputs.model, inputs.credentials, max_tokens=inputs.max_output_tokens)
        request = asking.request(
            await conversation_of(inputs.system_prompt, inputs.prompt, {}),
            reasoning_effort=inputs.reasoning_effort.value,
        )
        answer = await asking.ask(context, request, lambda piece: context.stream("response", piece))
        yield "response", answer.text
        yield "reasoning", answer.reasoning
        yield "response_id", answer.id
