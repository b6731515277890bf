"""What OpenAI's and Anthropic's servers send, as their documentation says, and credentials for local ones; no test is here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import orjson

from blocks.sdk.credentials import ApiKey
from blocks.sdk.llm import LlmRequest, Message
from schema.credentials import Reference
from tests.egress.servers import Seen, Server, reply

#: Found in an error or a log, it would be a leak.
CANARY = "sk-canary-0123456789abcdef"
Json = dict[str, Any]


def key_of(provider: str, *servers: Server, key: str = CANARY) -> ApiKey:
    """Give a credential that may be sent to these servers."""
    reference = Reference("00000000-0000-4000-8000-00000000abcd", provider, "api_key", "Test key")
    return ApiKey(reference, tuple(server.host for server in servers), key=key)


def asked(server: Server | None = None, text: str = "Hi", model: str = "gpt-4o-mini", **more: Any) -> LlmRequest:
    url = None if server is None else f"http://{server.host}/v1"
    return LlmRequest(**{"model": model, "messages": (Message("user", text),), "base_url": url, **more})


def body_of(seen: Seen) -> Json:
    found: Json = orjson.loads(seen.body)
    return found


def json_reply(status: int, content: Any, **headers: str) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply(status, orjson.dumps(content), {"Content-Type": "application/json", **named})


def completion(text: str | None = "Hello.", calls: Iterable[tuple[str, str, str]] = (), **more: Any) -> Json:
    """Give a chat completion; calls are (id, name, arguments as text)."""
    wire = [{"id": i, "type": "function", "function": {"name": n, "arguments": a}} for i, n, a in calls]
    message = {"role": "assistant", "content": text, "refusal": None, **({"tool_calls": wire} if wire else {})}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "tool_calls" if wire else "stop"}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_764_000_000,
        "model": "gpt-4o-mini",
        "choices": [choice],
        "usage": {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21},
        **more,
    }


def chunks(pieces: Iterable[str], calls: Iterable[Json] = (), stop: str = "stop") -> bytes:
    """Give the events of a streamed chat completion, usage last."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_764_000_000, "model": "gpt-4o-mini"}

    def chunk(delta: Json, finish: str | None = None) -> Json:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], "usage": None}

    rows = [chunk({"role": "assistant", "content": ""})]
    rows += [chunk({"content": piece}) for piece in pieces]
    rows += [chunk({"tool_calls": [call]}) for call in calls]
    rows += [chunk({}, stop)]
    rows += [{**head, "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21}}]
    return b"".join(b"data: " + orjson.dumps(row) + b"\n\n" for row in rows) + b"data: [DONE]\n\n"


def event_stream(content: bytes) -> bytes:
    return reply(200, content, {"Content-Type": "text/event-stream"})


def message_events(
    text: str = "Hello.", calls: Iterable[tuple[str, str, str]] = (), stop: str = "end_turn", is_whole: bool = True
) -> bytes:
    """Give the events of Anthropic's streamed message; calls are (id, name, arguments as text)."""
    usage = {"input_tokens": 9, "output_tokens": 1}
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "claude-sonnet-4-5-20250929",
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    rows: list[Json] = [{"type": "message_start", "message": message}, {"type": "ping"}]
    rows += _block(0, {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in halves(text)])
    for index, (call, name, arguments) in enumerate(calls, 1):
        start = {"type": "tool_use", "id": call, "name": name, "input": {}}
        rows += _block(index, start, [{"type": "input_json_delta", "partial_json": one} for one in halves(arguments)])
    rows.append(
        {
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": None},
            "usage": {"output_tokens": 12},
        }
    )
    rows += [{"type": "message_stop"}] if is_whole else []
    return b"".join(f"event: {row['type']}\ndata: ".encode() + orjson.dumps(row) + b"\n\n" for row in rows)


def _block(index: int, start: Json, deltas: Iterable[Json]) -> list[Json]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]


class Script:
    """Answers each request with the next of the given answers; the last one again and again."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)

    async def __call__(self, _seen: Seen, _writer: asyncio.StreamWriter) -> bytes:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
