"""Parts of graphs: what leads to a node, and a node by itself; on random graphs, and point by point."""

from __future__ import annotations

import random
from uuid import uuid4

import pytest

from schema.graph import Graph, Link, Node, parse_graph, write_graph
from schema.partial import only, up_to

SEEDS = range(100)


def random_graph(seed: int) -> Graph:
    choice = random.Random(seed)
    names = [f"n{i}" for i in range(choice.randint(1, 12))]
    links = [
        Link(id=f"l{i}", source_id=choice.choice(names), source_name="a", sink_id=choice.choice(names), sink_name="x")
        for i in range(choice.randint(0, 20))
    ]
    nodes = [Node(id=name, block_id="block", input_default={"x": 1}) for name in names]
    return Graph(id=str(uuid4()), name="g", nodes=nodes, links=links)


def leads_to(graph: Graph, source: str, sink: str) -> bool:
    """Say whether links lead from one node to another, step by step."""
    reached, before = {source}, set()
    while reached != before:
        before = set(reached)
        reached |= {link.sink_id for link in graph.links if link.source_id in before}
    return sink in reached


@pytest.mark.parametrize("seed", SEEDS)
def test_up_to_a_node_is_all_that_leads_to_it_and_nothing_else(seed: int) -> None:
    graph = random_graph(seed)
    node = random.Random(seed).choice(graph.nodes).id
    part = up_to(graph, node)
    assert [one.id for one in part.nodes] == [one.id for one in graph.nodes if leads_to(graph, one.id, node)]
    kept = {one.id for one in part.nodes}
    assert part.links == [link for link in graph.links if {link.source_id, link.sink_id} <= kept]
    # What is kept is given all that it was given.
    assert all(link in part.links for link in graph.links if link.sink_id in kept)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_part_of_a_part_is_the_part(seed: int) -> None:
    graph = random_graph(seed)
    node = random.Random(seed).choice(graph.nodes).id
    part = up_to(graph, node)
    assert write_graph(up_to(part, node)) == write_graph(part)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_node_by_itself_has_its_constants_and_no_link_and_the_graph_is_as_it_was(seed: int) -> None:
    graph = random_graph(seed)
    before = write_graph(graph)
    node = random.Random(seed).choice(graph.nodes).id
    part = only(graph, node, {"y": 2, "x": 3})
    assert [(one.id, one.input_default) for one in part.nodes] == [(node, {"x": 3, "y": 2})]
    assert part.links == []
    assert write_graph(graph) == before


def test_a_part_keeps_what_a_file_says_besides() -> None:
    document = {"id": str(uuid4()), "name": "g", "nodes": [{"id": "a", "block_id": "b", "color": 1}], "author": "x"}
    part = write_graph(up_to(parse_graph(document), "a"))
    assert (part["author"], part["nodes"][0]["color"]) == ("x", 1)


def test_a_disabled_node_runs_by_itself_where_it_is_asked_for() -> None:
    nodes = [{"id": "a", "block_id": "b", "is_disabled": True}]
    graph = parse_graph({"id": str(uuid4()), "name": "g", "nodes": nodes})
    assert graph.enabled_nodes == []
    assert [one.id for one in only(graph, "a", {}).enabled_nodes] == ["a"]
