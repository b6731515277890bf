"""Adapting a file of another day or place to this installation: pins, secrets, credentials; it guesses nothing from a value.

An exported agent is of the day on which it was exported, and so is what there was to choose. What became of its nodes since is
known by the blocks (`old_inputs`, `old_outputs`), and what of it may be secret by their schemas: before there were credentials, a
block took its key as text on a pin that it has no more. So a constant on no pin of a block that takes a credential is taken away:
nothing reads it, and it may be that key. Each change is told with its node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from schema.block import BlockSpec, Kind
from schema.bundle import Key, key_of
from schema.coerce import coerce, problems_of
from schema.credentials import is_credential_pin, requirements_of
from schema.graph import Graph, Link, Node
from schema.pins import base_name
from schema.scrubbing import is_reference

Specs = Mapping[str, BlockSpec]

#: What builders write where somebody emptied a field.
_EMPTY: Final[tuple[Any, ...]] = ("", [], {})
#: How older files name the pins on which a block took its secrets. They are looked for in nodes of blocks that nobody here knows.
_SECRETS_OF_OLD: Final = frozenset({"api_key", "creds"})


@dataclass
class Adapted:
    """A file's agent as it is kept here, and what was changed: {(its graph, node id): reasons}."""

    graph: Graph
    reasons: dict[tuple[Key, str], list[str]] = field(default_factory=dict)


def adapt(graph: Graph, specs: Specs) -> Adapted:
    """Give a graph, and those that it bundles, as they are kept here. What needs no change is the same object."""
    reasons: dict[tuple[Key, str], list[str]] = {}
    return Adapted(_graph(graph, specs, reasons), reasons)


def _graph(graph: Graph, specs: Specs, reasons: dict[tuple[Key, str], list[str]]) -> Graph:
    told: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    nodes = [_node(node, specs, told[node.id]) for node in graph.nodes]
    blocks = {node.id: specs.get(node.block_id) for node in nodes}
    links = [_link(link, blocks, told) for link in _once(graph.links)]
    inner = [_graph(one, specs, reasons) for one in graph.sub_graphs]
    for node_id, why in told.items():
        if why:
            reasons.setdefault((key_of(graph), node_id), []).extend(dict.fromkeys(why))
    changes = {
        name: new
        for name, new, old in (
            ("nodes", nodes, graph.nodes),
            ("links", links, graph.links),
            ("sub_graphs", inner, graph.sub_graphs),
        )
        if len(new) != len(old) or any(one is not other for one, other in zip(new, old, strict=True))
    }
    return graph.model_copy(update=changes) if changes else graph


def _once(links: Iterable[Link]) -> list[Link]:
    """Give each link once: a file that was put together from two has some twice, with one id and the same ends."""
    found: dict[tuple[str, ...], Link] = {}
    for link in links:
        found.setdefault((link.id, link.source_id, link.source_name, link.sink_id, link.sink_name), link)
    return list(found.values())


def _node(node: Node, specs: Specs, why: list[str]) -> Node:
    block_id = node.block_id.strip().lower()
    spec = specs.get(node.block_id) or specs.get(block_id)
    constants = dict(node.input_default)
    if spec is not None:
        constants = _renamed(constants, spec, why)
    constants = _without_secrets_of_old(constants, spec, why)
    constants = {
        pin: value for pin, given in constants.items() if (value := _constant(pin, given, spec, why)) is not _GONE
    }
    changes: dict[str, Any] = {}
    if constants != node.input_default or list(constants) != list(node.input_default):
        changes["input_default"] = constants
    if spec is not None and node.block_id != spec.id:
        changes["block_id"] = spec.id
    for name in ("webhook_id", "webhook"):
        if (node.model_extra or {}).get(name):
            changes[name] = None
            why.append("the webhook that it had elsewhere is not here; attach one of yours")
    return node.model_copy(update=changes) if changes else node


#: The mark of a constant that is taken away.
_GONE: Final = object()


def _renamed(constants: dict[str, Any], spec: BlockSpec, why: list[str]) -> dict[str, Any]:
    """Give constants by the names that their pins have today; a value that stands under today's name stays."""
    found: dict[str, Any] = {}
    for pin, value in constants.items():
        new = _new_name(pin, spec.old_inputs, constants, spec)
        if new == pin:
            found.setdefault(pin, value)
        elif constants.get(new) in (None, "", [], {}):
            found[new] = value
            why.append(f"the pin `{base_name(pin)}` is called `{base_name(new)}` today")
    return found


def _new_name(pin: str, names: Mapping[str, str], constants: Mapping[str, Any], spec: BlockSpec) -> str:
    """Give a pin's name of today, its path kept."""
    base = base_name(pin)
    if base not in names or base in _pins_of_child(constants, spec):
        return pin
    return names[base] + pin[len(base) :]


def _pins_of_child(constants: Mapping[str, Any], spec: BlockSpec) -> Iterable[str]:
    """Give the names of the inputs of the agent that a node runs: they are its pins, whatever its block calls its own."""
    schema = constants.get("input_schema") if spec.kind is Kind.AGENT else None
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return properties if isinstance(properties, Mapping) else ()


def _without_secrets_of_old(constants: dict[str, Any], spec: BlockSpec | None, why: list[str]) -> dict[str, Any]:
    kept = {}
    for pin, value in constants.items():
        if value in (None, "", [], {}) or not _may_be_secret_of_old(pin, spec):
            kept[pin] = value
        else:
            why.append(
                f"the constant `{pin}` was taken away: no pin has it, and it may be a key; choose a credential instead"
            )
    return kept


def _may_be_secret_of_old(pin: str, spec: BlockSpec | None) -> bool:
    if spec is None:
        return pin in _SECRETS_OF_OLD
    return not spec.has_input(pin) and _takes_credentials(spec)


def _takes_credentials(spec: BlockSpec) -> bool:
    """Say whether a block takes credentials; of one that is not installed the names of its pins are all that is known."""
    if spec.is_placeholder:
        return any(pin == "credentials" or pin.endswith("_credentials") for pin in spec.input_pins)
    return bool(requirements_of(spec))


def _constant(pin: str, value: Any, spec: BlockSpec | None, why: list[str]) -> Any:
    """Give a constant without the ids of credentials of elsewhere; _GONE where it is none that its pin could take."""
    is_credential = spec is not None and spec.kind is not Kind.AGENT and is_credential_pin(spec, pin)
    if is_credential and not (isinstance(value, Mapping) and value.get("provider")):
        if value not in (None, "", {}):
            why.append(f"what stood on `{pin}` is no reference to a credential, and was taken away")
        return _GONE if value is not None else value
    chosen = None if spec is None or is_credential else _choice(spec, pin, value)
    if chosen is not None:
        why.append(f"what is chosen on `{pin}` is written `{chosen}` today")
        return chosen
    if spec is not None and not is_credential and not _takes(spec, pin, value):
        # What it was is not told: the pin may be a secret's.
        was = "was empty, which" if value in _EMPTY else "had a value that"
        why.append(f"`{pin}` {was} the pin does not take: it has its own default")
        return _GONE
    clean = _without_ids(value)
    if is_credential:
        clean = {name: part for name, part in clean.items() if name in ("provider", "type", "title")}
    if clean != value:
        why.append(f"the credential on `{pin}` is one of elsewhere; choose one of yours")
    return clean if clean != value else value


def _takes(spec: BlockSpec, pin: str, value: Any) -> bool:
    """Say whether a pin takes a value, or must have one: what stands where somebody emptied a field, or chose what there was to
    choose on another day, is often neither."""
    schema = spec.input_pins.get(pin)
    if schema is None or spec.is_placeholder or pin in spec.required_pins:
        return True
    if spec.has_dynamic_inputs and value not in _EMPTY:
        return True
    definitions = spec.input_schema.get("$defs", {})
    whole = {"type": "object", "properties": {pin: schema}, "$defs": definitions}
    return not problems_of({pin: coerce(value, schema, definitions)}, whole)


def _choice(spec: BlockSpec, pin: str, value: Any) -> str | None:
    """Give what a pin has to choose that differs from a value in capitals only; None: nothing, or the value itself."""
    schema = spec.input_pins.get(pin)
    if schema is None or not isinstance(value, str) or not value:
        return None
    choices = list(_choices(schema, spec.input_schema.get("$defs", {})))
    found = [one for one in choices if one.casefold() == value.casefold()]
    return found[0] if len(found) == 1 and value not in choices else None


def _choices(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    found = definitions.get(str(schema.get("$ref", "")).rpartition("/")[2], schema)
    yield from (one for one in found.get("enum", ()) if isinstance(one, str))
    for member in found.get("anyOf", ()):
        yield from _choices(member, definitions)


def _without_ids(value: Any) -> Any:
    if is_reference(value):
        return {name: part for name, part in value.items() if name != "id"}
    if isinstance(value, dict):
        return {name: _without_ids(part) for name, part in value.items()}
    return [_without_ids(part) for part in value] if isinstance(value, list) else value


def _link(link: Link, blocks: Mapping[str, BlockSpec | None], told: Mapping[str, list[str]]) -> Link:
    source, sink = blocks.get(link.source_id), blocks.get(link.sink_id)
    source_name = (
        link.source_name if source is None else _new_end(link.source_name, source.old_outputs, source.has_output)
    )
    sink_name = link.sink_name if sink is None else _new_end(link.sink_name, sink.old_inputs, sink.has_input)
    for node_id, old, new in (
        (link.source_id, link.source_name, source_name),
        (link.sink_id, link.sink_name, sink_name),
    ):
        if old != new:
            told[node_id].append(f"the pin `{base_name(old)}` is called `{base_name(new)}` today")
    if (source_name, sink_name) == (link.source_name, link.sink_name):
        return link
    return link.model_copy(update={"source_name": source_name, "sink_name": sink_name})


def _new_end(pin: str, names: Mapping[str, str], has_pin: Any) -> str:
    base = base_name(pin)
    return names[base] + pin[len(base) :] if base in names and not has_pin(pin) else pin
