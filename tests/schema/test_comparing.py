"""Comparing graphs: what changed is named field by field, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.comparing import Change, Comparison, compare
from schema.graph import Graph, parse_graph
from tests.schema.specs import GRAPH_ID, graph_of, link, node
from tests.schema.test_graph import GRAPHS

NOTHING = Comparison((), (), (), (), (), (), ())


def changes_of(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    found = compare(graph_of([{**node("a"), **old}]), graph_of([{**node("a"), **new}]))
    return [change for changed in found.nodes_changed for change in changed.changes]


@settings(max_examples=100, deadline=None)
@given(GRAPHS)
def test_a_graph_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    # Ids may be given twice in a file that is not checked yet.
    assert compare(parse_graph(document), parse_graph(document)).nodes_changed == ()
    assert compare(parse_graph(document), parse_graph(document)).settings == ()
    assert compare(parse_graph(document), parse_graph(document)).links_added == ()


@settings(max_examples=100, deadline=None)
@given(GRAPHS, GRAPHS)
def test_what_came_one_way_goes_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    there, back = compare(parse_graph(one), parse_graph(other)), compare(parse_graph(other), parse_graph(one))
    assert {n.id for n in there.nodes_added} == {n.id for n in back.nodes_removed}
    assert sorted(link.source_id for link in there.links_added) == sorted(link.source_id for link in back.links_removed)
    assert {(c.path, str(c.old), str(c.new)) for c in there.settings} == {
        (c.path, str(c.new), str(c.old)) for c in back.settings
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"input_default": {"x": 1}}, {"input_default": {"x": 2}}, [(("input_default", "x"), 1, 2)]),
        ({"input_default": {"x": 1}}, {"input_default": {"x": True}}, [(("input_default", "x"), 1, True)]),
        ({"input_default": {"x": [0]}}, {"input_default": {"x": [False]}}, [(("input_default", "x"), [0], [False])]),
        ({"input_default": {"x": 1}}, {"input_default": {"x": 1.0}}, []),
        ({"input_default": {"x": None}}, {"input_default": {}}, []),
        (
            {"input_default": {"x": 1}},
            {"input_default": {"y": 1}},
            [(("input_default", "x"), 1, None), (("input_default", "y"), None, 1)],
        ),
        ({"block_id": "p"}, {"block_id": "q"}, [(("block_id",), "p", "q")]),
        ({"metadata": {"at": {"x": 1}}}, {"metadata": {"at": {"x": 2}}}, [(("metadata", "at"), {"x": 1}, {"x": 2})]),
        ({}, {"on_error": "stop"}, [(("on_error",), None, "stop")]),
        ({"timeout_seconds": 5}, {"timeout_seconds": 6}, [(("timeout_seconds",), 5.0, 6.0)]),
        ({"retry": {"attempts": 2}}, {"retry": {"attempts": 3}}, [(("retry",), {"attempts": 2}, {"attempts": 3})]),
        ({"pinned_output": {"out": [1]}}, {}, [(("pinned_output",), {"out": [1]}, None)]),
        ({"unknown": 1}, {"unknown": 2}, [(("unknown",), 1, 2)]),
        ({"graph_version": 1, "input_links": [1], "webhook": {}}, {"graph_version": 2}, []),
    ],
)  # fmt: skip
def test_a_node_is_compared_field_by_field(old: dict[str, Any], new: dict[str, Any], expected: list[Any]) -> None:
    assert [(change.path, change.old, change.new) for change in changes_of(old, new)] == expected


def test_a_node_is_known_by_its_id() -> None:
    found = compare(graph_of([node("a", x=1), node("b")]), graph_of([node("b"), node("c", x=1)]))
    assert ([n.id for n in found.nodes_added], [n.id for n in found.nodes_removed]) == (["c"], ["a"])
    assert found.nodes_changed == ()


def linked(*links: dict[str, Any]) -> Graph:
    return parse_graph({"id": GRAPH_ID, "name": "g", "nodes": [node("a"), node("b")], "links": list(links)})


def test_a_link_is_known_by_its_ends() -> None:
    one = linked(link("a.out > b.x"))
    assert compare(one, linked({**link("a.out > b.x"), "id": "drawn anew"})) == NOTHING
    moved = compare(one, linked(link("a.out > b.y")))
    assert [row.sink_name for row in moved.links_added + moved.links_removed] == ["y", "x"]


def test_a_link_that_became_static_changed() -> None:
    found = compare(linked(link("a.out > b.x")), linked(link("a.out > b.x", is_static=True)))
    assert [(row.old.is_static, row.new.is_static) for row in found.links_changed] == [(False, True)]
    assert found.links_added == found.links_removed == ()


def test_two_links_with_the_same_ends_are_two() -> None:
    twice = linked(link("a.out > b.x"), {**link("a.out > b.x"), "id": "again"})
    found = compare(linked(link("a.out > b.x")), twice)
    assert [row.id for row in found.links_added] == ["again"]
    assert len(compare(twice, linked(link("a.out > b.x"))).links_removed) == 1


def test_settings_are_compared_and_what_is_computed_is_not() -> None:
    old = graph_of([], name="a", version=1, input_schema={"x": 1}, is_active=True)
    new = graph_of(
        [], name="b", version=2, input_schema={"y": 1}, is_active=False, recommended_schedule_cron="* * * * *"
    )
    found = compare(old, new).settings
    assert [(change.path, change.old, change.new) for change in found] == [
        (("name",), "a", "b"),
        (("recommended_schedule_cron",), None, "* * * * *"),
    ]


@given(st.booleans())
def test_null_and_absent_are_the_same_setting(is_first: bool) -> None:
    with_null, without = graph_of([], on_node_error=None), graph_of([])
    assert compare(*((with_null, without) if is_first else (without, with_null))) == NOTHING
