"""Where the demo may stand in for a credential: what marks a pin, when a run is refused without one, and who has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blocks.library.llm_text import AITextGenerator
from deploy.settings import Settings
from deploy.stack import Endpoints
from schema.credentials import groups_of, needs_of, requirements_of, unmet
from tests.blocks.conftest import BLOCKS
from tests.durable.graphs import make_graph

SPECS = {block.id: block.spec for block in BLOCKS.values()}
KEY = "openai_api_key_credentials"
OWN = {"id": "00000000-0000-4000-8000-000000000009", "provider": "openai", "type": "api_key"}


def groups(**constants: Any) -> Any:
    graph = make_graph({"ask": (AITextGenerator, {"prompt": "Hi", "model": "gpt-4o", **constants})})
    return groups_of(needs_of(graph, SPECS))


def test_a_pin_for_a_model_takes_the_demo_and_is_grouped_as_before():
    (requirement,) = requirements_of(AITextGenerator.spec)
    assert requirement.has_demo
    assert requirement.is_required
    assert requirement.accepted(("openai",)) == ("openai", "demo")
    (group,) = groups().values()
    assert (group.key, group.providers, group.accepted) == (KEY, ("openai",), ("openai", "demo"))
    schema = group.to_schema()
    assert schema["credentials_provider"] == ["openai"]
    assert schema["properties"]["provider"]["enum"] == ["openai", "demo"]


def test_another_pin_does_not_take_it():
    requirement = requirements_of(BLOCKS["PublishToMediumBlock"].spec)[0]
    assert requirement.accepted(("medium",)) == ("medium",)


def test_only_a_stack_with_the_demo_does_without_a_credential():
    assert [problem["where"] for problem in unmet(groups(), {})] == [KEY]
    assert unmet(groups(), {}, has_demo=True) == []


def test_a_reference_that_nobody_may_use_is_missed_with_the_demo_too():
    assert [problem["where"] for problem in unmet(groups(credentials=OWN), {}, has_demo=True)] == [KEY]


def test_a_model_that_is_not_known_may_be_of_any_provider():
    (group,) = groups(model="my-own").values()
    assert "openai_compatible" in group.providers
    assert "ollama" in group.providers


@pytest.mark.parametrize(
    ("settings", "of_process", "of_embedded"),
    [
        ({}, False, "true"),
        ({"llm_demo": False}, False, "false"),
        ({"llm_demo": True}, True, "true"),
        ({"llm_demo": True, "mode": "production"}, False, "false"),
    ],
)
def test_the_embedded_stack_has_the_demo_and_production_never(
    settings: dict[str, Any], of_process: bool, of_embedded: str, tmp_path: Path
):
    made = Settings(**settings)
    endpoints = Endpoints("postgresql+asyncpg://", "127.0.0.1:1", "http://127.0.0.1:2", "default", tmp_path)
    assert made.has_llm_demo is of_process
    assert made.environment(endpoints)["DRYSTONE_LLM_DEMO"] == of_embedded


def test_the_demo_answers_at_once_unless_a_pace_is_set(tmp_path: Path):
    endpoints = Endpoints("postgresql+asyncpg://", "127.0.0.1:1", "http://127.0.0.1:2", "default", tmp_path)
    name = "DRYSTONE_LLM_DEMO_WORDS_PER_SECOND"
    assert float(Settings().environment(endpoints)[name]) == 0
    assert float(Settings(llm_demo_words_per_second=3).environment(endpoints)[name]) == 3
