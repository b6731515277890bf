"""A model with a script, behind a local server that speaks OpenAI's protocol: what it says depends on the conversation alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from tests.egress.servers import Seen
from tests.llm.wire import Json, body_of, chunks, event_stream

#: A turn that ends is a text; one that calls is [(function, arguments), ...].
Turn = str | Sequence[tuple[str, Mapping[str, Any] | str]]
DONE: Final = "done"


@dataclass
class Scripted:
    """Answers each request with the turn that its conversation is at: the number of its answers in it. So one that is asked again
    says the same again, and `keys` shows that it was."""

    turns: Sequence[Turn]
    #: How often each turn was asked for, under each idempotency key.
    keys: dict[int, Counter[str]] = field(default_factory=dict)
    #: What was sent, by turn; the last time counts.
    sent: dict[int, Json] = field(default_factory=dict)
    #: Other turns for who offers this function first.
    of_tool: dict[str, Sequence[Turn]] = field(default_factory=dict)
    #: The turns that are refused once, by their number, with an answer in their place.
    refusals: dict[int, bytes] = field(default_factory=dict)

    async def __call__(self, seen: Seen, _writer: asyncio.StreamWriter) -> bytes:
        body = body_of(seen)
        turn = sum(message["role"] == "assistant" for message in body["messages"])
        self.keys.setdefault(turn, Counter())[seen.headers.get("idempotency-key", "")] += 1
        self.sent[turn] = body
        refusal = self.refusals.pop(turn, None)
        turns = self.of_tool.get(body["tools"][0]["function"]["name"], self.turns) if "tools" in body else self.turns
        return refusal or spoken(turns[turn] if turn < len(turns) else DONE, turn)


def spoken(turn: Turn, number: int) -> bytes:
    """Give a turn as its server sends it."""
    if isinstance(turn, str):
        return event_stream(chunks([turn]))
    calls = [
        {
            "index": at,
            "id": f"call_{number}_{at}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else orjson.dumps(given).decode()},
        }
        for at, (name, given) in enumerate(turn)
    ]
    return event_stream(chunks([], calls, "tool_calls"))
