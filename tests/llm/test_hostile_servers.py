"""Servers of models that send what they like: nothing of it fills the memory, holds the loop, or spoils what a run keeps."""

from __future__ import annotations

import resource
import time
from dataclasses import asdict, replace
from typing import Any

import orjson
import pytest

from blocks.llm import bounded
from blocks.llm.client import DirectLlm, ask_once
from blocks.llm.fitting import fitted
from blocks.sdk.llm import LlmAnswer, Message
from schema.errors import BlockFailed, DrystoneError, Unavailable, ValueTooLarge
from schema.values import encode
from tests.egress.servers import guarded, reply, serve
from tests.llm.wire import CANARY, Script, asked, chunks, completion, event_stream, json_reply, key_of, message_events

JSON = {"Content-Type": "application/json"}
OPERATORS = "operator-secret"
ENVIRONMENT = {
    "OPENAI_CUSTOM_HEADERS": f"Authorization: Bearer {OPERATORS}\nX-Own: {OPERATORS}",
    "OPENAI_API_KEY": OPERATORS,
    "OPENAI_ADMIN_KEY": OPERATORS,
    "OPENAI_ORG_ID": OPERATORS,
    "OPENAI_PROJECT_ID": OPERATORS,
    "OPENAI_WEBHOOK_SECRET": OPERATORS,
    "OPENAI_BASE_URL": "http://127.0.0.1:9/",
    "ANTHROPIC_CUSTOM_HEADERS": f"Authorization: Bearer {OPERATORS}\nx-api-key: {OPERATORS}\nX-Own: {OPERATORS}",
    "ANTHROPIC_API_KEY": OPERATORS,
    "ANTHROPIC_AUTH_TOKEN": OPERATORS,
    "ANTHROPIC_WEBHOOK_SIGNING_KEY": OPERATORS,
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9/",
    "ANTHROPIC_PROFILE": OPERATORS,
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}


async def answer_to(sent: bytes, provider: str = "openai", *, is_streamed: bool = False, **more: Any) -> LlmAnswer:
    shown: list[str] = []
    async with serve(sent) as server:
        listener = shown.append if is_streamed else None
        answer = await ask_once(guarded(server), asked(server, **more), key_of(provider, server), "k", listener)
    assert not is_streamed or "".join(shown) == answer.text
    return answer


async def failure_of(sent: bytes, *, is_streamed: bool = False) -> DrystoneError:
    with pytest.raises(DrystoneError) as caught:
        await answer_to(sent, is_streamed=is_streamed)
    return caught.value


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_nothing_of_the_environment_goes_along_or_says_where_to(provider: str, monkeypatch: pytest.MonkeyPatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    sent = json_reply(200, completion()) if provider == "openai" else event_stream(message_events())
    async with serve(sent) as server:
        await ask_once(guarded(server), asked(server), key_of(provider, server), "k")
    (seen,) = server.seen
    assert OPERATORS not in f"{seen.path} {seen.headers} {seen.body!r}"
    assert seen.headers["authorization"] == f"Bearer {CANARY}"
    assert "x-api-key" not in seen.headers


async def test_a_server_that_answers_whole_where_a_stream_was_asked_for_is_understood():
    answer = await answer_to(json_reply(200, completion("Hello.")), is_streamed=True)
    assert (answer.text, answer.usage.output_tokens) == ("Hello.", 12)
    whole = completion(None, [("a", "add", '{"a": 1}')])
    calls = (await answer_to(json_reply(200, whole), is_streamed=True)).calls
    assert [(call.name, call.arguments) for call in calls] == [("add", {"a": 1})]


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_a_refusal_that_looks_like_an_answer_is_told_without_the_key(is_streamed: bool):
    refusal = {"error": {"message": f"The upstream refused {CANARY}.", "code": 502}}
    error = await failure_of(json_reply(200, refusal), is_streamed=is_streamed)
    assert isinstance(error, Unavailable)
    assert "The upstream refused ***" in error.message


@pytest.mark.parametrize(
    "made",
    [b"[]", b"null", b"{", b'{"choices":"abc"}', b'{"choices":[1]}', b'{"choices":{"0":1}}',
     b'{"choices":[{"message":{"tool_calls":{"a":1}}}]}', b'{"choices":[{"message":{"tool_calls":[null]}}]}',
     b'{"choices":[{"message":{"content":"a"}}],"usage":[1]}', b"[" * 100_000, b"\xff\xfe"],
)  # fmt: skip
@pytest.mark.parametrize("is_streamed", [False, True])
async def test_what_is_not_of_the_protocol_is_said_to_be_that(made: bytes, is_streamed: bool, recwarn: Any):
    error = await failure_of(reply(200, made, JSON), is_streamed=is_streamed)
    assert isinstance(error, Unavailable)
    assert "not of its protocol" in error.message or "without a message" in error.message
    assert not list(recwarn)


@pytest.mark.parametrize("told", ["-9", "1e300", "1" + "0" * 30, "1e999", "NaN", "[1]", '"many"', "true", "null"])
async def test_what_no_count_can_be_is_none(told: str):
    body = orjson.dumps(completion()).replace(b'"prompt_tokens":9', f'"prompt_tokens":{told},"cost":{told}'.encode())
    answer = await answer_to(reply(200, body, JSON), "open_router", model="x/y")
    assert answer.usage.input_tokens == 0
    assert answer.usage.cost_micro_usd is None
    told = "null" if told == "true" else told  # which the SDK reads as 1
    sent = event_stream(message_events().replace(b'"input_tokens":9', f'"input_tokens":{told}'.encode()))
    assert (await answer_to(sent, "anthropic", model="claude-haiku-4-5")).usage.input_tokens == 0


async def test_a_price_that_is_told_is_kept():
    body = completion(usage={"prompt_tokens": 1, "completion_tokens": 2, "cost": 0.0123})
    assert (await answer_to(json_reply(200, body), "open_router", model="x/y")).usage.cost_micro_usd == 12_300


@pytest.mark.parametrize("levels", [150, 240, 330, 900])
async def test_arguments_that_nest_too_deep_are_told_back_and_spoil_nothing(levels: int):
    deep = completion(None, [("a", "add", '{"a":' + "[" * levels + "]" * levels + "}")])
    (call,) = (await answer_to(json_reply(200, deep))).calls
    assert call.arguments == {}
    assert call.problem
    fine = completion(None, [("a", "add", '{"a":' + "[" * 90 + "]" * 90 + "}")])
    answer = await answer_to(json_reply(200, fine))
    assert answer.calls[0].problem is None
    encode(asdict(answer))


async def test_a_name_of_a_model_that_is_no_name_is_not_asked():
    async with serve(json_reply(200, completion())) as server:
        with pytest.raises(BlockFailed, match="at most 200 characters"):
            await ask_once(guarded(server), asked(server, model="m" * 201), key_of("openai", server), "k")
        assert not server.seen
        await ask_once(guarded(server), asked(server, model="m" * 200), key_of("openai", server), "k")


async def test_a_stream_beyond_its_limit_is_not_tried_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounded, "STREAM_BYTES_MAX", 100_000)
    error = await failure_of(event_stream(chunks(["stone " * 20] * 500)), is_streamed=True)
    assert isinstance(error, ValueTooLarge)


async def test_names_that_cannot_be_kept_become_ones_that_can():
    body = orjson.dumps(completion(None, [("ID", "NAME", "{}")], id="WHOLE"))
    for word in (b"ID", b"NAME", b"WHOLE"):
        body = body.replace(word, word + b"\\ud800\\u0000")
    answer = await answer_to(reply(200, body, JSON))
    assert (answer.id, answer.calls[0].id, answer.calls[0].name) == ("WHOLE?", "ID?", "NAME?")
    encode(asdict(answer))


async def test_sources_that_nest_too_deep_are_left_out():
    deep: Any = {}
    for _ in range(200):
        deep = {"a": deep}
    whole = completion()
    whole["choices"][0]["message"]["annotations"] = [deep, {"type": "url_citation"}]
    assert (await answer_to(json_reply(200, whole))).annotations == ({"type": "url_citation"},)


@pytest.mark.parametrize("text", ['{"a": "\\u0000"}', '{"a": 1e999}', '{"a": ' * 900 + "1" + "}" * 900])
async def test_an_answer_of_json_that_no_value_can_be_is_told_back_to_the_model(text: str):
    anything = {"type": "object", "required": ["a"]}
    script = Script(json_reply(200, completion(text)), json_reply(200, completion('{"a": "fine"}')))
    async with serve(script) as server:
        llm, request = DirectLlm(guarded(server)), asked(server, answer_schema=anything)
        answer = await llm.complete(request, key_of("openai", server))
    assert answer.data == {"a": "fine"}
    assert answer.usage.calls == len(server.seen) == 2


BRACES = b'{"choices":[' + b"{}," * 3_000_000 + b"{}]}"


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, "application/json"), (400, "application/json"), (200, "text/plain"), (200, "text/event-stream")],
)
async def test_an_answer_of_braces_takes_neither_time_nor_memory(status: int, kind: str, is_streamed: bool):
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    content = b"data: " + BRACES + b"\n\n" if kind == "text/event-stream" else BRACES
    error = await failure_of(reply(status, content, {"Content-Type": kind}), is_streamed=is_streamed)
    assert isinstance(error, ValueTooLarge), error
    assert not error.is_transient
    assert time.process_time() - started < 1.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


async def test_a_long_stream_of_small_events_is_no_large_answer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounded, "EVENT_BYTES_MAX", 10_000)
    pieces = ["stone " * 20] * 500
    assert (await answer_to(event_stream(chunks(pieces)), is_streamed=True)).text == "".join(pieces)


def test_a_conversation_of_thousands_of_messages_is_fitted_in_no_time():
    messages = [Message("user", "stone " * 130)] * 5_000
    started = time.process_time()
    with pytest.raises(BlockFailed, match="does not fit"):
        fitted(messages, 12_000)
    shorter = fitted([*messages[:100], replace(messages[0], text="x" * 40_000)], 12_000)
    assert time.process_time() - started < 2
    assert len(shorter) == 101
