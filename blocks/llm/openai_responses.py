"""OpenAI's Responses API, for the models that have no other: a prompt and its answer, with what it says it thought; no tools.

https://developers.openai.com/api/reference/resources/responses
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.llm.bounded import read_whole
from blocks.llm.endpoints import Endpoint
from blocks.llm.tokens import told_number
from blocks.sdk.llm import LlmAnswer, LlmRequest, LlmUsage, OnText
from schema.errors import BlockFailed, Unavailable


async def ask(client: Any, endpoint: Endpoint, request: LlmRequest, key: str, on_text: OnText | None) -> LlmAnswer:
    """Ask with an `openai.AsyncOpenAI`. Raises that SDK's errors, BlockFailed for what this API is not used for here."""
    if request.tools:
        raise BlockFailed(f"The model {request.model} cannot be offered tools here: choose another.")
    body, headers = _body(request), {"Idempotency-Key": key}
    if on_text is None:
        raw = await client.responses.with_raw_response.create(**body, extra_headers=headers)
        return _answer(endpoint, request, await read_whole(raw.http_response))
    made: dict[str, Any] = {}
    async with await client.responses.create(**body, stream=True, extra_headers=headers) as stream:
        async for event in stream:
            if event.type == "response.output_text.delta":
                on_text(event.delta)
            elif event.type in ("response.completed", "response.incomplete", "response.failed"):
                made = event.response.to_dict(warnings=False)
    return _answer(endpoint, request, made)


def _body(request: LlmRequest) -> dict[str, Any]:
    system = "\n\n".join(one.text for one in request.messages if one.role == "system")
    body: dict[str, Any] = {
        "model": request.model,
        "input": [{"role": one.role, "content": one.text} for one in request.messages if one.role != "system"],
        # What is asked is kept here, and not at the provider's.
        "store": False,
    }
    if system:
        body["instructions"] = system
    if request.max_tokens is not None:
        body["max_output_tokens"] = request.max_tokens
    if request.reasoning_effort is not None:
        body["reasoning"] = {"effort": request.reasoning_effort, "summary": "auto"}
    return body


def _answer(endpoint: Endpoint, request: LlmRequest, made: Mapping[str, Any]) -> LlmAnswer:
    if made.get("status") == "failed" or not made:
        error = made.get("error") or {}
        raise Unavailable(f"{endpoint.provider} did not finish its answer: {error.get('message') or 'no reason given'}")
    output = [one for one in made.get("output") or () if isinstance(one, Mapping)]
    texts = [part.get("text", "") for one in output if one.get("type") == "message" for part in one.get("content", ())]
    thought = [
        part.get("text", "") for one in output if one.get("type") == "reasoning" for part in one.get("summary", ())
    ]
    usage = made.get("usage") or {}
    return LlmAnswer(
        text="".join(texts),
        model=request.model,
        provider=endpoint.provider,
        stop_reason="length" if made.get("status") == "incomplete" else "end",
        reasoning="\n\n".join(thought),
        id=str(made.get("id") or ""),
        usage=LlmUsage(told_number(usage.get("input_tokens")) or 0, told_number(usage.get("output_tokens")) or 0),
    )
