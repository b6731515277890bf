"""A block for Wolfram|Alpha: an answer that is computed, as text for a model or a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from blocks.providers.wolfram import WOLFRAM, WolframCredentials
from blocks.sdk import BlockInput, BlockOutput, Emission, pin
from blocks.sdk.rest import Operation, RestBlock
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(WOLFRAM)


class AskWolfram(RestBlock):
    """Ask Wolfram|Alpha a question."""

    id = "b7710ce4-68ef-4e82-9a2f-f0b874ef9c7d"
    name = "AskWolframBlock"
    categories = ("SEARCH",)
    provider = WOLFRAM
    operation = Operation("GET", "/llm-api", query={"question": "input"})

    class Input(BlockInput):
        credentials: WolframCredentials = pin(description="Access to Wolfram|Alpha: an AppID.")
        question: str = pin(description="The question.", placeholder="How high is the Great Wall?", min_length=1)

    class Output(BlockOutput):
        answer: str = pin(description="The answer.")

    examples = (
        sample(_KEY, {"question": "2 + 2"}, [("answer", "Result:\n4")], said(b"Result:\n4", content_type="text/plain")),
        sample(
            _KEY,
            {"question": "asdf"},
            [],
            said(b"Wolfram|Alpha did not understand your input", 501),
            title="It understands nothing",
            error="cannot answer that",
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "answer", answer if isinstance(answer, str) else str(answer)
