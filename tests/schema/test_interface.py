"""A graph's inputs and outputs as JSON Schemas, and what a run may be given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from blocks.registry import discover
from schema.errors import InvalidRunInput
from schema.graph import parse_graph
from schema.interface import check_run_inputs, input_schema, output_schema
from tests.schema.specs import SPECS, graph_of, node

LIBRARY = discover().specs
EXPORTED = [
    document
    for path in sorted((Path(__file__).parents[1] / "spec" / "agents").glob("*.json"))
    if (document := orjson.loads(path.read_bytes())).get("input_schema")
]


@pytest.mark.parametrize("document", EXPORTED, ids=lambda document: document["name"])
def test_the_schemas_are_those_that_the_platform_exported(document: dict[str, Any]) -> None:
    graph = parse_graph(document)
    assert input_schema(graph, LIBRARY) == document["input_schema"]
    assert output_schema(graph, LIBRARY) == document["output_schema"]


def test_an_input_without_a_default_is_required() -> None:
    graph = graph_of([node("a", "input", name="count"), node("b", "input", name="more", value=5, title="More")])
    assert input_schema(graph, SPECS) == {
        "type": "object",
        "properties": {
            "count": {"type": "integer", "title": "count", "advanced": False, "secret": False},
            "more": {"type": "integer", "title": "More", "advanced": False, "secret": False, "default": 5},
        },
        "required": ["count"],
    }


def test_the_blocks_own_default_is_a_default() -> None:
    toggle = next(spec for spec in LIBRARY.values() if spec.name == "AgentToggleInputBlock")
    graph = graph_of([{"id": "t", "block_id": toggle.id, "input_default": {"name": "on"}}])
    assert input_schema(graph, LIBRARY)["required"] == []


def test_no_schema_refers_to_definitions_that_it_does_not_have() -> None:
    for spec in LIBRARY.values():
        if spec.kind == "INPUT" and not spec.is_placeholder:
            graph = graph_of([{"id": "n", "block_id": spec.id, "input_default": {"name": "x"}}])
            assert "$ref" not in str(input_schema(graph, LIBRARY))


INPUTS = graph_of([node("a", "input", name="count"), node("b", "input", name="more", value=5)])


@pytest.mark.parametrize("inputs", [{"count": 1}, {"count": 1, "more": 2}, {"count": 0, "more": None}])
def test_right_inputs_are_accepted(inputs: dict[str, Any]) -> None:
    check_run_inputs(INPUTS, SPECS, inputs)


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ({}, ["count"]),
        ({"count": None}, ["count"]),
        ({"count": 1, "cuont": 2}, ["cuont"]),
        ({"cuont": 2, "x": 1}, ["cuont", "x", "count"]),
        ({"count": float("nan")}, ["count"]),
        ({"count": 1, "more": "a\x00"}, ["more"]),
    ],
)
def test_every_wrong_input_is_refused_by_name_at_once(inputs: dict[str, Any], named: list[str]) -> None:
    with pytest.raises(InvalidRunInput) as refused:
        check_run_inputs(INPUTS, SPECS, inputs)
    assert [problem["input"] for problem in refused.value.fields["problems"]] == named
    assert all(repr(name) in refused.value.message for name in named)


def test_a_graph_without_inputs_takes_none() -> None:
    with pytest.raises(InvalidRunInput, match="none"):
        check_run_inputs(graph_of([node("s", "source")]), SPECS, {"x": 1})


def test_an_agent_with_a_trigger_needs_what_came_and_nothing_else_new() -> None:
    trigger = next(spec for spec in LIBRARY.values() if spec.name == "GenericWebhookTriggerBlock")
    graph = graph_of([{"id": "t", "block_id": trigger.id, "input_default": {}}])
    assert input_schema(graph, LIBRARY)["properties"] == {}, "as the platform exports it"
    check_run_inputs(graph, LIBRARY, {"payload": {}})
    for inputs in ({}, {"payload": None}):
        with pytest.raises(InvalidRunInput, match="begins with a trigger: give what came to it as 'payload'"):
            check_run_inputs(graph, LIBRARY, inputs)
    with pytest.raises(InvalidRunInput, match="no input 'other'"):
        check_run_inputs(graph, LIBRARY, {"payload": {}, "other": 1})


def test_a_disabled_input_is_not_asked_for_and_a_disabled_output_not_promised() -> None:
    off = {"is_disabled": True}
    nodes = [
        {**node("a", "input", name="gone"), **off},
        node("b", "input", name="here"),
        {**node("c", "output", name="o"), **off},
    ]
    graph = graph_of(nodes)
    assert list(input_schema(graph, SPECS)["properties"]) == ["here"]
    assert output_schema(graph, SPECS)["properties"] == {}
    check_run_inputs(graph, SPECS, {"here": 1})


def test_a_dropdown_says_its_choices_and_a_table_its_columns() -> None:
    blocks = {spec.name: spec.id for spec in LIBRARY.values()}
    nodes = [
        {
            "id": "d",
            "block_id": blocks["AgentDropdownInputBlock"],
            "input_default": {"name": "size", "options": ["S", "M"]},
        },
        {"id": "e", "block_id": blocks["AgentDropdownInputBlock"], "input_default": {"name": "open", "options": []}},
        {
            "id": "t",
            "block_id": blocks["AgentTableInputBlock"],
            "input_default": {"name": "people", "column_headers": ["Name"]},
        },
    ]
    found = input_schema(graph_of(nodes), LIBRARY)["properties"]
    assert found["size"]["enum"] == ["S", "M"]
    assert "enum" not in found["open"]
    assert found["people"]["items"]["properties"] == {"Name": {}}
