"""Files of another day and another installation: what an import mends, what it takes away, and that it says so."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from blocks.registry import discover
from schema.adapting import adapt
from schema.check import check, errors_of
from schema.errors import UnsupportedFormat
from schema.exporting import Fidelity, imported
from schema.graph import Graph, parse_graph, read_graph, write_graph

SPECS = discover().specs
BY_NAME = {spec.name: spec.id for spec in SPECS.values()}
GRAPH_ID = "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a02"
SECRET = "sk-canary-0123456789"


def node(node_id: str, block: str, **constants: Any) -> dict[str, Any]:
    return {"id": node_id, "block_id": BY_NAME.get(block, block), "input_default": constants}


def link(source: str, sink: str) -> dict[str, Any]:
    (source_id, source_name), (sink_id, sink_name) = source.split("."), sink.split(".")
    return {"source_id": source_id, "source_name": source_name, "sink_id": sink_id, "sink_name": sink_name}


def graph(*nodes: dict[str, Any], links: Any = (), **more: Any) -> Graph:
    return parse_graph({"id": GRAPH_ID, "name": "Old", "nodes": list(nodes), "links": list(links), **more})


def adapted(*nodes: dict[str, Any], **more: Any) -> tuple[Graph, dict[str, list[str]]]:
    found = adapt(graph(*nodes, **more), SPECS)
    return found.graph, {node_id: why for (_, node_id), why in found.reasons.items()}


def constants(found: Graph, index: int = 0) -> dict[str, Any]:
    return found.nodes[index].input_default


# The form of old files


def test_nulls_stand_for_what_is_not_there() -> None:
    found = parse_graph(
        {
            "id": GRAPH_ID,
            "name": "Old",
            "version": None,
            "is_active": None,
            "description": None,
            "sub_graphs": None,
            "links": None,
            "nodes": [{"id": "a", "block_id": "b", "input_default": None, "metadata": None, "webhook_id": None}],
        }
    )
    assert (found.version, found.is_active, found.links, found.sub_graphs) == (1, True, [], [])
    assert (found.nodes[0].input_default, found.nodes[0].metadata) == ({}, {})
    written = write_graph(found)
    assert written["description"] is None
    assert written["nodes"][0]["webhook_id"] is None


def test_a_file_without_an_id_is_the_same_agent_each_time() -> None:
    first, second = (parse_graph({"name": "No id", "nodes": []}) for _ in range(2))
    assert first.id == second.id != parse_graph({"name": "Another", "nodes": []}).id


def test_links_without_ids_have_one_each() -> None:
    found = graph(
        node("a", "StoreValueBlock", input=1),
        node("b", "CreateDictionaryBlock"),
        links=[link("a.output", "b.values_#_x"), link("a.output", "b.values_#_y")],
    )
    assert len({one.id for one in found.links}) == 2
    assert not errors_of(check(found, SPECS))


def test_a_file_may_begin_with_its_mark() -> None:
    content = orjson.dumps({"id": GRAPH_ID, "name": "Marked", "nodes": []})
    assert read_graph(b"\xef\xbb\xbf" + content).name == "Marked"
    assert read_graph(content.decode()).name == "Marked"


@pytest.mark.parametrize("document", [[], "text", {}, {"name": "g", "id": "no uuid"}, {"name": "g", "nodes": None}])
def test_what_is_no_agent_is_refused(document: Any) -> None:
    with pytest.raises(UnsupportedFormat):
        parse_graph(document)


# Pins of another day


def test_a_pin_that_was_renamed_has_its_name_of_today() -> None:
    found, why = adapted(
        node("in", "AgentDropdownInputBlock", name="size", value="S", placeholder_values=["S", "M"]),
        node("read", "ReadSpreadsheetBlock", contents="a\n1"),
        node("out", "AgentOutputBlock", name="rows"),
        links=[link("read.all_data_$_0_#_a", "out.value")],
    )
    assert constants(found) == {"name": "size", "value": "S", "options": ["S", "M"]}
    assert found.links[0].source_name == "rows_$_0_#_a"
    assert why == {
        "in": ["the pin `placeholder_values` is called `options` today"],
        "read": ["the pin `all_data` is called `rows` today"],
    }
    assert not errors_of(check(found, SPECS))


@pytest.mark.parametrize("order", [1, -1])
def test_a_value_under_the_name_of_today_goes_before_an_older_one(order: int) -> None:
    both = dict([("placeholder_values", ["old"]), ("options", ["new"])][::order])
    found, _ = adapted(node("in", "AgentDropdownInputBlock", name="size", **both))
    assert constants(found) == {"name": "size", "options": ["new"]}
    empty = dict([("placeholder_values", ["old"]), ("options", [])][::order])
    found, _ = adapted(node("in", "AgentDropdownInputBlock", name="size", **empty))
    assert constants(found) == {"name": "size", "options": ["old"]}


def test_the_agent_executor_of_old_called_its_inputs_data() -> None:
    found, _ = adapted(node("run", "AgentExecutorBlock", graph_id=GRAPH_ID, graph_version=1, data={"topic": "x"}))
    assert constants(found)["inputs"] == {"topic": "x"}
    # Unless that is what an input of the agent is called.
    schema = {"properties": {"data": {}}}
    found, why = adapted(node("run", "AgentExecutorBlock", graph_id=GRAPH_ID, data={"topic": "x"}, input_schema=schema))
    assert constants(found)["data"] == {"topic": "x"}
    assert not why


# Secrets of another day


@pytest.mark.parametrize(
    "block", ["PublishToMediumBlock", "AITextGeneratorBlock", "0ddba11d-0000-4000-8000-000000000000"]
)
def test_a_key_that_stood_as_text_does_not_survive(block: str) -> None:
    found, why = adapted(node("old", block, api_key=SECRET, title="Walls"))
    assert SECRET not in str(write_graph(found))
    assert "api_key" in why["old"][0]


def test_other_text_of_a_block_that_takes_credentials_survives() -> None:
    found, why = adapted(node("old", "PublishToMediumBlock", api_key="", title="Walls", tags=["a"]))
    assert constants(found) == {"api_key": "", "title": "Walls", "tags": ["a"]}
    assert not why


def test_what_no_pin_has_survives_at_a_block_without_credentials() -> None:
    found, why = adapted(node("old", "FillTextTemplateBlock", format="{{a}}", api_key="mine", **{"values_#_a": 1}))
    assert constants(found)["api_key"] == "mine"
    assert not why


def test_credentials_of_elsewhere_lose_their_ids() -> None:
    theirs = {"id": "c1", "provider": "medium", "type": "api_key", "title": "Theirs", "key": SECRET}
    found, why = adapted(node("old", "PublishToMediumBlock", credentials=theirs))
    assert constants(found)["credentials"] == {"provider": "medium", "type": "api_key", "title": "Theirs"}
    assert "choose one of yours" in why["old"][0]


@pytest.mark.parametrize("given", ["", {}, None, "a key", {"id": "c1"}, ["x"]])
def test_what_is_no_reference_keeps_no_agent_from_running(given: Any) -> None:
    found, _ = adapted(node("old", "PublishToMediumBlock", title="x", credentials=given))
    assert not [one for one in check(found, SPECS) if one.pin == "credentials"]
    assert not constants(found).get("credentials")


@pytest.mark.parametrize(
    ("block", "pin", "given", "kept"),
    [
        ("AITextSummarizerBlock", "style", "haiku", None),
        ("AITextSummarizerBlock", "style", "Bullet Points", "bullet points"),
        ("AITextSummarizerBlock", "style", "detailed", "detailed"),
        ("AITextSummarizerBlock", "max_tokens", 0, None),
        ("AITextSummarizerBlock", "max_tokens", "512", "512"),
        ("SendWebRequestBlock", "method", "get", "GET"),
        ("SendWebRequestBlock", "headers", '{"a": "b"}', '{"a": "b"}'),
        ("PerplexityBlock", "model", "perplexity/llama-3.1-sonar-large-128k-online", None),
        ("AITextGeneratorBlock", "model", "a model of next year", "a model of next year"),
        ("CalculatorBlock", "operation", "add", "Add"),
        ("CalculatorBlock", "operation", "Guess", "Guess"),
        ("AgentExecutorBlock", "inputs", "anything", "anything"),
        ("GetCurrentTimeBlock", "format_type", "", None),
        ("GetCurrentTimeBlock", "format", "%H", "%H"),
    ],
)
def test_a_constant_that_its_pin_does_not_take_is_left_to_the_pins_default_and_told(
    block: str, pin: str, given: Any, kept: Any
) -> None:
    """A pin that must have a value keeps what it has: that it does not fit is a problem."""
    found, why = adapted(node("old", block, **{pin: given}))
    assert constants(found).get(pin) == kept
    assert bool(why) is (given != kept)
    assert "haiku" not in str(why), "it may have been a secret"


def test_a_reference_deep_in_the_masks_of_an_agents_node_loses_its_id() -> None:
    masks = {"n": {"credentials": {"id": "c1", "provider": "openai", "type": "api_key", "title": "T"}}}
    found, _ = adapted(node("run", "AgentExecutorBlock", graph_id=GRAPH_ID, nodes_input_masks=masks))
    assert "c1" not in str(write_graph(found))


def test_a_webhook_of_elsewhere_is_left_behind() -> None:
    found, why = adapted(
        {**node("hook", "GenericWebhookTriggerBlock"), "webhook_id": "w1", "webhook": {"secret": SECRET}}
    )
    assert SECRET not in str(write_graph(found))
    assert "attach one of yours" in why["hook"][0]


# Other things that files have


def test_a_block_is_known_by_its_id_in_capitals() -> None:
    found, _ = adapted({"id": "a", "block_id": BY_NAME["StoreValueBlock"].upper(), "input_default": {"input": 1}})
    assert found.nodes[0].block_id == BY_NAME["StoreValueBlock"]


@pytest.mark.parametrize("empty", ["", {}, []])
def test_an_emptied_field_that_its_pin_does_not_take_is_left_to_the_default(empty: Any) -> None:
    found, why = adapted(node("in", "AgentGoogleDriveFileInputBlock", name="file", value=empty))
    assert constants(found) == {"name": "file"}
    assert "its own default" in why["in"][0]
    assert not errors_of(check(found, SPECS))


def test_an_emptied_field_that_its_pin_takes_or_needs_stays() -> None:
    given = {"operator": "", "value1": "", "value2": {}, "yes_value": ""}
    found, why = adapted(node("if", "ConditionBlock", **given))
    assert (constants(found), why) == (given, {})


def test_a_link_that_is_there_twice_is_there_once() -> None:
    twice = [link("a.output", "b.input")] * 2
    found, _ = adapted(node("a", "StoreValueBlock", input=1), node("b", "StoreValueBlock"), links=twice)
    assert len(found.links) == 1
    assert not errors_of(check(found, SPECS))


def test_the_agents_that_a_file_bundles_are_adapted_too_and_told_of() -> None:
    inner = {
        "id": GRAPH_ID.replace("7", "8"),
        "name": "Inner",
        "nodes": [node("old", "PublishToMediumBlock", api_key=SECRET)],
    }
    for name in ("sub_graphs", "subgraphs"):
        given = graph(**{name: [inner]})
        found = adapt(given, SPECS)
        assert SECRET not in str(write_graph(found.graph))
        rows = imported(found.graph.sub_graphs, found.graph.sub_graphs, SPECS, found.reasons)
        assert [(row.node_id, row.fidelity) for row in rows] == [("old", Fidelity.CHANGED)]


def test_what_needs_no_change_is_the_same_object() -> None:
    given = graph(node("a", "StoreValueBlock", input=1, extra=None), links=[], sub_graphs=[])
    assert adapt(given, SPECS).graph is given
