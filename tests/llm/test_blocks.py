"""The blocks for language models against a server that speaks OpenAI's API: what they ask, and what they give in which order."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.llm.client import DirectLlm
from blocks.llm.tokens import count_tokens
from blocks.sdk import Context
from blocks.sdk.block import DirectResult
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from tests.blocks.conftest import BLOCKS
from tests.egress.servers import Server, guarded, serve
from tests.llm.wire import Json, Script, body_of, chunks, completion, event_stream, json_reply, key_of


async def run(name: str, server: Server, inputs: Json, provider: str = "openai", **context: Any) -> DirectResult:
    """Run a block that asks this server."""
    http, key = guarded(server), key_of(provider, server)
    address = f"http://{server.host}/v1"
    given = {"credentials": key.reference.to_wire(), "base_url": f"{address}/", **inputs}
    llm = DirectLlm(http, {"open_router": address})
    made = Context(http=http, llm=llm, credentials={"credentials": key}, **context)
    return await run_directly(BLOCKS[name], given, made)


def text(content: str) -> bytes:
    return json_reply(200, completion(content))


def asked_of(server: Server, number: int = -1) -> list[Json]:
    found: list[Json] = body_of(server.seen[number])["messages"]
    return found


async def test_a_text_is_asked_for_by_rendered_prompts_and_shown_as_it_comes():
    shown: list[tuple[str, str]] = []
    inputs = {
        "prompt": "{% if who %}{{ who | upper }}{% endif %}",
        "sys_prompt": "You are {{who}}.",
        "prompt_values": {"who": "Ann"},
        "max_tokens": 1_000_000,
        "model": "gpt-4o-mini",
    }
    async with serve(event_stream(chunks(["He", "y"]))) as server:
        result = await run("AITextGeneratorBlock", server, inputs, stream=lambda pin, piece: shown.append((pin, piece)))
    assert result.error is None, result.error
    messages = [{"role": "system", "content": "You are Ann."}, {"role": "user", "content": "ANN"}]
    assert result.emissions == [("response", "Hey"), ("prompt", messages)]
    assert shown == [("response", "He"), ("response", "y")]
    assert asked_of(server) == messages
    assert body_of(server.seen[0])["max_completion_tokens"] == 16_384  # the model's most


async def test_without_values_a_prompt_is_no_template():
    async with serve(event_stream(chunks(["ok"]))) as server:
        result = await run("AITextGeneratorBlock", server, {"prompt": "Explain {{x}} and {% if %}"})
    assert result.emissions[1] == ("prompt", [{"role": "user", "content": "Explain {{x}} and {% if %}"}])


async def test_a_broken_template_fails_before_anybody_is_asked():
    async with serve(text("ok")) as server:
        result = await run("AITextGeneratorBlock", server, {"prompt": "{% if %}", "prompt_values": {"a": "b"}})
    assert result.error is not None
    assert "template" in result.error.message
    assert server.connects == 0


async def test_a_structured_answer_is_repaired_and_its_history_goes_along():
    inputs = {
        "prompt": "Now.",
        "expected_format": {"name": "A name", "tags": "Some tags"},
        "conversation_history": [{"role": "user", "content": "Before."}],
        "sys_prompt": "Be kind.",
    }
    script = Script(text('{"name": "Ann"}'), text('Sure: {"name": "Ann", "tags": ["a"], "more": 1}'))
    async with serve(script) as server:
        result = await run("AIStructuredResponseGeneratorBlock", server, inputs)
    assert result.emissions[0] == ("response", {"name": "Ann", "tags": ["a"], "more": 1})
    assert [message["content"] for message in result.emissions[1][1]] == ["Be kind.", "Before.", "Now."]
    assert "response_format" not in body_of(server.seen[0])
    assert '"tags" is a required property' in asked_of(server)[-1]["content"]


async def test_a_structured_answer_is_tried_as_often_as_retry_says():
    inputs = {"prompt": "Now.", "expected_format": {"a": "A"}, "retry": 2, "force_json_output": True}
    async with serve(text("no")) as server:
        result = await run("AIStructuredResponseGeneratorBlock", server, inputs)
    assert result.error is not None
    assert "in 2 tries" in result.error.message
    assert server.connects == 2
    sent = body_of(server.seen[0])["response_format"]["json_schema"]
    assert (sent["strict"], sent["schema"]["required"]) == (True, ["a"])


async def test_a_list_of_structured_answers():
    inputs = {"prompt": "Now.", "expected_format": {"a": "A"}, "list_result": True}
    async with serve(text('[{"a": 1}, {"a": 2}]')) as server:
        result = await run("AIStructuredResponseGeneratorBlock", server, inputs)
    assert result.emissions[0] == ("response", [{"a": 1}, {"a": 2}])


async def test_a_prompt_that_is_too_long_is_cut_or_refused():
    long = {"prompt": "word " * 200_000, "expected_format": {"a": "A"}, "model": "gpt-4o-mini"}
    async with serve(text('{"a": 1}')) as server:
        result = await run("AIStructuredResponseGeneratorBlock", server, long)
        assert result.error is None
        assert count_tokens(asked_of(server)[-1]["content"]) < 128_000
        refused = await run("AIStructuredResponseGeneratorBlock", server, {**long, "compress_prompt_to_fit": False})
    assert refused.error is not None
    assert "choose a model with a larger window" in refused.error.message
    assert server.connects == 1


async def test_an_answer_that_is_cut_says_what_to_do():
    cut = completion('{"a": ')
    cut["choices"][0]["finish_reason"] = "length"
    async with serve(json_reply(200, cut)) as server:
        result = await run("AIStructuredResponseGeneratorBlock", server, {"prompt": "x", "expected_format": {"a": "A"}})
    assert result.error is not None
    assert "set `max_tokens` higher" in result.error.message
    assert server.connects == 1


async def test_a_list_comes_whole_then_item_by_item_then_the_prompt():
    inputs = {"focus": "towns", "source_data": "Bern, Chur"}
    async with serve(text('{"answer": ["Bern", "Chur"]}')) as server:
        result = await run("AIListGeneratorBlock", server, inputs)
    assert [pin for pin, _ in result.emissions] == ["generated_list", "list_item", "list_item", "prompt"]
    assert result.emissions[:3] == [
        ("generated_list", ["Bern", "Chur"]), ("list_item", "Bern"), ("list_item", "Chur")
    ]  # fmt: skip
    assert "Bern, Chur" in asked_of(server)[-1]["content"]


@pytest.mark.parametrize(
    ("answer", "emissions"),
    [
        ('{"answer": false}', [("result", False), ("no_output", "it")]),
        ('{"answer": true}', [("result", True), ("yes_output", 1)]),
    ],
)
async def test_a_condition_goes_one_way(answer: str, emissions: list[Any]):
    async with serve(text(answer)) as server:
        result = await run("AIConditionBlock", server, {"input_value": "it", "condition": "is", "yes_value": 1})
    assert result.emissions == emissions


async def test_a_condition_that_is_not_decided_fails():
    async with serve(text("Perhaps.")) as server:
        result = await run("AIConditionBlock", server, {"input_value": "it", "condition": "is"})
    assert result.error is not None
    assert result.emissions == []


async def test_a_long_text_is_summarised_piece_by_piece_and_the_summaries_are():
    inputs = {"text": "Stone upon stone. " * 2_000, "max_tokens": 500, "style": "bullet points", "focus": "walls"}
    answers = [text(f"Part {number}.") for number in range(1, 6)]
    async with serve(Script(*answers, event_stream(chunks(["All."])))) as server:
        result = await run("AITextSummarizerBlock", server, inputs)
    assert result.error is None, (result.error, len(server.seen))
    assert result.emissions[0] == ("summary", "All.")
    assert len(server.seen) == 6  # 9,000 tokens in pieces of 2,000 that overlap by 100
    assert "Part 1.\n\nPart 2." in result.emissions[1][1][-1]["content"]
    assert "bullet points" in asked_of(server)[0]["content"]


async def test_summaries_that_are_no_shorter_end_it():
    inputs = {"text": "Stone upon stone. " * 2_000, "max_tokens": 500}
    async with serve(text("long " * 3_000)) as server:
        result = await run("AITextSummarizerBlock", server, inputs)
    assert result.error is not None
    assert "no shorter" in result.error.message


async def test_a_conversation_goes_on():
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hey"}]
    async with serve(event_stream(chunks(["Well."]))) as server:
        result = await run("AIConversationBlock", server, {"messages": said, "prompt": "And?"})
    assert result.emissions == [("response", "Well."), ("prompt", [*said, {"role": "user", "content": "And?"}])]


async def test_perplexity_gives_its_sources():
    cited = chunks(["Masons."]).replace(b'"delta":{"content"', b'"delta":{"annotations":[{"type":"x"}],"content"')
    async with serve(event_stream(cited)) as server:
        result = await run("PerplexityBlock", server, {"prompt": "Who?"}, provider="open_router")
    assert result.emissions == [("response", "Masons."), ("annotations", [{"type": "x"}])]
    assert body_of(server.seen[0])["model"] == "perplexity/sonar"


async def test_ollama_is_asked_where_its_host_is_and_only_where_the_operator_opened_it():
    async with serve(event_stream(chunks(["Hey"]))) as server:
        key = key_of("ollama", key="the tunnel's own key")
        inputs = {
            "prompt": "Hi",
            "model": "llama3.2",
            "ollama_host": server.host,
            "credentials": key.reference.to_wire(),
        }
        credentials = {"credentials": key}
        closed = GuardedHttp()
        context = Context(http=closed, llm=DirectLlm(closed), credentials=credentials)
        refused = await run_directly(BLOCKS["AITextGeneratorBlock"], inputs, context)
        assert refused.error is not None
        assert refused.error.code == "EGRESS_REFUSED"
        assert server.connects == 0
        opened = guarded(server)
        context = Context(http=opened, llm=DirectLlm(opened), credentials=credentials)
        result = await run_directly(BLOCKS["AITextGeneratorBlock"], inputs, context)
    assert result.emissions[0] == ("response", "Hey")
    assert (server.seen[0].path, server.seen[0].headers["authorization"]) == ("/v1/chat/completions", "Bearer none")


async def test_the_default_address_of_ollama_says_how_to_open_it():
    key = key_of("ollama")
    inputs = {"prompt": "Hi", "model": "llama3", "credentials": key.reference.to_wire()}
    http = GuardedHttp()
    context = Context(http=http, llm=DirectLlm(http), credentials={"credentials": key})
    result = await run_directly(BLOCKS["AITextGeneratorBlock"], inputs, context)
    assert result.error is not None
    assert result.error.code == "EGRESS_REFUSED"
    assert "localhost:11434" in result.error.message
    assert "DRYSTONE_EGRESS_ALLOW" in result.error.message
