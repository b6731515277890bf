"""Wolfram|Alpha's LLM API, https://products.wolframalpha.com/llm-api/documentation. Its AppID goes into the query."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

WOLFRAM: Final = Provider(
    name="wolfram",
    title="Wolfram|Alpha",
    base_url="https://www.wolframalpha.com/api/v1",
    key=KeyPlace(parameter="appid"),
    # It says in plain text what a question might have meant.
    error_at=(),
    refusals={501: "Wolfram|Alpha cannot answer that: {said}", 400: "Wolfram|Alpha needs a question: {said}"},
)
WolframCredentials = Annotated[ApiKey, WOLFRAM.field()]
