"""OpenAI's chat completions over the guarded way out: what is sent, what comes back, and what each refusal becomes."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from blocks.llm.client import DirectLlm, ask_once
from blocks.sdk.egress import GuardedHttp
from blocks.sdk.llm import Message, OfferedTool, WantedCall
from schema.errors import BlockFailed, CredentialUnusable, DrystoneError, EgressRefused, RateLimited, Unavailable
from tests.durable.waiting import eventually
from tests.egress.servers import Seen, guarded, reply, serve
from tests.llm.wire import (
    CANARY,
    Script,
    asked,
    body_of,
    chunks,
    completion,
    event_stream,
    json_reply,
    key_of,
)

WEATHER = OfferedTool(
    "weather", "Tell the weather.", {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
)


async def test_a_request_is_what_the_documentation_says():
    async with serve(json_reply(200, completion())) as server:
        messages = (Message("system", "Be kind."), Message("user", "Hi"))
        request = asked(server, messages=messages, max_tokens=50, temperature=0.5)
        answer = await ask_once(guarded(server), request, key_of("openai", server), "the key")
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/v1/chat/completions")
    assert seen.headers["authorization"] == f"Bearer {CANARY}"
    assert seen.headers["idempotency-key"] == "the key"
    assert not [name for name in seen.headers if name in ("openai-organization", "openai-project")]
    assert body_of(seen) == {
        "model": "gpt-4o-mini",
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}],
        "max_completion_tokens": 50,
        "temperature": 0.5,
    }
    assert (answer.text, answer.provider, answer.stop_reason, answer.id) == ("Hello.", "openai", "end", "chatcmpl-1")
    # 9 tokens at 0.15 and 12 at 0.60 dollars a million: 8.55 millionths, rounded up.
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.cost_micro_usd) == (9, 12, 9)


async def test_text_is_shown_as_it_comes():
    pieces: list[str] = []
    async with serve(event_stream(chunks(["Hel", "lo", "."]))) as server:
        answer = await ask_once(guarded(server), asked(server), key_of("openai", server), "k", pieces.append)
    assert pieces == ["Hel", "lo", "."]
    assert (answer.text, answer.usage.output_tokens) == ("Hello.", 12)
    assert body_of(server.seen[0])["stream"] is True
    assert body_of(server.seen[0])["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_calls_of_tools_come_with_their_arguments(is_streamed: bool):
    pieces = [
        {"index": 0, "id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"ci'}},
        {"index": 0, "function": {"arguments": 'ty": "Bern"}'}},
        {"index": 1, "id": "b", "type": "function", "function": {"name": "weather", "arguments": "{broken"}},
    ]
    whole = completion(None, [("a", "weather", '{"city": "Bern"}'), ("b", "weather", "{broken")])
    sent = event_stream(chunks([], pieces, "tool_calls")) if is_streamed else json_reply(200, whole)
    async with serve(sent) as server:
        request = asked(server, tools=(WEATHER,), allows_several_calls=False)
        listener = (lambda _piece: None) if is_streamed else None
        answer = await ask_once(guarded(server), request, key_of("openai", server), "k", listener)
    good, bad = answer.calls
    assert (good.id, good.name, good.arguments, good.problem) == ("a", "weather", {"city": "Bern"}, None)
    assert bad.arguments == {}
    assert "no JSON" in (bad.problem or "")
    assert answer.stop_reason == "calls"
    body = body_of(server.seen[0])
    assert body["parallel_tool_calls"] is False
    assert body["tools"][0]["function"]["parameters"] == WEATHER.parameters


async def test_a_conversation_with_calls_is_sent_back_in_its_form():
    call = WantedCall("a", "weather", {"city": "Bern"})
    messages = (Message("user", "Hi"), Message("assistant", "", (call,)), Message("tool", "Rain", call_id="a"))
    async with serve(json_reply(200, completion())) as server:
        await ask_once(guarded(server), asked(server, messages=messages), key_of("openai", server), "k")
    _, assistant, tool = body_of(server.seen[0])["messages"]
    assert assistant["content"] is None
    assert assistant["tool_calls"][0]["function"] == {"name": "weather", "arguments": '{"city":"Bern"}'}
    assert tool == {"role": "tool", "content": "Rain", "tool_call_id": "a"}


REFUSALS = [
    pytest.param(429, {"Retry_After": "7"}, RateLimited, "less often", id="too often"),
    pytest.param(500, {}, Unavailable, "500", id="broken"),
    pytest.param(503, {"Retry_After": "3"}, Unavailable, "503", id="away"),
    pytest.param(401, {}, CredentialUnusable, "does not accept", id="key refused"),
    pytest.param(400, {}, BlockFailed, "no such thing", id="refused"),
]


@pytest.mark.parametrize(("status", "headers", "kind", "words"), REFUSALS)
async def test_a_refusal_becomes_its_error_and_is_not_tried_again(
    status: int, headers: dict[str, str], kind: type[DrystoneError], words: str
):
    body = {"error": {"message": f"There is no such thing as {CANARY}.", "type": "x", "code": "y"}}
    async with serve(json_reply(status, body, **headers)) as server:
        with pytest.raises(kind) as caught:
            await ask_once(guarded(server), asked(server), key_of("openai", server), "k")
    assert type(caught.value) is kind
    assert words in caught.value.message
    assert "no such thing as ***" in caught.value.message
    assert server.connects == 1
    wait = getattr(caught.value, "retry_after_seconds", None)
    assert wait == (float(headers["Retry_After"]) if headers else None)
    assert caught.value.__cause__ is None


async def test_a_quota_that_is_used_up_is_not_waited_for():
    body = {
        "error": {"message": "You exceeded your quota.", "type": "insufficient_quota", "code": "insufficient_quota"}
    }
    async with serve(json_reply(429, body)) as server:
        with pytest.raises(BlockFailed, match="exceeded your quota"):
            await ask_once(guarded(server), asked(server), key_of("openai", server), "k")


async def test_an_answer_that_drips_ends_at_the_deadline():
    async def drip(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")

        def is_left() -> bool:
            writer.write(b": still here\n\n")
            return writer.transport.is_closing()

        await eventually(is_left)

    began = asyncio.get_running_loop().time()
    async with serve(drip) as server:
        with pytest.raises(Unavailable, match=r"within 0.3 seconds"):
            await ask_once(
                guarded(server), asked(server, seconds_max=0.3), key_of("openai", server), "k", lambda _: None
            )
    assert asyncio.get_running_loop().time() - began < 3


@pytest.mark.parametrize(
    "content", [b"no json at all", b'{"choices": []}', b'{"object": "chat.completion"}', b"[]"], ids=repr
)
async def test_an_answer_without_a_message_may_be_asked_for_again(content: bytes):
    async with serve(reply(200, content, {"Content-Type": "application/json"})) as server:
        with pytest.raises(Unavailable):
            await ask_once(guarded(server), asked(server), key_of("openai", server), "k")


async def test_a_stream_that_breaks_off_may_be_asked_for_again():
    error = b'data: {"error": {"message": "The server had an error", "type": "server_error"}}\n\n'
    async with serve(event_stream(error)) as server:
        with pytest.raises(Unavailable, match="The server had an error"):
            await ask_once(guarded(server), asked(server), key_of("openai", server), "k", lambda _: None)


async def test_a_text_that_cannot_be_kept_as_it_is_is_kept_nearly():
    content = orjson.dumps(completion("cut HERE")).replace(b"HERE", b"\\ud83d")
    async with serve(reply(200, content, {"Content-Type": "application/json"})) as server:
        answer = await ask_once(guarded(server), asked(server), key_of("openai", server), "k")
    assert answer.text == "cut ?"


async def test_an_answer_that_does_not_fit_is_told_back_until_it_does():
    script = Script(
        json_reply(200, completion('{"name": 5}')), json_reply(200, completion('Here: ```json\n{"name": "Ann"}\n```'))
    )
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    async with serve(script) as server:
        answer = await DirectLlm(guarded(server)).complete(
            asked(server, answer_schema=schema), key_of("openai", server)
        )
    assert answer.data == {"name": "Ann"}
    assert (answer.usage.calls, answer.usage.input_tokens, answer.usage.cost_micro_usd) == (2, 18, 18)
    first, second = map(body_of, server.seen)
    assert first["response_format"]["json_schema"]["strict"] is True
    assert second["messages"][-2] == {"role": "assistant", "content": '{"name": 5}'}
    assert "name: 5 is not of type" in second["messages"][-1]["content"]


async def test_an_answer_that_never_fits_fails_after_so_many_tries():
    async with serve(json_reply(200, completion("I will not."))) as server:
        with pytest.raises(BlockFailed, match="in 3 tries: There is no JSON"):
            await DirectLlm(guarded(server)).complete(
                asked(server, answer_schema={"type": "object"}), key_of("openai", server)
            )
    assert server.connects == 3


async def test_a_list_is_wrapped_for_the_provider_and_taken_bare_too():
    schema = {"type": "array", "items": {"type": "string"}}
    script = Script(json_reply(200, completion('{"answer": ["a"]}')), json_reply(200, completion('["b"]')))
    async with serve(script) as server:
        llm, key = DirectLlm(guarded(server)), key_of("openai", server)
        assert (await llm.complete(asked(server, answer_schema=schema), key)).data == ["a"]
        assert (await llm.complete(asked(server, answer_schema=schema), key)).data == ["b"]


async def test_a_base_url_cannot_reach_what_is_closed():
    """S05: with the address of a local server, which the operator did not open."""
    async with serve(json_reply(200, completion())) as server:
        with pytest.raises(EgressRefused, match=r"may (?:not )?be reached"):
            await ask_once(GuardedHttp(), asked(server), key_of("openai", server), "k")
        for url in ("http://169.254.169.254/v1", "http://[::1]/v1", "http://2130706433/v1", "file:///etc/passwd"):
            with pytest.raises(EgressRefused):
                await ask_once(GuardedHttp(), asked(base_url=url), key_of("ollama"), "k")
        assert server.connects == 0
        # The same, opened.
        await ask_once(guarded(server), asked(server), key_of("openai", server), "k")
        assert server.connects == 1


async def test_a_key_goes_only_where_its_owner_said():
    async with serve(json_reply(200, completion())) as server:
        with pytest.raises(CredentialUnusable, match=f"may not be sent to 127.0.0.1:{server.port}"):
            await ask_once(guarded(server), asked(server), key_of("openai"), "k")
        assert server.connects == 0
        answer = await ask_once(guarded(server), asked(server, model="llama3"), key_of("ollama"), "k")
        assert server.seen[0].headers["authorization"] == "Bearer none"
    assert (answer.provider, answer.usage.cost_micro_usd) == ("ollama", None)


async def test_a_redirect_is_not_followed():
    async with serve(json_reply(200, completion())) as other, serve() as server:
        moved = reply(307, b"", {"Location": f"http://{other.host}/v1/chat/completions"})
        async with serve(moved) as first:
            with pytest.raises(DrystoneError):
                await ask_once(guarded(first, other), asked(first), key_of("openai", first, other), "k")
        assert (other.connects, server.connects) == (0, 0)


async def test_openrouter_says_what_an_answer_cost():
    whole = completion(usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "cost": 0.000123})
    whole["choices"][0]["message"]["annotations"] = [{"type": "url_citation", "url_citation": {"url": "https://a.b"}}]
    async with serve(json_reply(200, whole)) as server:
        answer = await ask_once(
            guarded(server), asked(server, model="perplexity/sonar"), key_of("open_router", server), "k"
        )
    assert body_of(server.seen[0])["usage"] == {"include": True}
    assert answer.usage.cost_micro_usd == 123
    assert answer.annotations[0]["url_citation"] == {"url": "https://a.b"}


async def test_a_codex_model_is_asked_by_the_responses_api():
    made = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_764_000_000,
        "status": "completed",
        "model": "gpt-5.1-codex",
        "output": [
            {"id": "rs", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Short is good."}]},
            {
                "id": "m",
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": "print(1)", "annotations": []}],
            },
        ],
        "usage": {"input_tokens": 8, "output_tokens": 4, "total_tokens": 12},
    }
    async with serve(json_reply(200, made)) as server:
        request = asked(server, model="gpt-5.1-codex", reasoning_effort="low", max_tokens=99)
        answer = await ask_once(guarded(server), request, key_of("openai", server), "k")
    assert server.seen[0].path == "/v1/responses"
    body = body_of(server.seen[0])
    assert (body["store"], body["max_output_tokens"], body["reasoning"]["effort"]) == (False, 99, "low")
    assert (answer.text, answer.reasoning, answer.id) == ("print(1)", "Short is good.", "resp_1")
