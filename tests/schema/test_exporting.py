"""Exports: what is secret by its schema, type or mark does not leave; each node says what became of it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from schema.block import BlockSpec, Kind
from schema.bundle import alone, key_of, taken_apart
from schema.check import check
from schema.exporting import Exported, Fidelity, export, imported
from schema.graph import Graph, parse_graph, write_graph
from schema.placeholders import UNKNOWN_NAME, with_placeholders
from schema.scrubbing import REMOVED, scrub
from schema.static_links import with_static_links
from tests.schema.specs import GRAPH_ID, SPECS, graph_of, link, node

CANARY = "canary-in-a-mine"
OTHER_ID = "1c1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a03"
REFERENCE = {"id": CANARY, "provider": "github", "type": "oauth2", "title": "Mine"}
LOCKED = BlockSpec(
    id="locked",
    name="LockedBlock",
    input_schema={
        "type": "object",
        "properties": {
            "key": {"type": "string", "secret": True},
            "password": {"type": "string"},
            "typed": {"type": "string", "format": "password", "writeOnly": True},
            "maybe": {"anyOf": [{"type": "string", "format": "password"}, {"type": "null"}]},
            "credentials": {"credentials_provider": ["github"], "credentials_types": ["oauth2"], "type": "object"},
            "server": {"$ref": "#/$defs/Server"},
            "servers": {"type": "array", "items": {"$ref": "#/$defs/Server"}},
            "headers": {"type": "object", "additionalProperties": {"type": "string", "secret": True}},
        },
        "$defs": {
            "Server": {
                "type": "object",
                "properties": {
                    "host": {"type": "string"},
                    "token": {"type": "string", "secret": True},
                    "inner": {"$ref": "#/$defs/Server"},
                },
            }
        },
    },
    output_schema={"properties": {"out": {}, "token": {"secret": True}}},
)
TRIGGER = BlockSpec(id="trigger", name="TriggerBlock", kind=Kind.WEBHOOK, is_sensitive=True)
ALL = {**SPECS, "locked": LOCKED, "trigger": TRIGGER}


def exported(nodes: list[dict[str, Any]], *links: str, **fields: Any) -> Exported:
    return export(graph_of(nodes, *links, **fields), [], ALL)


def constants_of(constants: dict[str, Any], block: str = "locked") -> dict[str, Any]:
    found = exported([node("a", block, **constants)])
    constants_found: dict[str, Any] = found.document["nodes"][0]["input_default"]
    return constants_found


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"key": CANARY}, {}),
        ({"key": ""}, {"key": ""}),
        ({"key": None}, {"key": None}),
        ({"typed": CANARY}, {}),
        ({"maybe": CANARY}, {}),
        ({"key_#_a": CANARY, "key_$_0": CANARY}, {}),
        ({"credentials": REFERENCE}, {"credentials": {"provider": "github", "type": "oauth2", "title": "Mine"}}),
        ({"credentials": {"id": CANARY, "strange": 1}}, {"credentials": {"strange": 1}}),
        ({"password": REFERENCE}, {"password": {"provider": "github", "type": "oauth2", "title": "Mine"}}),
        ({"server": {"host": "h", "token": CANARY}}, {"server": {"host": "h"}}),
        ({"server": {"inner": {"inner": {"token": CANARY}}}}, {"server": {"inner": {"inner": {}}}}),
        ({"servers": [{"token": CANARY}, {"host": "h"}]}, {"servers": [{}, {"host": "h"}]}),
        ({"headers": {"a": CANARY}}, {"headers": {}}),
        ({"headers_#_a": CANARY, "server_@_token": CANARY, "servers_$_0_#_token": CANARY}, {}),
        ({"server_@_host": "h", "servers_$_0_#_host": "h"}, {"server_@_host": "h", "servers_$_0_#_host": "h"}),
    ],
)
def test_what_a_schema_or_a_type_calls_secret_does_not_leave(given: dict[str, Any], left: dict[str, Any]) -> None:
    assert constants_of(given) == left


def test_nothing_is_guessed_from_a_name() -> None:
    given = {"password": "stays", "api_key": "stays", "secret": True, "token": {"token": "stays"}}
    assert constants_of(given) == given
    assert constants_of({"password": "stays"}, "plain") == {"password": "stays"}


@pytest.mark.parametrize("block", ["input", "output"])
def test_the_value_of_a_secret_input_does_not_leave(block: str) -> None:
    given = {"name": "n", "secret": True, "value": CANARY}
    assert constants_of(given, block) == {"name": "n", "secret": True}
    plain = {"name": "n", "secret": False, "value": 5}
    # The pin of the test's input block is secret itself, whatever a node says.
    assert constants_of(plain, block) == (plain if block == "output" else {"name": "n", "secret": False})
    found = exported([{**node("a", block, **given), "pinned_output": {"result": [CANARY]}}])
    assert CANARY not in orjson.dumps(found.document).decode()


def test_a_secret_default_is_not_in_the_schema_of_the_inputs() -> None:
    found = exported([node("a", "input", name="n", secret=True, value=CANARY)]).document
    assert found["input_schema"]["required"] == ["n"]
    assert "default" not in found["input_schema"]["properties"]["n"]


def test_secret_outputs_that_are_pinned_do_not_leave() -> None:
    pinned = {"token": [CANARY], "out": [1, REFERENCE]}
    row = exported([{**node("a", "locked"), "pinned_output": pinned}]).document["nodes"][0]
    assert row["pinned_output"] == {"out": [1, {"provider": "github", "type": "oauth2", "title": "Mine"}]}


def test_an_agents_secret_inputs_do_not_leave_with_who_runs_it() -> None:
    schema = {"properties": {"key": {"secret": True, "default": CANARY}, "plain": {"default": 1}}}
    given = {
        "graph_id": OTHER_ID,
        "input_schema": schema,
        "inputs": {"key": CANARY, "plain": 1},
        "key": CANARY,
        "plain": 2,
        "user_id": CANARY,
    }
    found = constants_of(given, "agent")
    assert CANARY not in orjson.dumps(found).decode()
    assert (found["inputs"], found["plain"], found["user_id"]) == ({"plain": 1}, 2, "")
    assert found["input_schema"]["properties"] == {"key": {"secret": True}, "plain": {"default": 1}}


def test_masks_of_an_agents_nodes_are_scrubbed_as_those_nodes_are() -> None:
    inner = parse_graph({"id": OTHER_ID, "name": "i", "nodes": [node("lock", "locked")]})
    masks = {"lock": {"key": CANARY, "password": "p", "credentials": REFERENCE}, "gone": {"x": CANARY}}
    outer = graph_of([node("a", "agent", graph_id=OTHER_ID, nodes_input_masks=masks)])
    found = export(outer, [inner], ALL)
    left = found.document["nodes"][0]["input_default"]["nodes_input_masks"]
    assert left["lock"] == {"password": "p", "credentials": {"provider": "github", "type": "oauth2", "title": "Mine"}}
    assert CANARY not in orjson.dumps(found.document).decode()


def test_webhooks_and_the_owner_do_not_leave() -> None:
    row = {**node("a"), "webhook_id": CANARY, "webhook": {"url": CANARY}}
    found = exported([row], user_id=CANARY)
    assert CANARY not in orjson.dumps(found.document).decode()
    assert found.document["nodes"][0]["webhook_id"] is None
    assert found.document["user_id"] == ""
    absent = exported([node("a")]).document["nodes"][0]
    assert "webhook_id" not in absent, "nothing is added"


def test_each_node_says_what_became_of_it() -> None:
    rows = [node("a", x=1), node("b", "locked", key=CANARY), node("c", "absent"), node("d", "nobody knows it")]
    found = {row.node_id: row for row in exported(rows).nodes}
    assert {name: row.fidelity for name, row in found.items()} == {
        "a": Fidelity.EXACT, "b": Fidelity.CHANGED, "c": Fidelity.PLACEHOLDER, "d": Fidelity.PLACEHOLDER,
    }  # fmt: skip
    assert found["a"].why == ""
    assert found["b"].why == "The secret value of `key` was removed."
    assert "nobody knows it" in found["d"].why


def test_what_a_trigger_and_a_sensitive_block_mean_is_computed() -> None:
    found = exported([node("t", "trigger")], has_external_trigger=False, trigger_setup_info={"provider": "x"}).document
    assert (found["has_external_trigger"], found["has_sensitive_action"]) == (True, True)
    assert found["trigger_setup_info"] == {"provider": "x"}
    without = exported([node("a")], has_external_trigger=True, trigger_setup_info={"provider": "x"}).document
    assert (without["has_external_trigger"], without["trigger_setup_info"]) == (False, None)


def test_copies_inside_nodes_say_what_is_so() -> None:
    stale = {**node("a"), "graph_id": OTHER_ID, "graph_version": 1, "output_links": [], "input_links": []}
    row = exported([stale, node("b")], "a.out > b.x", version=7).document["nodes"][0]
    assert (row["graph_id"], row["graph_version"], row["input_links"]) == (GRAPH_ID, 7, [])
    assert [one["id"] for one in row["output_links"]] == ["a.out > b.x"]


def test_an_export_of_a_clean_graph_changes_nothing_but_what_is_computed() -> None:
    graph = graph_of([node("a", x=1), {**node("b"), "odd": [1]}], "a.out > b.x", odd={"k": 1}, version=3)
    found = export(graph, [], ALL).document
    assert {name: found[name] for name in write_graph(graph)} == write_graph(graph)


def test_scrubbing_ends_for_schemas_that_refer_to_themselves() -> None:
    definitions = {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}
    assert scrub({"x": 1}, {"$ref": "#/$defs/A"}, definitions) == {"x": 1}
    assert scrub(CANARY, {"$ref": "#/$defs/A", "secret": True}, definitions) is REMOVED


# Bundles


def agent(name: str, graph_id: str, *used: tuple[str, int], version: int = 1, **fields: Any) -> dict[str, Any]:
    nodes = [node(f"n{i}", "agent", graph_id=one, graph_version=number) for i, (one, number) in enumerate(used)]
    return {"id": graph_id, "name": name, "version": version, "nodes": nodes, **fields}


def names(graphs: list[Graph]) -> list[str]:
    return [graph.name for graph in graphs]


A, B, C = (f"{letter * 8}-31a8-4b5e-9d53-0d9d3c0c5a03" for letter in "abc")


def test_a_bundle_is_taken_apart_with_each_graph_behind_those_that_it_runs() -> None:
    inner = [agent("b", B, (C, 1)), agent("c", C)]
    for order in (inner, inner[::-1]):
        found = taken_apart(parse_graph(agent("a", A, (B, 1), sub_graphs=order)))
        assert names(found) == ["c", "b", "a"]
        assert all(graph.sub_graphs == [] for graph in found)


def test_nested_bundles_are_flat_and_each_graph_is_there_once() -> None:
    deep = agent("b", B, (C, 1), sub_graphs=[agent("c", C)])
    found = taken_apart(parse_graph(agent("a", A, (B, 1), sub_graphs=[deep, agent("c", C)])))
    assert names(found) == ["c", "b", "a"]


def test_two_versions_of_one_agent_are_two() -> None:
    inner = [agent("old", B, version=1), agent("new", B, version=2)]
    found = taken_apart(parse_graph(agent("a", A, (B, 2), (B, 1), sub_graphs=inner)))
    assert sorted(map(key_of, found[:-1])) == [(B, 1), (B, 2)]


def test_agents_that_run_one_another_are_taken_apart() -> None:
    found = taken_apart(parse_graph(agent("a", A, (B, 1), sub_graphs=[agent("b", B, (A, 1), (B, 1)), agent("a", A)])))
    assert names(found) == ["b", "a"]


def test_a_graph_without_a_bundle_is_itself() -> None:
    graph = graph_of([node("a")])
    assert alone(graph) is graph
    assert taken_apart(graph) == [graph]


def test_a_node_that_was_pointed_elsewhere_is_told() -> None:
    given = parse_graph(agent("a", A, (B, 1)))
    moved = parse_graph(agent("a", A, (B, 4)))
    assert [row.fidelity for row in imported([given], [given], ALL)] == [Fidelity.EXACT]
    (row,) = imported([given], [moved], ALL)
    assert row.fidelity is Fidelity.CHANGED
    assert "version 4" in row.why


# Placeholders and static links


def test_a_block_that_nobody_knows_is_a_placeholder_in_bundled_graphs_too() -> None:
    inner = {"id": OTHER_ID, "name": "i", "nodes": [node("b", "new one")]}
    graph = graph_of([node("a", "other new one", x=1)], sub_graphs=[inner])
    assert {problem.code for problem in check(graph, SPECS)} == {"UNKNOWN_BLOCK"}
    known = with_placeholders(graph, SPECS)
    assert {problem.severity for problem in check(graph, known)} == {"warning"}
    assert known["new one"].name == UNKNOWN_NAME
    assert with_placeholders(graph_of([node("a")]), SPECS) is SPECS


def test_links_from_static_blocks_are_static_when_a_graph_is_saved() -> None:
    rows = [node("i", "input"), node("a"), node("b")]
    graph = graph_of(rows, "i.result > a.x", "a.out > b.x")
    assert [row.is_static for row in with_static_links(graph, SPECS).links] == [True, False]
    marked = parse_graph({**write_graph(graph), "links": [link("i.result > a.x", is_static=True)]})
    assert with_static_links(marked, SPECS) is marked
