"""Scrubbing a node's constants of what is secret, by the marks of schemas and by types; it guesses nothing from names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from schema.block import BlockSpec, Kind
from schema.credentials import ID_IN_FILE, CredentialType
from schema.graph import Node
from schema.pins import split

_REFERENCE: Final = frozenset({"id", "provider", "type"})
_COMBINED: Final = ("anyOf", "allOf", "oneOf")

Schema = Mapping[str, Any]


class _Removed:
    """The mark of a value that does not leave."""


REMOVED: Final = _Removed()


def _is_credentials(schema: Schema) -> bool:
    return "credentials_provider" in schema or "credentials_types" in schema


def is_reference(value: Any) -> bool:
    """Say whether a value is a reference to a credential, wherever it stands: an id, a provider and a credential's type."""
    return isinstance(value, dict) and value.keys() >= _REFERENCE and str(value["type"]) in set(CredentialType)


@dataclass(frozen=True)
class Scrub:
    """What is needed to scrub the nodes of a file: all its nodes by id, and the specs of all their blocks."""

    nodes: Mapping[str, Node]
    specs: Mapping[str, BlockSpec]

    def node(self, row: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Give a node's row as it may leave, and what was taken out."""
        spec = self.specs[row["block_id"]]
        found = dict(row)
        reasons: list[str] = []
        if "input_default" in found:
            found["input_default"] = self._constants(spec, found["input_default"], found["input_default"], reasons)
        if "metadata" in found:
            found["metadata"] = scrub(found["metadata"], {}, {})
            reasons += ["what is secret in `metadata` was removed"] if found["metadata"] != row["metadata"] else []
        if found.get("pinned_output"):
            found["pinned_output"] = _outputs(spec, found, reasons)
        for name in ("webhook_id", "webhook"):
            if found.get(name) is not None:
                found[name] = None
                reasons.append(f"`{name}` was removed")
        return found, reasons

    def _constants(
        self, spec: BlockSpec, constants: Mapping[str, Any], said: Mapping[str, Any], reasons: list[str]
    ) -> dict[str, Any]:
        """Give pins' values as they may leave; `said` has what the node says of itself."""
        kept: dict[str, Any] = {}
        for pin, value in constants.items():
            if pin == "nodes_input_masks" and spec.kind is Kind.AGENT:
                kept[pin] = self._masks(value, reasons)
                continue
            clean = _of_pin(spec, pin, value, said)
            if clean is not REMOVED:
                kept[pin] = clean
            if clean is REMOVED:
                reasons.append(f"the secret value of `{pin}` was removed")
            elif clean != value:
                reasons.append(f"what is secret in `{pin}` was removed")
        return kept

    def _masks(self, masks: Any, reasons: list[str]) -> Any:
        """Scrub {node id: {pin: value}} of the agent that a node runs by the specs of those nodes."""
        if not isinstance(masks, dict):
            return masks
        kept = {}
        for node_id, pins in masks.items():
            node = self.nodes.get(node_id)
            if node is None or not isinstance(pins, dict):
                # Whose pins these are is not known here, so neither is what of them is secret.
                reasons.append(f"the values for the node {node_id} were removed")
                continue
            kept[node_id] = self._constants(self.specs[node.block_id], pins, node.input_default, reasons)
        return kept


def _of_pin(spec: BlockSpec, pin: str, value: Any, said: Mapping[str, Any]) -> Any:
    base, steps = split(pin)
    if spec.kind in (Kind.INPUT, Kind.OUTPUT) and base == "value" and said.get("secret") is True:
        return value if _is_empty(value) else REMOVED
    definitions = spec.input_schema.get("$defs", {})
    schema: Schema = spec.input_pins.get(base, {})
    if spec.kind is Kind.AGENT:
        if base == "user_id":
            return "" if value else value
        if base in ("input_schema", "output_schema"):
            return _without_secret_defaults(value)
        inputs = said.get("input_schema")
        named = inputs.get("properties") if isinstance(inputs, dict) else None
        below = {"properties": named} if isinstance(named, dict) else {}
        definitions = inputs.get("$defs", {}) if isinstance(inputs, dict) else {}
        schema = below if base == "inputs" else schema or _below(below, base, {})
    for _, key in steps:
        if _is_secret(schema):
            break
        schema = _below(_resolved(schema, definitions), key, definitions)
    return scrub(value, schema, definitions)


def _without_secret_defaults(schema: Any) -> Any:
    """Give an agent's schema, which its user's node has a copy of, without the defaults of secret inputs."""
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        return schema
    properties = {
        name: {key: part for key, part in entry.items() if key != "default"}
        if isinstance(entry, dict) and entry.get("secret") is True
        else entry
        for name, entry in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def _outputs(spec: BlockSpec, row: Mapping[str, Any], reasons: list[str]) -> dict[str, Any]:
    """Give pinned outputs as they may leave."""
    is_secret = spec.kind in (Kind.INPUT, Kind.OUTPUT) and row.get("input_default", {}).get("secret") is True
    definitions = spec.output_schema.get("$defs", {})
    kept = {}
    for pin, values in row["pinned_output"].items():
        clean = [scrub(value, spec.output_pins.get(split(pin)[0], {}), definitions) for value in values]
        if is_secret or any(value is REMOVED for value in clean):
            reasons.append(f"the pinned output on `{pin}` was removed")
            continue
        if clean != values:
            reasons.append(f"what is secret in the pinned output on `{pin}` was removed")
        kept[pin] = clean
    return kept


def scrub(value: Any, schema: Schema, definitions: Mapping[str, Any]) -> Any:
    """Give a value without what its schema, or the type of a part of it, says is secret; REMOVED where it is that itself."""
    schema = _resolved(schema, definitions)
    if _is_secret(schema):
        return value if _is_empty(value) else REMOVED
    if isinstance(value, dict):
        if is_reference(value) or _is_credentials(schema):
            return {key: part for key, part in value.items() if key != "id"}
        parts = {key: scrub(part, _below(schema, key, definitions), definitions) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part is not REMOVED and key != ID_IN_FILE}
    if isinstance(value, list):
        items = [scrub(part, _below(schema, None, definitions), definitions) for part in value]
        return [item for item in items if item is not REMOVED]
    return value


def _is_empty(value: Any) -> bool:
    """Say whether a value tells nothing: files have such where a secret was never given."""
    return value is None or value == "" or value == [] or value == {}


def _is_secret(schema: Schema) -> bool:
    return schema.get("secret") is True or schema.get("format") == "password" or schema.get("writeOnly") is True


def _resolved(schema: Schema, definitions: Mapping[str, Any]) -> Schema:
    """Give a schema with what it refers to, and the alternatives that it has, laid together: one secret makes it secret."""
    found: dict[str, Any] = {}
    waiting: list[Any] = [schema]
    seen: set[str] = set()
    while waiting:
        part = waiting.pop()
        if not isinstance(part, Mapping):
            continue
        reference = part.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            waiting.append(definitions.get(reference.rpartition("/")[2]))
        for name in _COMBINED:
            waiting += part.get(name, []) if isinstance(part.get(name), list) else []
        properties = {**found.get("properties", {}), **_mapping(part.get("properties"))}
        found = {**part, **found, **({"properties": properties} if properties else {})}
        found |= {name: True for name in ("secret", "writeOnly") if part.get(name) is True}
        if part.get("format") == "password":
            found["format"] = "password"
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _below(schema: Schema, key: str | None, definitions: Mapping[str, Any]) -> Schema:
    """Give the schema of a property, or of the items where `key` is None or a list's index."""
    named = _mapping(schema.get("properties"))
    if key is not None and key in named:
        return _mapping(named[key])
    for name in ("items", "additionalProperties") if key is None or key.isdigit() else ("additionalProperties",):
        if isinstance(schema.get(name), Mapping):
            return _mapping(schema[name])
    return {}
