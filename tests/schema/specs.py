"""Specs made by hand, and graphs of them: the graph's rules are tried without any block."""

from __future__ import annotations

from typing import Any

from schema.block import BlockSpec, Kind
from schema.graph import Graph, parse_graph

GRAPH_ID = "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a03"

PLAIN = BlockSpec(
    id="plain",
    name="PlainBlock",
    input_schema={
        "type": "object",
        "properties": {"x": {"type": "integer"}, "y": {"type": "string", "default": ""}, "items": {"type": "array"}},
        "required": ["x"],
    },
    output_schema={"type": "object", "properties": {"out": {}, "error": {"type": "string"}}},
)
ABSENT = BlockSpec(
    id="absent", name="AbsentBlock", input_schema={"properties": {"x": {}}, "required": ["x"]}, is_placeholder=True
)
SOURCE = BlockSpec(id="source", name="SourceBlock", output_schema={"properties": {"out": {}}})
NOTE = BlockSpec(id="note", name="NoteBlock", kind=Kind.NOTE)
AGENT = BlockSpec(
    id="agent", name="AgentBlock", kind=Kind.AGENT, has_dynamic_inputs=True, has_dynamic_outputs=True
)  # fmt: skip
INPUT = BlockSpec(
    id="input",
    name="InputBlock",
    kind=Kind.INPUT,
    static_output=True,
    input_schema={
        "properties": {"name": {"type": "string"}, "value": {"type": "integer", "title": "Value", "secret": True}},
        "required": ["name"],
    },
    output_schema={"properties": {"result": {}}},
)
OUTPUT = BlockSpec(
    id="output",
    name="OutputBlock",
    kind=Kind.OUTPUT,
    input_schema={"properties": {"name": {"type": "string"}, "value": {}}, "required": ["name"]},
    output_schema={"properties": {"output": {}, "name": {}}},
)
SPECS = {spec.id: spec for spec in (PLAIN, ABSENT, SOURCE, NOTE, AGENT, INPUT, OUTPUT)}


def node(id: str, block: str = "plain", **constants: Any) -> dict[str, Any]:
    return {"id": id, "block_id": block, "input_default": constants}


def link(text: str, **fields: Any) -> dict[str, Any]:
    """Make a link of `a.out > b.x`."""
    source, sink = text.split(" > ")
    source_id, source_name = source.split(".", 1)
    sink_id, sink_name = sink.split(".", 1)
    ends = {"source_id": source_id, "source_name": source_name, "sink_id": sink_id, "sink_name": sink_name}
    return {"id": text, **ends, **fields}


def graph_of(nodes: list[dict[str, Any]], *links: str, **fields: Any) -> Graph:
    arrows = [link(text) for text in links]
    return parse_graph({"id": GRAPH_ID, "name": "g", "nodes": nodes, "links": arrows, **fields})
