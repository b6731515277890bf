"""The inputs and outputs of a graph as JSON Schemas, and what a run may be given; it never starts one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schema.block import PAYLOAD, BlockSpec, Kind
from schema.errors import InvalidRunInput, InvalidValue, ValueTooLarge
from schema.graph import Graph, Node
from schema.values import encode

Specs = Mapping[str, BlockSpec]
#: What an INPUT or OUTPUT node says itself; all else of its entry (the type, a format) is that of its `value` pin.
_SAID_BY_NODE = {"title", "description", "default", "advanced", "secret"}


def input_schema(graph: Graph, specs: Specs) -> dict[str, Any]:
    """Give {type, properties: {NAME: {title, description?, advanced, secret, default?}}, required} of the inputs."""
    return _schema_of(_nodes(graph, specs, Kind.INPUT), specs)


def output_schema(graph: Graph, specs: Specs) -> dict[str, Any]:
    """Give the outputs in the shape of `input_schema`."""
    return _schema_of(_nodes(graph, specs, Kind.OUTPUT), specs)


def secret_inputs(schema: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Give those of these inputs that are secret, by what `input_schema` gives: they are kept nowhere and shown nowhere."""
    properties = schema.get("properties", {})
    return [name for name in names if properties.get(name, {}).get("secret")]


def _nodes(graph: Graph, specs: Specs, kind: Kind) -> list[Node]:
    return [node for node in graph.enabled_nodes if node.block_id in specs and specs[node.block_id].kind is kind]


def _schema_of(nodes: list[Node], specs: Specs) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for node in nodes:
        name = str(node.input_default.get("name", ""))
        default = default_of(node, specs[node.block_id])
        kind = _form_of(node) or _type_of(specs[node.block_id])
        entry: dict[str, Any] = {**kind, "title": node.input_default.get("title") or name}
        if node.input_default.get("description"):
            entry["description"] = node.input_default["description"]
        entry["advanced"] = bool(node.input_default.get("advanced", False))
        entry["secret"] = bool(node.input_default.get("secret", False))
        if default is not None:
            entry["default"] = default
        elif name not in required:
            required.append(name)
        properties[name] = entry
    return {"type": "object", "properties": properties, "required": required}


def _type_of(spec: BlockSpec) -> dict[str, Any]:
    """Give the JSON Schema of a block's `value` without texts; nothing where it refers to definitions kept elsewhere."""
    schema = {key: part for key, part in spec.input_pins.get("value", {}).items() if key not in _SAID_BY_NODE}
    return {} if "$ref" in str(schema) else schema


def _form_of(node: Node) -> dict[str, Any]:
    """Give the JSON Schema of a value whose choices, or whose columns, the node's own constants say; else nothing."""
    choices, columns = node.input_default.get("options"), node.input_default.get("column_headers")
    if isinstance(choices, list) and choices:
        return {"enum": choices}
    if isinstance(columns, list) and columns:
        return {"type": "array", "items": {"type": "object", "properties": {str(name): {} for name in columns}}}
    return {}


def default_of(node: Node, spec: BlockSpec) -> Any:
    """Give the value that an INPUT node has without a run input; None: it has none."""
    own = node.input_default.get("value")
    return own if own is not None else spec.input_pins.get("value", {}).get("default")


def check_run_inputs(graph: Graph, specs: Specs, inputs: Mapping[str, Any]) -> None:
    """Raise InvalidRunInput naming every unknown, missing or impossible input of a run at once."""
    schema = input_schema(graph, specs)
    missing = [name for name in schema["required"] if inputs.get(name) is None]
    problems = [(name, f"the input {name!r} is required and has no default.") for name in missing]
    if has_trigger(graph, specs):
        schema = {**schema, "properties": {PAYLOAD: {}, **schema["properties"]}}
        if inputs.get(PAYLOAD) is None and PAYLOAD not in missing:
            problems.append((PAYLOAD, f"the agent begins with a trigger: give what came to it as {PAYLOAD!r}."))
    _refuse([*_wrong(schema, inputs), *problems])


def has_trigger(graph: Graph, specs: Specs) -> bool:
    """Say whether a node of the graph is a trigger, which takes what came from outside."""
    return bool(_nodes(graph, specs, Kind.WEBHOOK))


def check_some_inputs(schema: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    """Raise InvalidRunInput naming every unknown or impossible input at once; a run may be given others beside these."""
    _refuse(_wrong(schema, inputs))


def _wrong(schema: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give (name, what is wrong) of the inputs that are unknown or impossible."""
    problems = []
    for name, value in inputs.items():
        if name not in schema["properties"]:
            known = ", ".join(schema["properties"]) or "none"
            problems.append((name, f"the agent has no input {name!r}; it has: {known}."))
            continue
        try:
            encode(value, f"input {name!r}")
        except (InvalidValue, ValueTooLarge) as error:
            problems.append((name, error.message))
    return problems


def _refuse(problems: list[tuple[str, str]]) -> None:
    if problems:
        raise InvalidRunInput(
            "The run's inputs do not fit: " + " ".join(message for _, message in problems),
            problems=[{"input": name, "message": message} for name, message in problems],
        )
