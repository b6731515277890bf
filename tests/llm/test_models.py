"""The table of models, tokens and prompts that fit: every model of exported agents is known, and a price is never made up."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.llm.fitting import fitted
from blocks.llm.models import PROVIDERS, find_model, provider_by_model
from blocks.llm.tokens import chunks_of, count_messages, count_tokens
from blocks.sdk import Block
from blocks.sdk.llm import Message, messages_from_wire
from schema.credentials import requirements_of
from schema.errors import BlockFailed, InvalidValue
from tests.blocks.conftest import BLOCKS

AGENTS = Path(__file__).parents[1] / "spec" / "agents"


def mapping_of_exports() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in AGENTS.glob("*.json"):
        schema = orjson.loads(file.read_bytes()).get("credentials_input_schema") or {}
        for group in schema.get("properties", {}).values():
            found |= group.get("discriminator_mapping", {})
    return found


def test_every_model_of_exported_agents_is_of_the_same_provider_here():
    exported = mapping_of_exports()
    assert len(exported) > 70
    assert {name: provider_by_model().get(name) for name in exported} == exported


def test_the_default_of_each_block_is_a_known_model():
    asking = [block.spec for block in BLOCKS.values() if lent(block)]
    assert len(asking) > 8
    for spec in asking:
        default = spec.input_pins["model"]["default"]
        assert find_model(default).provider in requirements_of(spec)[0].providers, spec.name


def lent(block: type[Block]) -> bool:
    return any(one.has_demo for one in requirements_of(block.spec))


@pytest.mark.parametrize("name", sorted(provider_by_model()))
def test_a_model_is_credible(name: str):
    model = find_model(name)
    assert model.provider in PROVIDERS
    assert 1_000 < model.output_tokens <= model.window_tokens <= 3_000_000
    assert (model.input_price is None) == (model.output_price is None)
    if model.input_price is not None and model.output_price is not None:
        # Between a cent and a hundred dollars a million, and what is written costs more than what is read.
        assert 10_000 <= model.input_price < model.output_price <= 100_000_000


def test_an_unknown_model_goes_to_its_credentials_provider_without_a_price():
    model = find_model("gpt-99", "openai")
    assert (model.provider, model.cost_micro_usd(1, 1)) == ("openai", None)


def test_a_name_without_its_date_is_the_same_model():
    assert find_model("gpt-5").input_price == find_model("gpt-5-2025-08-07").input_price == 1_250_000


def test_costs_are_rounded_up():
    assert find_model("gpt-4o").cost_micro_usd(1, 0) == 3
    assert find_model("gpt-4o").cost_micro_usd(1_000_000, 1_000_000) == 12_500_000


@given(st.text(max_size=3_000), st.integers(5, 200), st.integers(0, 50))
def test_pieces_fit_and_have_all_words_in_order(text: str, most: int, overlap: int):
    chunks = chunks_of(text, most, min(overlap, most // 2))
    assert all(count_tokens(chunk) <= most for chunk in chunks)
    if overlap == 0:
        assert "".join("".join(chunks).split()) == "".join(text.split())


def test_a_prompt_that_is_too_long_loses_the_middle_of_its_longest_message():
    messages = (Message("system", "Be kind."), Message("user", "begin " + "word " * 10_000 + "end"))
    short = fitted(messages, 1_000)
    assert count_messages(short) <= 1_000
    assert short[0] == messages[0]
    assert short[1].text.startswith("begin word")
    assert short[1].text.endswith("word end")
    assert "characters are left out here" in short[1].text
    assert fitted(messages, 100_000) == messages
    with pytest.raises(BlockFailed, match="the model takes 1000 beside its answer"):
        fitted(messages, 1_000, is_cut=False)
    with pytest.raises(BlockFailed, match="does not fit the model"):
        fitted([Message("user", "short")] * 1_000, 1_000)


def test_a_conversation_comes_back_as_it_went():
    wire = [
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}],
        },
        {"role": "tool", "content": "1", "tool_call_id": "a"},
    ]
    assert [message.to_wire() for message in messages_from_wire(wire)] == wire
    parts = messages_from_wire([{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url"}]}])
    assert parts == (Message("user", "a"),)
    with pytest.raises(InvalidValue, match="Message 2"):
        messages_from_wire([{"role": "user", "content": "x"}, {"role": "boss", "content": "y"}])
