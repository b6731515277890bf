"""Anthropic's messages: one request, one answer, always streamed, as its documentation asks for what may take long.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from blocks.llm.endpoints import Endpoint
from blocks.llm.models import Model
from blocks.llm.schemas import native_schema
from blocks.llm.tokens import told_number
from blocks.sdk.llm import LlmAnswer, LlmRequest, LlmUsage, Message, OnText, StopReason, WantedCall, wanted_call
from schema.errors import Unavailable

#: Tokens of an answer where nobody says: it must be said there, and a few pages are enough.
_OUTPUT_TOKENS: Final = 8_192
_STOPS: Final[Mapping[str, StopReason]] = {
    "end_turn": "end", "stop_sequence": "end", "max_tokens": "length", "model_context_window_exceeded": "length",
    "tool_use": "calls", "refusal": "refused",
}  # fmt: skip


async def ask(
    client: Any, endpoint: Endpoint, model: Model, request: LlmRequest, key: str, on_text: OnText | None
) -> LlmAnswer:
    """Ask with an `anthropic.AsyncAnthropic`. Raises that SDK's errors, and Unavailable for an answer that breaks off."""
    stream = await client.messages.create(**_body(model, request), stream=True, extra_headers={"Idempotency-Key": key})
    gathered = _Gathered(on_text)
    async with stream:
        async for event in stream:
            gathered.add(event.to_dict(warnings=False))
    return gathered.answer(endpoint, request)


def _body(model: Model, request: LlmRequest) -> dict[str, Any]:
    system = "\n\n".join(one.text for one in request.messages if one.role == "system")
    body: dict[str, Any] = {
        "model": request.model,
        "messages": _messages(one for one in request.messages if one.role != "system"),
        "max_tokens": request.max_tokens or min(_OUTPUT_TOKENS, model.output_tokens),
    }
    if system:
        body["system"] = system
    if request.tools:
        body["tools"] = [
            {"name": one.name, "description": one.description, "input_schema": {"type": "object", **one.parameters}}
            for one in request.tools
        ]
        body["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": not request.allows_several_calls}
    config = _config(model, request)
    if config:
        body["output_config"] = config
    return body


def _config(model: Model, request: LlmRequest) -> dict[str, Any]:
    config: dict[str, Any] = {}
    if request.reasoning_effort not in (None, "none"):
        config["effort"] = request.reasoning_effort
    if request.answer_schema is not None and request.is_schema_native and model.has_schemas:
        sent, is_strict = native_schema(request.answer_schema)
        if is_strict:
            config["format"] = {"type": "json_schema", "schema": sent}
    return config


def _messages(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Give messages in its form: what calls came to is a user's, and all of one turn stands in one message."""
    found: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        parts = list(_parts(message))
        if found and found[-1]["role"] == role:
            found[-1]["content"] += parts
        elif parts:
            found.append({"role": role, "content": parts})
    return found


def _parts(message: Message) -> Iterable[dict[str, Any]]:
    if message.call_id is not None:
        text = message.text or "(nothing)"
        yield {"type": "tool_result", "tool_use_id": message.call_id, "content": text, "is_error": message.is_error}
        return
    if message.text.strip():
        yield {"type": "text", "text": message.text}
    for call in message.calls:
        yield {"type": "tool_use", "id": call.id, "name": call.name, "input": dict(call.arguments)}


class _Gathered:
    """The events of a streamed answer, put together."""

    def __init__(self, on_text: OnText | None) -> None:
        self._on_text = on_text
        self._id, self._stop = "", ""
        self._usage: dict[str, int] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._is_over = False

    def add(self, event: Mapping[str, Any]) -> None:
        match event.get("type"):
            case "message_start":
                self._id = str(event["message"].get("id", ""))
                self._count(event["message"].get("usage"))
            case "content_block_start":
                self._blocks[event["index"]] = {"pieces": [], **event["content_block"]}
            case "content_block_delta":
                self._add_delta(self._blocks.setdefault(event["index"], {"pieces": []}), event["delta"])
            case "message_delta":
                self._stop = str(event["delta"].get("stop_reason") or self._stop)
                self._count(event.get("usage"))
            case "message_stop":
                self._is_over = True

    def _add_delta(self, block: dict[str, Any], delta: Mapping[str, Any]) -> None:
        piece = delta.get("text") or delta.get("partial_json") or delta.get("thinking") or ""
        block["pieces"].append(piece)
        if delta.get("type") == "text_delta" and piece and self._on_text is not None:
            self._on_text(piece)

    def _count(self, usage: Mapping[str, Any] | None) -> None:
        # What a later event says counts for all of the answer.
        told = {name: told_number(count) for name, count in (usage or {}).items()}
        self._usage.update({name: count for name, count in told.items() if count is not None})

    def answer(self, endpoint: Endpoint, request: LlmRequest) -> LlmAnswer:
        if not self._is_over:
            raise Unavailable(f"{endpoint.provider} broke off its answer.")
        blocks = [block for _, block in sorted(self._blocks.items())]
        cached = self._usage.get("cache_creation_input_tokens", 0) + self._usage.get("cache_read_input_tokens", 0)
        return LlmAnswer(
            text=_text(blocks, "text"),
            model=request.model,
            provider=endpoint.provider,
            stop_reason=_STOPS.get(self._stop, "other"),
            calls=tuple(_call(block) for block in blocks if block.get("type") == "tool_use"),
            reasoning=_text(blocks, "thinking"),
            id=self._id,
            usage=LlmUsage(self._usage.get("input_tokens", 0) + cached, self._usage.get("output_tokens", 0)),
        )


def _text(blocks: Iterable[Mapping[str, Any]], kind: str) -> str:
    return "".join(str(block.get(kind, "")) + "".join(block["pieces"]) for block in blocks if block.get("type") == kind)


def _call(block: Mapping[str, Any]) -> WantedCall:
    arguments = "".join(block["pieces"]) or block.get("input")
    return wanted_call(str(block.get("id", "")), str(block.get("name", "")), arguments)
