"""A graph's settings of when it asks people: optional, kept as they came, and refused where they say nothing."""

from __future__ import annotations

from typing import Any

import pytest

from schema.errors import UnsupportedFormat
from schema.graph import parse_graph, write_graph
from tests.schema.specs import GRAPH_ID


def document(**fields: Any) -> dict[str, Any]:
    return {"id": GRAPH_ID, "name": "A", "nodes": [], "links": [], **fields}


@pytest.mark.parametrize(
    ("settings", "asks_people", "asks_before_sensitive"),
    [
        (None, True, False),
        ({}, True, False),
        ({"human_in_the_loop_safe_mode": None, "sensitive_action_safe_mode": None}, True, False),
        ({"human_in_the_loop_safe_mode": False}, False, False),
        ({"human_in_the_loop_safe_mode": True, "sensitive_action_safe_mode": True}, True, True),
        ({"sensitive_action_safe_mode": False, "of_a_later_version": 1}, True, False),
    ],
)
def test_settings_say_when_people_are_asked_and_are_written_as_they_came(
    settings: Any, asks_people: bool, asks_before_sensitive: bool
) -> None:
    given = document(settings=settings)
    graph = parse_graph(given)
    assert (graph.asks_people, graph.asks_before_sensitive) == (asks_people, asks_before_sensitive)
    assert write_graph(graph) == given


def test_a_graph_without_settings_is_written_without() -> None:
    assert "settings" not in write_graph(parse_graph(document()))


@pytest.mark.parametrize("settings", [5, [], {"sensitive_action_safe_mode": "sometimes"}])
def test_settings_that_say_nothing_are_refused(settings: Any) -> None:
    with pytest.raises(UnsupportedFormat, match="settings"):
        parse_graph(document(settings=settings))
