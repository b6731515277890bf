"""Anthropic's messages over the guarded way out: what is sent, what comes back, and what each refusal becomes."""

from __future__ import annotations

import pytest

from blocks.llm.client import DirectLlm, ask_once
from blocks.sdk.llm import Message, OfferedTool, WantedCall
from schema.errors import BlockFailed, CredentialUnusable, DrystoneError, RateLimited, Unavailable
from tests.egress.servers import guarded, serve
from tests.llm.wire import CANARY, Script, asked, body_of, event_stream, json_reply, key_of, message_events

#: The SDK says of older models when they will go.
pytestmark = pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")
MODEL = "claude-sonnet-4-5-20250929"
WEATHER = OfferedTool("weather", "Tell the weather.", {"type": "object", "properties": {"city": {"type": "string"}}})


async def test_a_request_is_what_the_documentation_says():
    pieces: list[str] = []
    async with serve(event_stream(message_events())) as server:
        messages = (Message("system", "Be kind."), Message("user", "Hi"))
        request = asked(server, messages=messages, model=MODEL, temperature=0.5)
        answer = await ask_once(guarded(server), request, key_of("anthropic", server), "the key", pieces.append)
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/v1/messages")
    # The SDK's own way since the version of the API that it names; x-api-key was the older one.
    assert seen.headers["authorization"] == f"Bearer {CANARY}"
    assert seen.headers["anthropic-version"] == "2026-10-21"
    assert seen.headers["idempotency-key"] == "the key"
    assert body_of(seen) == {
        "model": MODEL,
        "system": "Be kind.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "max_tokens": 8192,
        "stream": True,
    }
    assert pieces == ["Hel", "lo."]
    assert (answer.text, answer.provider, answer.stop_reason, answer.id) == ("Hello.", "anthropic", "end", "msg_1")
    # 9 tokens at 3 and 12 at 15 dollars a million.
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.cost_micro_usd) == (9, 12, 207)


async def test_calls_of_tools_come_with_their_arguments_and_go_back_in_one_message():
    events = message_events("Let me see.", [("a", "weather", '{"city": "Bern"}'), ("b", "weather", "")], "tool_use")
    async with serve(event_stream(events)) as server:
        llm, key = DirectLlm(guarded(server)), key_of("anthropic", server)
        first = await llm.complete(asked(server, model=MODEL, tools=(WEATHER,), allows_several_calls=False), key)
        results = (Message("tool", "Rain", call_id="a"), Message("tool", "", call_id="b", is_error=True))
        messages = (Message("user", "Hi"), first.message(), *results, Message("user", "And?"))
        await llm.complete(asked(server, model=MODEL, messages=messages), key)
    assert [(call.id, call.arguments) for call in first.calls] == [("a", {"city": "Bern"}), ("b", {})]
    assert first.stop_reason == "calls"
    assert body_of(server.seen[0])["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert body_of(server.seen[0])["tools"][0]["input_schema"] == WEATHER.parameters
    _, assistant, user = body_of(server.seen[1])["messages"]
    assert [part["type"] for part in assistant["content"]] == ["text", "tool_use", "tool_use"]
    assert [part["type"] for part in user["content"]] == ["tool_result", "tool_result", "text"]
    assert user["content"][1] == {
        "type": "tool_result", "tool_use_id": "b", "content": "(nothing)", "is_error": True,
    }  # fmt: skip


REFUSALS = [
    pytest.param(429, "rate_limit_error", RateLimited, id="too often"),
    pytest.param(529, "overloaded_error", Unavailable, id="overloaded"),
    pytest.param(401, "authentication_error", CredentialUnusable, id="key refused"),
    pytest.param(400, "invalid_request_error", BlockFailed, id="refused"),
]


@pytest.mark.parametrize(("status", "kind", "expected"), REFUSALS)
async def test_a_refusal_becomes_its_error_and_is_not_tried_again(
    status: int, kind: str, expected: type[DrystoneError]
):
    body = {"type": "error", "error": {"type": kind, "message": f"Not with {CANARY}"}}
    async with serve(json_reply(status, body, Retry_After="11")) as server:
        with pytest.raises(expected) as caught:
            await ask_once(guarded(server), asked(server, model=MODEL), key_of("anthropic", server), "k")
    assert type(caught.value) is expected
    assert "Not with ***" in caught.value.message
    assert server.connects == 1
    if isinstance(caught.value, Unavailable):
        assert caught.value.retry_after_seconds == 11


async def test_a_stream_that_ends_early_may_be_asked_for_again():
    async with serve(event_stream(message_events(is_whole=False))) as server:
        with pytest.raises(Unavailable, match="broke off"):
            await ask_once(guarded(server), asked(server, model=MODEL), key_of("anthropic", server), "k")


async def test_an_error_in_the_stream_may_be_asked_for_again():
    error = b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}\n\n'
    async with serve(event_stream(error)) as server:
        with pytest.raises(Unavailable, match="Overloaded"):
            await ask_once(guarded(server), asked(server, model=MODEL), key_of("anthropic", server), "k")


async def test_a_schema_is_given_natively_where_the_model_takes_one():
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"description": "any"}}}
    answers = [event_stream(message_events('{"a": "x", "b": 1}'))]
    async with serve(Script(*answers)) as server:
        llm, key = DirectLlm(guarded(server)), key_of("anthropic", server)
        assert (await llm.complete(asked(server, model=MODEL, answer_schema=schema), key)).data == {"a": "x", "b": 1}
        older = asked(server, model="claude-3-haiku-20240307", answer_schema=schema)
        assert (await llm.complete(older, key)).data == {"a": "x", "b": 1}
    new, old = map(body_of, server.seen)
    sent = new["output_config"]["format"]["schema"]
    assert (sent["required"], sent["additionalProperties"]) == (["a", "b"], False)
    assert "output_config" not in old
    assert "JSON Schema" in old["system"]


async def test_a_call_that_was_wanted_before_is_sent_as_it_was():
    call = WantedCall("a", "weather", {"city": "Bern"})
    messages = (Message("user", "Hi"), Message("assistant", "", (call,)), Message("tool", "Rain", call_id="a"))
    async with serve(event_stream(message_events())) as server:
        await ask_once(guarded(server), asked(server, model=MODEL, messages=messages), key_of("anthropic", server), "k")
    assert body_of(server.seen[0])["messages"][1]["content"] == [
        {"type": "tool_use", "id": "a", "name": "weather", "input": {"city": "Bern"}}
    ]
