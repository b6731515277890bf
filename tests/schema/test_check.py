"""check(): every problem of a graph at once, each with its place and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blocks.registry import discover
from schema.check import Problem, check, errors_of
from schema.graph import Graph, read_graph
from schema.limits import LIMITS
from tests.schema.specs import GRAPH_ID, SPECS, graph_of, node

AGENTS = sorted((Path(__file__).parents[1] / "spec" / "agents").glob("*.json"))
LIBRARY = discover().specs


def problems(graph: Graph) -> list[tuple[str, str | None, str | None]]:
    return [(problem.code, problem.node_id, problem.pin) for problem in check(graph, SPECS)]


def test_a_right_graph_has_no_problems() -> None:
    graph = graph_of([node("s", "source"), node("a"), node("b", x=1), node("n", "note")], "s.out > a.x", "a.out > b.y")
    assert check(graph, SPECS) == []


# Each code, with its place.


def test_an_unknown_block() -> None:
    assert problems(graph_of([node("a", "nobody")])) == [("UNKNOWN_BLOCK", "a", None)]


def test_a_placeholder_is_a_warning_that_names_its_block() -> None:
    (problem,) = check(graph_of([node("a", "absent", x=1)]), SPECS)
    assert (problem.code, problem.severity, problem.node_id) == ("BLOCK_NOT_INSTALLED", "warning", "a")
    assert "AbsentBlock" in problem.message
    assert "absent" in problem.message


def test_a_missing_pin() -> None:
    assert problems(graph_of([node("a")])) == [("MISSING_PIN", "a", "x")]


def test_a_null_does_not_count_as_given() -> None:
    assert problems(graph_of([node("a", x=None)])) == [("MISSING_PIN", "a", "x")]


def test_a_dynamic_pin_gives_its_base() -> None:
    graph = graph_of([node("s", "source"), node("a", **{"x_#_k": 1})], "s.out > a.items_$_0")
    assert ("MISSING_PIN", "a", "x") not in problems(graph)


def test_an_agent_node_needs_its_agent_and_no_pin_is_unknown_to_it() -> None:
    graph = graph_of([node("s", "source"), node("a", "agent")], "s.out > a.anything")
    assert problems(graph) == [("MISSING_PIN", "a", "graph_id")]


def test_a_link_to_an_unknown_pin() -> None:
    graph = graph_of([node("s", "source"), node("a", x=1)], "s.out > a.nothing", "s.else > a.y")
    assert problems(graph) == [("UNKNOWN_PIN", "a", "nothing"), ("UNKNOWN_PIN", "s", "else")]
    shown = check(graph, SPECS)[0]
    assert "x, y, items" in shown.remedy
    assert shown.link_id == "s.out > a.nothing"


def test_an_unknown_pin_of_a_placeholder_is_a_warning() -> None:
    graph = graph_of([node("s", "source"), node("a", "absent", x=1)], "s.out > a.y")
    assert errors_of(check(graph, SPECS)) == []


def test_a_link_to_a_node_that_is_not_there() -> None:
    graph = graph_of([node("a", x=1)], "ghost.out > a.y", "a.out > nobody.x")
    assert problems(graph) == [("DANGLING_LINK", "ghost", "out"), ("DANGLING_LINK", "nobody", "x")]


def test_ids_that_are_there_twice() -> None:
    graph = graph_of([node("a", x=1), node("a", x=1), node("b")], "a.out > b.x", "a.out > b.x")
    found = check(graph, SPECS)
    assert [(p.code, p.node_id, p.link_id) for p in found] == [
        ("DUPLICATE_ID", "a", None),
        ("DUPLICATE_ID", None, "a.out > b.x"),
    ]


@pytest.mark.parametrize("value", ["text", [], {"a": 1}, 1.5])
def test_a_constant_is_coerced_before_it_is_judged(value: Any) -> None:
    assert problems(graph_of([node("a", x=value)])) == []


def test_a_constant_that_fits_no_way() -> None:
    spec_with_choice = graph_of([node("a", x=1, **{"items_$_nine": 1})])
    assert problems(spec_with_choice) == [("WRONG_TYPE", "a", "items_$_nine")]


def test_a_constant_of_a_linked_pin_is_not_judged() -> None:
    graph = graph_of([node("s", "source"), node("a", x=float("1e300"))], "s.out > a.x")
    assert problems(graph) == []


@pytest.mark.parametrize("name", ["credentials", "my_credentials"])
def test_a_reserved_input_name(name: str) -> None:
    assert problems(graph_of([node("i", "input", name=name)])) == [("RESERVED_NAME", "i", "name")]


def test_a_graph_of_which_every_node_waits() -> None:
    graph = graph_of([node("a"), node("b")], "a.out > b.x", "b.out > a.x")
    assert problems(graph) == [("NO_START", None, None)]


@pytest.mark.parametrize("nodes", [[], [node("n", "note")]])
def test_a_graph_of_nothing_has_no_start(nodes: list[dict[str, Any]]) -> None:
    assert problems(graph_of(nodes)) == [("NO_START", None, None)]


def test_a_node_that_can_never_run() -> None:
    graph = graph_of(
        [node("s", "source"), node("a"), node("b"), node("c")],
        "a.out > b.x",
        "b.out > a.x",
        "s.out > c.x",
        "a.out > c.y",
    )
    assert problems(graph) == [("NEVER_RUNS", "a", "x"), ("NEVER_RUNS", "b", "x"), ("NEVER_RUNS", "c", "y")]


@pytest.mark.parametrize(
    ("policy", "severity"), [(None, "warning"), ("continue", "warning"), ("fail", "error"), ("stop", "error")]
)
def test_a_node_that_keeps_nothing_else_from_running_is_a_warning_where_the_graph_goes_on(
    policy: str | None, severity: str
) -> None:
    waiting = graph_of([node("s", "source"), node("a")], "a.out > a.x", on_node_error=policy)
    emptied = graph_of([node("a", x=None)], on_node_error=policy)
    assert [(one.code, one.severity) for one in check(waiting, SPECS)] == [("NEVER_RUNS", severity)]
    assert [(one.code, one.severity) for one in check(emptied, SPECS)] == [("MISSING_PIN", severity)]


@pytest.mark.parametrize("policy", [None, "fail"])
def test_what_nobody_gave_and_what_does_not_fit_are_errors_everywhere(policy: str | None) -> None:
    for given in (node("a"), node("a", x=1, items="[", **{"items_$_nine": 1})):
        found = check(graph_of([given], on_node_error=policy), SPECS)
        assert [one.severity for one in found] == ["error"]


def test_a_cycle_with_a_start_can_run() -> None:
    graph = graph_of([node("s", "source"), node("a"), node("b")], "s.out > a.x", "a.out > b.x", "b.out > a.x")
    assert problems(graph) == []


def test_a_graph_that_is_too_large() -> None:
    nodes = [node(str(i), "source") for i in range(LIMITS.graph_nodes_max + 1)]
    (problem,) = check(graph_of(nodes), SPECS)
    assert (problem.code, str(LIMITS.graph_nodes_max) in problem.message) == ("GRAPH_TOO_LARGE", True)


# All at once, everywhere


def test_all_problems_are_told_at_once_and_each_says_what_to_do() -> None:
    graph = graph_of([node("a"), node("a", "nobody"), node("i", "input", name="credentials")], "a.what > ghost.x")
    found = check(graph, SPECS)
    assert {problem.code for problem in found} >= {
        "DUPLICATE_ID", "MISSING_PIN", "UNKNOWN_BLOCK", "RESERVED_NAME", "DANGLING_LINK",
    }  # fmt: skip
    for problem in found:
        assert problem.message.endswith(".")
        assert problem.remedy.endswith(".")
        assert problem.node_id or problem.link_id


def test_a_bundled_graph_is_checked_and_named() -> None:
    inner = {"id": GRAPH_ID, "name": "inner", "nodes": [node("a")]}
    found = check(graph_of([node("s", "source")], sub_graphs=[inner]), SPECS)
    assert [(p.code, p.graph_id, p.node_id) for p in found] == [("MISSING_PIN", GRAPH_ID, "a")]


def test_a_problem_shows_its_place_first() -> None:
    problem = Problem("MISSING_PIN", "Something is missing.", "Give it.", node_id="a", pin="x", graph_id="g")
    assert str(problem) == "graph g, node a, pin x: Something is missing. Give it."
    assert problem.to_wire() == {
        "code": "MISSING_PIN", "message": "Something is missing.", "remedy": "Give it.",
        "node_id": "a", "pin": "x", "graph_id": "g", "severity": "error",
    }  # fmt: skip


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.stem)
def test_an_agent_of_the_platform_has_no_errors(path: Path) -> None:
    graph = read_graph(path.read_bytes())
    found = check(graph, LIBRARY)
    assert errors_of(found) == []
    named = {p.node_id: p.message for p in found if p.code == "BLOCK_NOT_INSTALLED"}
    placeholders = {n.id: LIBRARY[n.block_id].name for n in graph.nodes if LIBRARY[n.block_id].is_placeholder}
    assert named.keys() == placeholders.keys()
    for id, name in placeholders.items():
        assert name in named[id]


# A disabled node.


def test_what_is_wrong_with_a_disabled_node_and_its_links_is_a_warning() -> None:
    off = {"is_disabled": True}
    nodes = [{**node("u", "nobody"), **off}, {**node("a"), **off}, node("s", "source"), {**node("p", "absent"), **off}]
    found = check(graph_of(nodes, "s.nothing > a.none"), SPECS)
    assert {problem.code for problem in found} == {"UNKNOWN_BLOCK", "MISSING_PIN", "UNKNOWN_PIN", "BLOCK_NOT_INSTALLED"}
    assert errors_of(found) == []


def test_a_link_of_a_disabled_node_to_nowhere_stays_an_error() -> None:
    graph = graph_of([{**node("a", x=1), "is_disabled": True}, node("s", "source")], "a.out > gone.x")
    assert [problem.code for problem in errors_of(check(graph, SPECS))] == ["DANGLING_LINK"]


def test_a_node_that_waits_for_a_disabled_one_is_no_problem() -> None:
    nodes = [node("s", "source"), {**node("a", x=1), "is_disabled": True}, node("b"), node("c")]
    assert check(graph_of(nodes, "a.out > b.x", "b.out > c.x"), SPECS) == []


def test_a_graph_whose_starts_are_all_disabled_has_none() -> None:
    graph = graph_of([{**node("s", "source"), "is_disabled": True}, node("a")], "s.out > a.x")
    assert problems(graph) == [("NO_START", None, None)]
