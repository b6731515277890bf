"""OpenAI's chat completions, which most other servers speak, too: one request, one answer, streamed where somebody listens.

Some servers answer whole where a stream was asked for.

https://developers.openai.com/api/reference/resources/chat
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from blocks.llm.bounded import is_whole, read_whole
from blocks.llm.endpoints import OPEN_ROUTER, OPENAI, Endpoint
from blocks.llm.failures import no_answer
from blocks.llm.models import Model
from blocks.llm.schemas import native_schema
from blocks.llm.tokens import told_number
from blocks.sdk.llm import LlmAnswer, LlmRequest, LlmUsage, Message, OnText, StopReason, WantedCall, wanted_call

#: Calls of one answer: no model makes as many, and each is kept.
_CALLS_MAX: Final = 128
#: Dollars of one call that a provider may tell.
_COST_MAX: Final = 1_000_000
_STOPS: Final[Mapping[str, StopReason]] = {
    "stop": "end", "length": "length", "tool_calls": "calls", "function_call": "calls", "content_filter": "refused",
}  # fmt: skip


async def ask(
    client: Any, endpoint: Endpoint, model: Model, request: LlmRequest, key: str, on_text: OnText | None
) -> LlmAnswer:
    """Ask with an `openai.AsyncOpenAI`. Raises that SDK's errors, and Unavailable for an answer without a choice."""
    body = _body(endpoint, model, request)
    headers = {"Idempotency-Key": key}
    if on_text is None:
        raw = await client.chat.completions.with_raw_response.create(**body, extra_headers=headers)
        return _answer(endpoint, request, await read_whole(raw.http_response))
    stream = await client.chat.completions.create(
        **body, stream=True, stream_options={"include_usage": True}, extra_headers=headers
    )
    gathered = _Gathered(on_text)
    async with stream:
        if is_whole(stream.response):
            answer = _answer(endpoint, request, await read_whole(stream.response))
            on_text(answer.text)
            return answer
        async for chunk in stream:
            gathered.add(chunk.to_dict(warnings=False))
    return _answer(endpoint, request, gathered.completion())


def _body(endpoint: Endpoint, model: Model, request: LlmRequest) -> dict[str, Any]:
    body: dict[str, Any] = {"model": request.model, "messages": [_message(one) for one in request.messages]}
    if request.max_tokens is not None:
        # OpenAI's own models that reason refuse the old name, and others do not know the new one.
        body["max_completion_tokens" if endpoint.provider == OPENAI else "max_tokens"] = request.max_tokens
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.reasoning_effort is not None:
        body["reasoning_effort"] = request.reasoning_effort
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": one.name, "description": one.description, "parameters": dict(one.parameters)},
            }
            for one in request.tools
        ]
        if not request.allows_several_calls:
            body["parallel_tool_calls"] = False
    if request.answer_schema is not None and request.is_schema_native:
        body["response_format"] = _format(model, request.answer_schema)
    if endpoint.provider == OPEN_ROUTER:
        body["extra_body"] = {"usage": {"include": True}}
    return body


def _format(model: Model, schema: Mapping[str, Any]) -> dict[str, Any]:
    if not model.has_schemas:
        return {"type": "json_object"}
    sent, is_strict = native_schema(schema)
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": sent, "strict": is_strict}}


def _message(message: Message) -> dict[str, Any]:
    wire = message.to_wire()
    if message.calls and not message.text:
        wire["content"] = None
    return wire


class _Gathered:
    """The pieces of a streamed answer, as the whole that would have come at once."""

    def __init__(self, on_text: OnText) -> None:
        self._on_text = on_text
        self._whole: dict[str, Any] = {}
        self._texts: dict[str, list[str]] = {"content": [], "reasoning": [], "refusal": []}
        self._calls: dict[int, dict[str, Any]] = {}
        self._annotations: list[Any] = []
        self._stop: str | None = None

    def add(self, chunk: Mapping[str, Any]) -> None:
        self._whole.update({key: chunk[key] for key in ("id", "model", "usage", "citations") if chunk.get(key)})
        for choice in (chunk.get("choices") or ())[:1]:
            self._stop = choice.get("finish_reason") or self._stop
            self._add_delta(choice.get("delta") or {})

    def _add_delta(self, delta: Mapping[str, Any]) -> None:
        if delta.get("content"):
            self._texts["content"].append(delta["content"])
            self._on_text(delta["content"])
        self._texts["reasoning"].append(_reasoning(delta))
        self._texts["refusal"].append(delta.get("refusal") or "")
        self._annotations += delta.get("annotations") or ()
        for call in delta.get("tool_calls") or ():
            self._add_call(call)

    def _add_call(self, piece: Mapping[str, Any]) -> None:
        call = self._calls.setdefault(int(piece.get("index") or 0), {"id": "", "name": "", "arguments": []})
        function = piece.get("function") or {}
        call["id"] = piece.get("id") or call["id"]
        call["name"] = function.get("name") or call["name"]
        call["arguments"].append(function.get("arguments") or "")

    def completion(self) -> dict[str, Any]:
        message: dict[str, Any] = {name: "".join(pieces) for name, pieces in self._texts.items()}
        message["annotations"] = self._annotations
        message["tool_calls"] = [
            {"id": call["id"], "function": {"name": call["name"], "arguments": "".join(call["arguments"])}}
            for _, call in sorted(self._calls.items())
        ]
        if self._stop is None and not message["content"] and not message["tool_calls"]:
            return self._whole
        return {**self._whole, "choices": [{"message": message, "finish_reason": self._stop}]}


def _reasoning(message: Mapping[str, Any]) -> str:
    """Give what a model thought aloud: OpenRouter and Groq call it `reasoning`, DeepSeek and vLLM `reasoning_content`."""
    said = message.get("reasoning") or message.get("reasoning_content")
    return said if isinstance(said, str) else ""


def _answer(endpoint: Endpoint, request: LlmRequest, made: Mapping[str, Any]) -> LlmAnswer:
    choices = made.get("choices") or ()
    if not choices or not isinstance(choices[0].get("message"), Mapping):
        raise no_answer(made, endpoint)
    message, stop = choices[0]["message"], choices[0].get("finish_reason")
    text = message.get("content") or ""
    calls = _calls(message.get("tool_calls") or ())
    return LlmAnswer(
        text=text if isinstance(text, str) else orjson.dumps(text).decode(),
        model=request.model,
        provider=endpoint.provider,
        stop_reason="refused" if message.get("refusal") else "calls" if calls else _STOPS.get(str(stop), "other"),
        calls=calls,
        reasoning=_reasoning(message) or message.get("refusal") or "",
        id=str(made.get("id") or ""),
        annotations=_annotations(message, made),
        usage=_usage(made.get("usage") or {}),
    )


def _calls(wire: Any) -> tuple[WantedCall, ...]:
    found = []
    for number, call in enumerate(wire[:_CALLS_MAX], 1):
        function = call.get("function") or {}
        # Some servers give no id, and an answer to a call names one.
        found.append(
            wanted_call(call.get("id") or f"call_{number}", str(function.get("name")), function.get("arguments"))
        )
    return tuple(found)


def _annotations(message: Mapping[str, Any], made: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Give the sources: OpenAI's annotations; Perplexity's own servers give a list of addresses."""
    given = [one for one in message.get("annotations") or () if isinstance(one, Mapping)]
    if given:
        return tuple(given)
    cited = made.get("citations")
    return tuple({"type": "url_citation", "url_citation": {"url": url}} for url in cited or () if isinstance(url, str))


def _usage(usage: Mapping[str, Any]) -> LlmUsage:
    given, made = told_number(usage.get("prompt_tokens")), told_number(usage.get("completion_tokens"))
    return LlmUsage(given or 0, made or 0, told_number(usage.get("cost"), _COST_MAX, times=1_000_000))
