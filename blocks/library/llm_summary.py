"""A block that has a language model summarise a text, however long: piece by piece, and then the pieces' summaries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import Any, Final

from blocks.llm.pins import (
    AICredentials,
    Asking,
    address_pin,
    conversation_of,
    credentials_pin,
    demo_example,
    model_pin,
    ollama_pin,
    shown,
)
from blocks.llm.tokens import chunks_of, count_tokens
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.llm import LlmRequest

#: Pieces that one text is cut into: each is a call.
CHUNKS_MAX: Final = 500
#: Tokens of a piece, in answers: one that is far longer than its summary loses too much.
_ANSWERS_A_CHUNK: Final = 4
#: Tokens for the words around a piece, and the least that a piece has.
_AROUND_TOKENS: Final = 400
_CHUNK_TOKENS_MIN: Final = 200


class SummaryStyle(StrEnum):
    """How a summary is written."""

    CONCISE = "concise"
    DETAILED = "detailed"
    BULLET_POINTS = "bullet points"
    NUMBERED_LIST = "numbered list"


class AITextSummarizer(Block):
    """Summarise a text. One that does not fit the model at once is cut into pieces that overlap; their summaries are summarised."""

    id = "a0a69be1-4528-491c-a85a-a4ab6873e3f0"
    name = "AITextSummarizerBlock"
    categories = ("AI", "TEXT")

    class Input(BlockInput):
        text: str = pin(description="The text.")
        model: str = model_pin()
        focus: str = pin("general information", description="What the summary is to tell above all.")
        style: SummaryStyle = pin(SummaryStyle.CONCISE, description="How it is written.")
        credentials: AICredentials = credentials_pin()
        max_tokens: int = pin(4096, description="Most tokens of a summary.", ge=1)
        chunk_overlap: int = pin(100, description="Tokens that a piece repeats of the one before.", ge=0)
        ollama_host: str = ollama_pin()
        base_url: str | None = address_pin()

    class Output(BlockOutput):
        summary: str = pin(description="The summary.")
        prompt: list[Any] = pin(description="What was sent last, as messages.")

    examples = (
        demo_example(
            input={"text": "Walls without mortar stand for centuries."},
            output=[("summary", None), ("prompt", None)],
            match="pins",
        ),
        demo_example(
            title="A text that is too long for the model at once",
            input={"text": "Stone upon stone. " * 4_000, "model": "llama3", "max_tokens": 500},
            output=[("summary", None), ("prompt", None)],
            match="pins",
        ),
        demo_example(
            title="No text",
            input={"text": " "},
            output=[],
            error="empty",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not inputs.text.strip():
            raise BlockFailed("The text is empty: there is nothing to summarise.")
        asking = Asking(inputs.model, inputs.credentials, inputs.ollama_host, inputs.base_url, inputs.max_tokens)
        parts = _parts(inputs.text, asking, inputs)
        while len(parts) > 1:
            summaries = [await _summary(asking, context, await _request(asking, inputs, part)) for part in parts]
            joined = "\n\n".join(summaries)
            if count_tokens(joined) >= sum(map(count_tokens, parts)):
                raise BlockFailed("The summaries are no shorter than the text: set `max_tokens` lower.")
            parts = _parts(joined, asking, inputs)
        request = await _request(asking, inputs, parts[0])
        yield "summary", await _summary(asking, context, request, is_shown=True)
        yield "prompt", shown(request)


def _parts(text: str, asking: Asking, inputs: AITextSummarizer.Input) -> Sequence[str]:
    """Give a text in pieces that the model takes, each with room for its summary."""
    room = asking.prompt_tokens - _AROUND_TOKENS - count_tokens(inputs.focus)
    size = max(_CHUNK_TOKENS_MIN, min(room, _ANSWERS_A_CHUNK * inputs.max_tokens))
    if count_tokens(text) <= size:
        return [text]
    parts = chunks_of(text, size, min(inputs.chunk_overlap, size // 2))
    if len(parts) > CHUNKS_MAX:
        raise BlockFailed(
            f"The text would be cut into {len(parts)} pieces; at most {CHUNKS_MAX} are summarised: give less of it, or "
            "choose a model with a larger window and a higher `max_tokens`."
        )
    return parts


async def _request(asking: Asking, inputs: AITextSummarizer.Input, text: str) -> LlmRequest:
    system = (
        "You summarise texts. Give the summary alone, without a word before or behind it. "
        f"Its style: {inputs.style.value}. What matters above all: {inputs.focus}."
    )
    return asking.request(await conversation_of(system, f"Summarise this text:\n\n{text}", {}))


async def _summary(asking: Asking, context: Context, request: LlmRequest, *, is_shown: bool = False) -> str:
    on_text = (lambda piece: context.stream("summary", piece)) if is_shown else None
    return (await asking.ask(context, request, on_text)).text.strip()
