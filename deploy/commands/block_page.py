"""How a block's contract is shown: as facts for a program, and as a page for a person; it runs no block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from schema.block import BlockSpec

#: Characters of a default or an example that are shown; a list may be as long as it likes.
SHOWN_CHARS: Final = 200


def facts_of(spec: BlockSpec) -> dict[str, Any]:
    """Give what a block is, for a program."""
    return {
        "id": spec.id,
        "name": spec.name,
        "description": spec.description,
        "categories": list(spec.categories),
        "kind": spec.kind.value,
        "static_output": spec.static_output,
        "is_pure": spec.is_pure,
        "is_batchable": spec.is_batchable,
        "is_installed": not spec.is_placeholder,
        "inputs": list(spec.input_pins),
        "outputs": list(spec.output_pins),
    }


def page_of(spec: BlockSpec) -> RenderableType:
    """Give what a block is, for a person."""
    parts: list[RenderableType] = [Text(spec.name, "bold"), Text(f"{spec.id}  {_kind(spec)}", "dim"), Text()]
    parts.append(Text(spec.description or "(not installed here: it is known by name and pins)"))
    parts += [Text(), _inputs(spec), Text(), _outputs(spec)]
    if spec.examples:
        parts += [Text("\nExamples", "bold"), *_examples(spec.examples)]
    return Group(*parts)


def type_of(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Say in a few words what values a JSON Schema takes."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        found = definitions.get(name, {})
        return type_of(found, definitions) if "enum" in found else name
    if "enum" in schema:
        return " | ".join(_json(value) for value in schema["enum"])
    if "const" in schema:
        return _json(schema["const"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(type_of(one, definitions) for one in schema["anyOf"]))
    kind = str(schema.get("type", "any"))
    if kind == "array" and schema.get("items"):
        return f"list of {type_of(schema['items'], definitions)}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"dictionary of {type_of(schema['additionalProperties'], definitions)}"
    return {"array": "list", "object": "dictionary", "string": "text"}.get(kind, kind)


def _kind(spec: BlockSpec) -> str:
    said = [*spec.categories, "" if spec.kind == "STANDARD" else f"kind {spec.kind}"]
    said += ["pure" if spec.is_pure else "", "batchable" if spec.is_batchable else ""]
    said += ["sensitive" if spec.is_sensitive else ""]
    return "  ".join(one for one in said if one)


def _inputs(spec: BlockSpec) -> Table:
    table = Table(
        Column("input pin", no_wrap=True), "type", "default", "what it is", box=box.SIMPLE_HEAD, pad_edge=False
    )
    definitions = spec.input_schema.get("$defs", {})
    for name, schema in spec.input_pins.items():
        default = "required" if name in spec.required_pins else _json(schema.get("default"))
        _add(table, name, type_of(schema, definitions), default, schema.get("description", ""))
    if spec.has_dynamic_inputs:
        _add(table, "...", "any", "", "Any other pin, by its name.")
    return table


def _outputs(spec: BlockSpec) -> Table:
    table = Table(Column("output pin", no_wrap=True), "type", "what it is", box=box.SIMPLE_HEAD, pad_edge=False)
    definitions = spec.output_schema.get("$defs", {})
    for name, schema in spec.output_pins.items():
        _add(table, name, type_of(schema, definitions), schema.get("description", ""))
    if spec.has_dynamic_outputs:
        _add(table, "...", "any", "Any other pin, by its name.")
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(escape(cell) for cell in cells))


def _examples(examples: Iterable[Mapping[str, Any]]) -> Iterable[Text]:
    for example in examples:
        yield Text(f"  {_json(example['input'])}")
        for pin, value in example["output"]:
            yield Text(f"    {pin}: {_json(value)}", "green")
        if not example["output"]:
            yield Text("    emits nothing, or fails", "dim")


def _json(value: Any) -> str:
    text = orjson.dumps(value, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}..."
