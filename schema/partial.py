"""Parts of graphs: up to a node, or one node by itself; a part is a graph like any other, and the whole one stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schema.graph import Graph


def up_to(graph: Graph, node_id: str) -> Graph:
    """Give a node with all that leads to it, however far, and the links among them."""
    kept = {node_id}
    waiting = [node_id]
    while waiting:
        sink = waiting.pop()
        before = {link.source_id for link in graph.links if link.sink_id == sink} - kept
        kept |= before
        waiting += sorted(before)
    return _part(graph, kept)


def only(graph: Graph, node_id: str, inputs: Mapping[str, Any]) -> Graph:
    """Give a node by itself, its constants overlaid by these inputs; nothing leads to it, also not from itself. One that is
    disabled runs, too: it was asked for by name."""
    part = _part(graph, {node_id}).model_copy(update={"links": []})
    changes = {"is_disabled": None} if any(node.is_disabled for node in part.nodes) else {}
    nodes = [
        node.model_copy(update={"input_default": {**node.input_default, **inputs}, **changes}) for node in part.nodes
    ]
    return part.model_copy(update={"nodes": nodes})


def _part(graph: Graph, kept: set[str]) -> Graph:
    nodes = [node for node in graph.nodes if node.id in kept]
    links = [link for link in graph.links if link.source_id in kept and link.sink_id in kept]
    return graph.model_copy(update={"nodes": nodes, "links": links})
