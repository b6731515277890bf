"""Toolbox: the nodes that a node may call as tools, as a model is told of them; it calls none.

A node is a tool of another where a link leads to it from that one's `tools` pin (agent-graphs.md section 5). Its parameters are
the pins that those links lead to, with their schemas; an agent's are the inputs of the agent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from activities.tools import CompiledPlan
from blocks.sdk.context import Tool
from schema.block import BlockSpec, Kind
from schema.graph import Node
from schema.pins import base_name
from workflows.engine.plan import PlanLink

#: Characters of a tool's or a parameter's name, which model providers allow.
_NAME_CHARS_MAX: Final = 64
_DESCRIPTION_CHARS_MAX: Final = 1_000
_NOT_IN_NAMES: Final = re.compile(r"[^a-zA-Z0-9_-]+")
_TOOLS: Final = "tools"
#: Where a node says what a tool of somebody else takes and does, and what it is called there.
_OWN_SCHEMA: Final = "tool_input_schema"
_OWN_DESCRIPTION: Final = "tool_description"
_OWN_NAME: Final = "selected_tool"


def tools_of(compiled: CompiledPlan, node: int) -> tuple[Tool, ...]:
    """Give the tools of a node, in the order of its links."""
    plan = compiled.plan
    links: dict[int, list[PlanLink]] = {}
    for index in plan.links_from[node]:
        link = plan.links[index]
        if base_name(link.source_name) == _TOOLS:
            links.setdefault(link.sink, []).append(link)
    names: set[str] = set()
    return tuple(_tool(compiled, sink, found, names) for sink, found in links.items())


def _tool(compiled: CompiledPlan, sink: int, links: list[PlanLink], names: set[str]) -> Tool:
    node, spec = compiled.nodes[sink], compiled.block(sink).spec
    properties, required, definitions = _inputs_of(node, spec)
    parameters: dict[str, Any] = {}
    pins: dict[str, tuple[str, str]] = {}
    needed = []
    for link in links:
        pin = compiled.plan.nodes[sink].pins[link.sink_pin]
        name = _unique(pin, set(parameters))
        parameters[name] = _parameter(properties.get(base_name(pin), {}), is_part=base_name(pin) != pin)
        emitted = link.source_name if link.source_name != _TOOLS else f"tools_^_{node.id}_~_{pin}"
        pins[name] = (pin, emitted)
        if base_name(pin) in required:
            needed.append(name)
    schema = {"type": "object", "properties": parameters, "required": needed, "additionalProperties": False}
    if definitions:
        schema["$defs"] = definitions
    title, description = _texts(node, spec)
    return Tool(node_id=node.id, name=_unique(title, names), description=description, parameters=schema, pins=pins)


def _inputs_of(node: Node, spec: BlockSpec) -> tuple[Mapping[str, Any], frozenset[str], Mapping[str, Any]]:
    """Give the schemas of a node's pins, those that it needs, and what these schemas refer to."""
    own = node.input_default.get(_OWN_SCHEMA)
    if spec.has_dynamic_inputs and isinstance(own, Mapping):
        # Somebody else's tool: what it takes are pins of the node.
        return _read(own)
    if spec.kind is not Kind.AGENT:
        return spec.input_pins, frozenset(spec.required_pins), _schemas(spec.input_schema.get("$defs"))
    return _read(node.input_default.get("input_schema"))


def _read(schema: Any) -> tuple[Mapping[str, Any], frozenset[str], Mapping[str, Any]]:
    """Give the same of a schema that somebody wrote, as far as it is one: it may be anything."""
    given = schema if isinstance(schema, Mapping) else {}
    needed = given.get("required")
    names = frozenset(name for name in needed if isinstance(name, str)) if isinstance(needed, list) else frozenset()
    return _schemas(given.get("properties")), names, _schemas(given.get("$defs"))


def _schemas(found: Any) -> Mapping[str, Any]:
    return {name: one for name, one in found.items() if isinstance(one, Mapping)} if isinstance(found, Mapping) else {}


def _texts(node: Node, spec: BlockSpec) -> tuple[str, str]:
    """Give what a tool is called, and what it is said to do."""
    if spec.kind is Kind.AGENT:
        name = str(node.title or node.input_default.get("agent_name") or "agent")
        said = str(node.input_default.get("agent_description") or f"Run the agent {name}.")
        return name, said[:_DESCRIPTION_CHARS_MAX]
    if spec.has_dynamic_inputs and isinstance(node.input_default.get(_OWN_SCHEMA), Mapping):
        name = node.title or str(node.input_default.get(_OWN_NAME) or "tool")
        return name, str(node.note or node.input_default.get(_OWN_DESCRIPTION) or name)[:_DESCRIPTION_CHARS_MAX]
    name = node.title or spec.name.removesuffix("Block")
    return name, (node.note or spec.description)[:_DESCRIPTION_CHARS_MAX]


def _parameter(schema: Mapping[str, Any], *, is_part: bool) -> dict[str, Any]:
    """Give a pin's schema as a parameter's; a part of a pin may be anything."""
    if is_part:
        return {"description": str(schema.get("description", ""))}
    left_out = ("advanced", "placeholder", "title", "secret")
    return {key: value for key, value in schema.items() if key not in left_out}


def _unique(text: str, taken: set[str]) -> str:
    """Give a name that providers allow and no other tool or parameter has."""
    wanted = _NOT_IN_NAMES.sub("_", text).strip("_")[: _NAME_CHARS_MAX - 4] or "tool"
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    taken.add(name)
    return name
