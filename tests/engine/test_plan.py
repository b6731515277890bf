"""Compiling: a graph becomes a small plan that travels as lists, under a hash of all that it was made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from blocks.registry import discover
from schema.errors import EngineFault, InvalidGraph
from schema.graph import Graph, parse_graph
from schema.limits import LIMITS
from tests.engine.graphs import random_plan
from tests.engine.hand import Hand
from workflows.engine.plan import BATCH_MAX, EFFECTS_BATCH_MAX, PLAN_VERSION, Plan, compile_graph

SPECS = discover().specs
ID_OF = {spec.name: spec.id for spec in SPECS.values()}
GRAPH_ID = "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a01"


def make_graph(nodes: list[dict[str, Any]], links: list[tuple[str, str, str, str]] = [], **fields: Any) -> Graph:  # noqa: B006
    """Make a graph; a node is {id, block (name), ...}, a link (source, pin, sink, pin)."""
    rows = [{**node, "block_id": ID_OF[node["block"]]} for node in nodes]
    names = ("source_id", "source_name", "sink_id", "sink_name")
    arrows = [{"id": f"l{i}", **dict(zip(names, link, strict=True))} for i, link in enumerate(links)]
    return parse_graph({"id": GRAPH_ID, "name": "g", "nodes": rows, "links": arrows, **fields})


def input_node(id: str = "in", name: str = "topic") -> dict[str, Any]:
    return {"id": id, "block": "AgentInputBlock", "input_default": {"name": name}}


def store(id: str, **constants: Any) -> dict[str, Any]:
    return {"id": id, "block": "StoreValueBlock", "input_default": constants}


def compile_one(nodes: list[dict[str, Any]], links: list[tuple[str, str, str, str]] = [], **fields: Any) -> Plan:  # noqa: B006
    return compile_graph(make_graph(nodes, links, **fields), SPECS)


CHAIN = ([input_node(), store("kept")], [("in", "result", "kept", "input")])


@pytest.mark.parametrize("seed", range(25))
def test_a_plan_comes_back_from_its_lists(seed: int) -> None:
    plan = random_plan(seed)
    assert Plan.from_lists(orjson.loads(orjson.dumps(plan.to_lists()))) == plan


def test_a_compiled_plan_comes_back_from_its_lists() -> None:
    plan = compile_one(*CHAIN)
    assert Plan.from_lists(orjson.loads(orjson.dumps(plan.to_lists()))) == plan


def test_a_plan_of_another_version_is_refused() -> None:
    lists = compile_one(*CHAIN).to_lists()
    lists[0] = PLAN_VERSION + 1
    with pytest.raises(EngineFault, match=f"version {PLAN_VERSION + 1}"):
        Plan.from_lists(lists)


def test_the_hash_is_stable() -> None:
    assert compile_one(*CHAIN).hash == compile_one(*CHAIN).hash
    assert len(compile_one(*CHAIN).hash) == 64


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "another"},
        {"version": 2},
        {"on_node_error": "stop"},
        {"max_node_executions": 5},
        {"description": "other words"},
    ],
)
def test_the_hash_is_sensitive_to_the_graph(fields: dict[str, Any]) -> None:
    assert compile_one(*CHAIN, **fields).hash != compile_one(*CHAIN).hash


def test_the_hash_is_sensitive_to_constants_that_routing_does_not_see() -> None:
    nodes, links = CHAIN
    other = [nodes[0], store("kept", data=1)]
    assert compile_one(other, links).hash != compile_one(nodes, links).hash


def test_a_plan_holds_no_constant() -> None:
    plan = compile_one([store("kept", input="a constant that stays at home")])
    assert "stays at home" not in str(plan.to_lists())


def test_titles_are_unique() -> None:
    named = {**store("b", input=1), "metadata": {"customized_name": "StoreValue"}}
    plan = compile_one([store("a", input=1), named, store("c", input=1)])
    assert [node.title for node in plan.nodes] == ["StoreValue", "StoreValue (2)", "StoreValue (3)"]


def test_a_made_up_title_does_not_meet_a_chosen_one() -> None:
    chosen = {**store("b", input=1), "metadata": {"customized_name": "StoreValue (2)"}}
    plan = compile_one([store("a", input=1), chosen, store("c", input=1)])
    titles = [node.title for node in plan.nodes]
    assert len(set(titles)) == 3, titles


def test_long_titles_that_are_cut_alike_stay_apart() -> None:
    names = [{"customized_name": "x" * 100 + end} for end in "ab"]
    plan = compile_one([{**store(str(i), input=1), "metadata": name} for i, name in enumerate(names)])
    assert len({node.title for node in plan.nodes}) == 2


def test_a_placeholder_is_refused_by_its_block_id() -> None:
    block = next(spec for spec in SPECS.values() if spec.is_placeholder)
    graph = parse_graph({"id": GRAPH_ID, "name": "g", "nodes": [{"id": "n", "block_id": block.id}]})
    with pytest.raises(InvalidGraph, match=block.id) as refused:
        compile_graph(graph, SPECS)
    problems = refused.value.fields["problems"]
    assert [p["node_id"] for p in problems if p["code"] == "BLOCK_NOT_INSTALLED"] == ["n"]


def test_every_problem_is_told_at_once() -> None:
    nodes = [{"id": "a", "block_id": "nobody"}, {"id": "b", "block_id": ID_OF["StoreValueBlock"]}]
    graph = parse_graph({"id": GRAPH_ID, "name": "g", "nodes": nodes})
    with pytest.raises(InvalidGraph) as refused:
        compile_graph(graph, SPECS)
    assert {p["code"] for p in refused.value.fields["problems"]} == {"UNKNOWN_BLOCK", "MISSING_PIN"}


def test_a_link_is_static_where_its_block_says_so() -> None:
    plan = compile_one(*CHAIN)
    assert [link.is_static for link in plan.links] == [True]
    assert plan.nodes[1].static_pins == (0,)


def test_a_link_is_static_where_its_file_says_so() -> None:
    graph = make_graph(
        [{"id": "t", "block": "CountdownTimerBlock"}, store("kept")], [("t", "output_message", "kept", "input")]
    )
    assert [link.is_static for link in compile_graph(graph, SPECS).links] == [False]
    graph.links[0].is_static = True
    assert [link.is_static for link in compile_graph(graph, SPECS).links] == [True]


def test_a_note_and_its_links_are_left_out() -> None:
    plan = compile_one([{"id": "n", "block": "NoteBlock", "input_default": {"text": "hi"}}, store("kept", input=1)])
    assert [node.id for node in plan.nodes] == ["kept"]


def test_a_disabled_node_and_the_links_to_it_are_left_out_and_what_is_behind_it_waits() -> None:
    nodes = [input_node(), {**store("off"), "is_disabled": True}, store("behind"), store("beside")]
    links = [
        ("in", "result", "off", "input"),
        ("off", "output", "behind", "input"),
        ("in", "result", "beside", "input"),
    ]
    plan = compile_one(nodes, links)
    assert [(node.id, node.pins) for node in plan.nodes] == [("in", ()), ("behind", ("input",)), ("beside", ("input",))]
    assert [(link.source, link.sink) for link in plan.links] == [(0, 2)]
    assert plan.starts == (0,)


def test_a_pin_that_a_disabled_node_feeds_beside_another_has_what_the_other_gives() -> None:
    nodes = [input_node(), {**store("off", input=1), "is_disabled": True}, store("sink")]
    plan = compile_one(nodes, [("off", "output", "sink", "input"), ("in", "result", "sink", "input")])
    assert [(link.source, link.sink, link.sink_pin) for link in plan.links] == [(0, 1, 0)]


def test_a_disabled_node_may_be_of_a_block_that_nobody_has() -> None:
    nodes = [
        {"id": "off", "block_id": "nobody", "is_disabled": True},
        {"id": "on", "block_id": ID_OF["StoreValueBlock"]},
    ]
    nodes[1]["input_default"] = {"input": 1}
    graph = parse_graph({"id": GRAPH_ID, "name": "g", "nodes": nodes})
    assert [node.id for node in compile_graph(graph, SPECS, uses_pins=True).nodes] == ["on"]


def test_what_waits_for_a_disabled_node_never_runs_and_the_run_is_completed() -> None:
    nodes = [input_node(), {**store("off"), "is_disabled": True}, store("behind"), store("last")]
    links = [
        ("in", "result", "off", "input"),
        ("off", "output", "behind", "input"),
        ("behind", "output", "last", "input"),
    ]
    hand = Hand(compile_one(nodes, links, fuses_nodes=False), topic="walls")
    hand.finish(0, ("result", "walls"))
    assert hand.end is not None
    assert ([dispatch.node for dispatch in hand.dispatches], hand.end.status) == ([0], "COMPLETED")


def test_what_is_not_disabled_is_compiled_as_it_was() -> None:
    nodes, links = CHAIN
    said = compile_one([{**node, "is_disabled": False} for node in nodes], links)
    assert said.to_lists()[2:] == compile_one(nodes, links).to_lists()[2:]


def test_starts_are_nodes_without_links_and_every_input() -> None:
    nodes = [store("alone", input=1), store("fed"), input_node()]
    plan = compile_one(nodes, [("in", "result", "fed", "input")])
    assert [plan.nodes[index].id for index in plan.starts] == ["alone", "in"]


def test_pins_stand_in_the_order_of_their_first_link() -> None:
    nodes = [
        input_node("a", "a"),
        input_node("b", "b"),
        {"id": "sum", "block": "CalculatorBlock", "input_default": {"operation": "Add"}},
    ]
    plan = compile_one(nodes, [("b", "result", "sum", "b"), ("a", "result", "sum", "a"), ("b", "result", "sum", "a")])
    assert plan.nodes[2].pins == ("b", "a")
    assert [link.sink_pin for link in plan.links] == [0, 1, 1]


def test_an_error_link_marks_its_node() -> None:
    nodes = [store("risky", input=1), store("kept")]
    assert compile_one(nodes, [("risky", "error", "kept", "input")]).nodes[0].is_error_linked
    assert not compile_one(nodes, [("risky", "output", "kept", "input")]).nodes[0].is_error_linked


def test_only_pure_blocks_share_a_dispatch() -> None:
    plan = compile_one([store("pure", input=1), {"id": "timer", "block": "CountdownTimerBlock"}])
    assert [node.batch_max for node in plan.nodes] == [BATCH_MAX, 1]


def test_executions_of_a_batchable_block_share_a_dispatch_of_a_few() -> None:
    plan = compile_one([{"id": "ask", "block": "SendWebRequestBlock", "input_default": {"url": "x.example"}}])
    assert [(node.batch_max, node.is_batch_of_effects) for node in plan.nodes] == [(EFFECTS_BATCH_MAX, True)]


def test_what_people_are_asked_before_is_dispatched_by_itself() -> None:
    specs = {id_: replace(spec, is_sensitive=True) for id_, spec in SPECS.items()}
    node = {"id": "ask", "block": "SendWebRequestBlock", "input_default": {"url": "x.example"}}
    graphs = [make_graph([node], settings={"sensitive_action_safe_mode": asks}) for asks in (True, False)]
    assert [compile_graph(graph, specs).nodes[0].batch_max for graph in graphs] == [1, EFFECTS_BATCH_MAX]


def test_a_node_brings_its_own_limits() -> None:
    plan = compile_one([{**store("a", input=1), "timeout_seconds": 5, "on_error": "stop"}, store("b", input=1)])
    assert [(node.timeout_seconds, node.on_error) for node in plan.nodes] == [
        (5, "stop"),
        (LIMITS.node_timeout_seconds, "route"),
    ]


def test_a_graph_without_a_policy_continues() -> None:
    assert compile_one(*CHAIN).policy == "continue"
    assert compile_one(*CHAIN, on_node_error="fail").policy == "fail"
