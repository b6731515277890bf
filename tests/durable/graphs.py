"""Graphs in a line or two: nodes by name, links as `a.pin -> b.pin` (or `=>` for a static one)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from blocks.library.agent import AgentExecutor
from blocks.library.io import AgentInput, AgentOutput
from blocks.sdk import Block
from schema.graph import Graph, parse_graph

#: A block, its constants, and what else the node says.
NodeRow = type[Block] | tuple[Any, ...]


def make_document(nodes: Mapping[str, NodeRow], links: Sequence[str] = (), **fields: Any) -> dict[str, Any]:
    """Give a graph as a file says it."""
    return {
        "id": str(uuid4()),
        "name": "Test agent",
        "nodes": [_node(name, row if isinstance(row, tuple) else (row,)) for name, row in nodes.items()],
        "links": [_link(number, text) for number, text in enumerate(links)],
        **fields,
    }


def make_graph(nodes: Mapping[str, NodeRow], links: Sequence[str] = (), **fields: Any) -> Graph:
    return parse_graph(make_document(nodes, links, **fields))


def _node(name: str, row: tuple[Any, ...]) -> dict[str, Any]:
    block, constants, others = (*row, {}, {})[:3]
    block_id = block if isinstance(block, str) else block.id
    return {"id": name, "block_id": block_id, "input_default": constants, **others}


def _link(number: int, text: str) -> dict[str, Any]:
    is_static = "=>" in text
    source, sink = text.split(" => " if is_static else " -> ")
    source_id, _, source_name = source.partition(".")
    sink_id, _, sink_name = sink.partition(".")
    return {
        "id": f"link {number}",
        "source_id": source_id,
        "source_name": source_name,
        "sink_id": sink_id,
        "sink_name": sink_name,
        "is_static": is_static,
    }


def an_input(name: str, **constants: Any) -> NodeRow:
    return (AgentInput, {"name": name, **constants})


def an_output(name: str = "out") -> NodeRow:
    return (AgentOutput, {"name": name})


def an_agent(graph: Graph, inputs: Mapping[str, Any] | None = None, pins: Sequence[str] = (), **others: Any) -> NodeRow:
    """Give a node that runs another graph; `pins` are the inputs that come by links."""
    schema = {"type": "object", "properties": {name: {"title": name} for name in pins}}
    return (AgentExecutor, {"graph_id": graph.id, "inputs": dict(inputs or {}), "input_schema": schema}, others)
