"""A block that asks one of Perplexity's models, which search the web before they answer; it searches nothing itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Any

from blocks.llm.pins import Asking, conversation_of, demo_example, max_tokens_pin
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


class PerplexityModel(StrEnum):
    """Perplexity's models, as OpenRouter names them."""

    SONAR = "perplexity/sonar"
    SONAR_PRO = "perplexity/sonar-pro"
    SONAR_DEEP_RESEARCH = "perplexity/sonar-deep-research"


class Perplexity(Block):
    """Ask a model that searches the web, and give its answer with the sources that it names. OpenRouter is asked for it."""

    id = "c8a5f2e9-8b3d-4a7e-9f6c-1d5e3c9b7a4f"
    name = "PerplexityBlock"
    categories = ("AI", "SEARCH")

    class Input(BlockInput):
        prompt: str = pin(description="What to find out.")
        model: PerplexityModel = pin(PerplexityModel.SONAR, description="The model.", advanced=False)
        credentials: Annotated[ApiKey, CredentialsField(providers=("open_router",), has_demo=True)] = pin(
            description="A key of OpenRouter."
        )
        system_prompt: str = pin("", description="What the model is told before.")
        max_tokens: int | None = max_tokens_pin()

    class Output(BlockOutput):
        response: str = pin(description="The answer.")
        annotations: list[dict[str, Any]] = pin(description="The sources that it names.")

    examples = (
        demo_example(
            input={"prompt": "Who builds dry stone walls?"},
            output=[("annotations", [])],
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
        asking = Asking(inputs.model.value, inputs.credentials, max_tokens=inputs.max_tokens)
        request = asking.request(await conversation_of(inputs.system_prompt, inputs.prompt, {}))
        answer = await asking.ask(context, request, lambda piece: context.stream("response", piece))
        yield "response", answer.text
        yield "annotations", [dict(source) for source in answer.annotations]
