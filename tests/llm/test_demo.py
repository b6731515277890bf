"""The demo: the same request has the same answer, what a prompt asks for is there, and nothing passes for a model's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from blocks.llm import demo
from blocks.llm.client import DirectLlm
from blocks.llm.demo_values import value_for
from blocks.sdk.llm import LlmRequest, Message, OfferedTool, WantedCall
from schema.forms import form_problems
from tests.blocks.conftest import BLOCKS

AGENTS = Path(__file__).parents[1] / "spec" / "agents"
PITCH = "A calm app that teaches people to build walls"


def prompt(text: str, **more: Any) -> LlmRequest:
    return LlmRequest("gpt-4o", (Message("user", text),), **more)


async def ask(request: LlmRequest) -> Any:
    return await DirectLlm().complete(request, demo.CREDENTIAL)


def prompts_of_the_domain_agent() -> list[str]:
    graph = orjson.loads((AGENTS / "agent_b6f6f0d3-49f4-4e3b-8155-ffe9141b32c0.json").read_bytes())
    found = [node["input_default"]["prompt"] for node in graph["nodes"] if "prompt" in node["input_default"]]
    return [text.replace("{{product_pitch | safe}}", PITCH) for text in found]


async def test_shown_text_grows_word_by_word_at_its_pace(monkeypatch: pytest.MonkeyPatch):
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("blocks.llm.demo.asyncio.sleep", wait)
    shown: list[str] = []
    text = " one  two\n\nthree "
    await demo.show(text, shown.append, 4)
    assert shown == [" ", "one  ", "two\n\n", "three "]
    assert waited == [0.25] * 3
    shown.clear()
    await demo.show(text, shown.append, 0)
    assert (shown, len(waited)) == ([text], 3)


async def test_a_long_text_keeps_nobody_longer_than_its_limit(monkeypatch: pytest.MonkeyPatch):
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("blocks.llm.demo.asyncio.sleep", wait)
    shown: list[str] = []
    text = "word " * 1_000
    await demo.show(text, shown.append, 2)
    assert "".join(shown) == text
    assert sum(waited) < demo.SHOWING_SECONDS_MAX


async def test_the_same_request_has_the_same_answer_and_costs_nothing():
    first, second = await ask(prompt("Hi")), await ask(prompt("Hi"))
    assert first == second
    assert (first.provider, first.usage.cost_micro_usd, first.text[:6]) == ("demo", 0, "[demo]")
    assert first.usage.input_tokens > 0
    assert (await ask(prompt("Ho"))).id != first.id


def test_domains_are_made_of_the_pitch():
    (text,) = [text for text in prompts_of_the_domain_agent() if "RANK" not in text and "creative" in text]
    answer = demo.answer(prompt(text)).text
    assert answer.startswith("[demo]")
    assert "<domains>democalm.com,demothat.com," in answer


def test_domains_are_ranked_of_those_that_are_given():
    (text,) = [text for text in prompts_of_the_domain_agent() if "ranking" in text and "creative" not in text]
    answer = demo.answer(prompt(text.replace("{{domains | safe}}", "calmwalls.com\nstonyapp.com"))).text
    assert "<domains>\ncalmwalls.com\nstonyapp.com\n</domains>" in answer
    assert "<product_analysis>[demo] product analysis</product_analysis>" in answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(n: int) -> list[int]: Only respond with your return value. 3", "[\n  1,"),
        ("def f() -> str: Only respond with your `return` value.", "[demo] value 1"),
        ("def f() -> bool: the return value", "true"),
        ("Write a Python script that says hello.", "```python\n"),
        ("Answer as JSON.", '{"demo":'),
        ("Give me a list of stones.", "\n1. Item 1\n"),
        ("Reply only as <answer>yes</answer>.", "<answer>[demo] answer</answer>"),
        ("<p>What is this?</p>", "It was asked: <p>What is this?</p>"),
    ],
)
def test_a_prompt_is_given_the_form_that_it_asks_for(text: str, expected: str):
    assert expected in demo.answer(prompt(text)).text


def test_a_hostile_prompt_takes_no_time():
    for text in (
        "<a" * 100_000,
        "def f(" * 50_000,
        "with a " * 50_000,
        "<domains> tags" + "<d>a," * 50_000,
        "a" * 2_000_000,
    ):
        demo.answer(prompt(text))


async def test_tools_are_called_once_each_and_then_the_conversation_ends():
    parameters = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 4}}, "required": ["n"]}
    tools = (OfferedTool("one", "", parameters), OfferedTool("two", "", {}))
    messages: tuple[Message, ...] = (Message("user", "Go."),)
    called = []
    for _ in range(3):
        answer = await ask(LlmRequest("m", messages, tools=tools, allows_several_calls=False))
        called += [(call.name, call.arguments) for call in answer.calls]
        results = tuple(Message("tool", f"gave {call.name}", call_id=call.id) for call in answer.calls)
        messages = (*messages, answer.message(), *results)
    assert called == [("one", {"n": 4}), ("two", {})]
    assert answer.text == "[demo] All tools were called. They gave: gave one; gave two"
    at_once = await ask(LlmRequest("m", messages[:1], tools=tools))
    assert len(at_once.calls) == 2
    assert len({call.id for call in at_once.calls}) == 2


async def test_only_the_tools_that_the_prompt_names_are_called():
    tools = (OfferedTool("add_up", "", {}), OfferedTool("look_up", "", {}))
    answer = await ask(LlmRequest("m", (Message("user", "Use look_up."),), tools=tools))
    assert answer.calls == (WantedCall(answer.calls[0].id, "look_up", {}),)


SCHEMAS = [
    {"type": "object", "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": ["null", "number"], "maximum": 0}}},
    {"type": "array", "items": {"type": "string", "minLength": 60, "maxLength": 70}, "minItems": 5},
    {"$defs": {"n": {"type": "object", "properties": {"v": {"type": "integer"}, "n": {"$ref": "#/$defs/m"}}},
               "m": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/n"}]}}, "$ref": "#/$defs/n"},
    {"type": "string", "format": "date-time"},
    {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
    {"type": "number", "exclusiveMinimum": 3},
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_value_fits_its_schema(schema: dict[str, Any]):
    assert form_problems(schema, value_for(schema, "it")) == []


def test_the_demo_lends_a_reference_only_where_there_is_none():
    spec = BLOCKS["AITextGeneratorBlock"].spec
    inputs, lent = demo.lend(spec, {"credentials": {"provider": "openai", "type": "api_key"}})
    assert inputs["credentials"]["provider"] == "demo"
    assert lent == {"credentials": demo.CREDENTIAL}
    own = {"id": "x", "provider": "openai", "type": "api_key"}
    assert demo.lend(spec, {"credentials": own}) == ({"credentials": own}, {})
    assert demo.lend(BLOCKS["CalculatorBlock"].spec, {}) == ({}, {})
