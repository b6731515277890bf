"""The public catalogue of blocks, and how a block of ours differs from its row; the differences that are meant are listed here.

tests/spec/blocks.json has a row for each block that an exported agent may name: ids, pins, types and defaults as the platform has
them. A type there is Python's text (`list[dict[str, Any]]`), so what is compared is its *family*: which kinds of JSON it takes. A
name of a class tells nothing of its kind but that it is no Any.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel

from blocks.sdk import Block

ROWS: Final[list[dict[str, Any]]] = orjson.loads((Path(__file__).parents[1] / "spec" / "blocks.json").read_bytes())
BY_ID: Final = {row["id"]: row for row in ROWS}

#: Differences that are meant: (block, what) -> why. `what` is "<in|out> <pin> <type|default>", or the name of a fact.
MEANT: Final[dict[tuple[str, str], str]] = {
    ("AgentExecutorBlock", "in graph_version type"): "none means the active version",
    ("XMLParserBlock", "out parsed_xml type"): "several outermost elements of one name are a list",
    (
        "ReplicateFluxAdvancedModelBlock",
        "in replicate_model_name default",
    ): "the catalogue read the name as a list of one; agents have the name",
    (
        "AIShortformVideoCreatorBlock",
        "in generation_preset default",
    ): "the catalogue read the name as a list of one; agents have the name",
    (
        "AIShortformVideoCreatorBlock",
        "in background_music default",
    ): "the catalogue read the name as a list of one; agents have the name",
    (
        "AIShortformVideoCreatorBlock",
        "in video_style default",
    ): "the catalogue read the name as a list of one; agents have the name",
    (
        "AIAdMakerVideoCreatorBlock",
        "in background_music default",
    ): "the catalogue read the name as a list of one; agents have the name",
    (
        "AIScreenshotToVideoAdBlock",
        "in background_music default",
    ): "the catalogue read the name as a list of one; agents have the name",
}

_STRING, _INTEGER, _NUMBER, _BOOLEAN = "string", "integer", "number", "boolean"
_ARRAY, _OBJECT, _NULL = "array", "object", "null"
_EVERY: Final = frozenset({_STRING, _INTEGER, _NUMBER, _BOOLEAN, _ARRAY, _OBJECT, _NULL})
#: What a class may be: an enumeration, a model, a list of them by another name.
_CLASS: Final = frozenset({_STRING, _INTEGER, _OBJECT, _ARRAY})
_PLAIN: Final = {
    "str": _STRING, "SecretStr": _STRING, "BlockSecret": _STRING, "ShortTextType": _STRING, "LongTextType": _STRING,
    "MediaFileType": _STRING, "date": _STRING, "time": _STRING, "datetime": _STRING, "int": _INTEGER, "float": _NUMBER,
    "bool": _BOOLEAN, "list": _ARRAY, "dict": _OBJECT, "None": _NULL, "BlockInput": _OBJECT, "NodesInputMasks": _OBJECT,
}  # fmt: skip


def family_of(text: str) -> frozenset[str]:
    """Give the kinds of JSON that a type takes, by Python's text of it."""
    node = ast.parse(text.strip(), mode="eval").body
    return _family(node)


def _family(node: ast.expr) -> frozenset[str]:
    match node:
        case ast.BinOp(left=left, right=right):
            return _family(left) | _family(right)
        case ast.Constant(value=None):
            return frozenset({_NULL})
        case ast.Name(id="Any" | "object"):
            return _EVERY
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return frozenset({_PLAIN[name]}) if name in _PLAIN else _CLASS
        case ast.Subscript(value=ast.Name(id=head), slice=inner):
            members = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
            match head.lower():
                case "list" | "tuple" | "set":
                    return frozenset({_ARRAY})
                case "dict":
                    return frozenset({_OBJECT})
                case "optional":
                    return _family(inner) | {_NULL}
                case "union":
                    return frozenset().union(*map(_family, members))
                case "literal":
                    return frozenset({_STRING})
    return _CLASS


def family_in(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> frozenset[str]:
    """Give the kinds of JSON that a JSON Schema takes."""
    if "$ref" in schema:
        return family_in(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            return frozenset().union(*(family_in(one, definitions) for one in schema[name]))
    kind = schema.get("type")
    if kind is None:
        return _EVERY
    return frozenset(kind) if isinstance(kind, list) else frozenset({kind})


def fits(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Say whether a pin of ours is of their family: of one of a class's kinds where theirs is a class, else of the same."""
    if theirs - {_NULL} == _CLASS:
        # An enumeration of theirs may be free text here; a null beside it is kept.
        return bool(ours & _CLASS) and (_NULL in ours or _NULL not in theirs or ours == _EVERY)
    return ours == theirs or (ours == _EVERY and len(theirs) > 1)


def default_of(given: Any) -> Any:
    """Give a default of the catalogue as JSON; Ellipsis where it is known only by the code that makes it."""
    if not isinstance(given, dict) or not given:
        return given
    if given.get("factory") in ("list", "dict"):
        return [] if given["factory"] == "list" else {}
    made = re.fullmatch(r"lambda: (.+)", str(given.get("factory", "")))
    if made:
        try:
            return [] if made[1] == "list()" else ast.literal_eval(made[1])
        except (ValueError, SyntaxError):
            return ...
    return ... if given.keys() <= {"type", "factory"} else given


def our_default(block: type[Block], pin: str) -> Any:
    """Give the default of a pin of ours as JSON."""
    field = block.Input.model_fields.get(pin)
    if field is None:
        return block.spec.input_pins[pin].get("default")
    return _json(field.get_default(call_default_factory=True))


def _json(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Enum):
        return value.value
    return [_json(item) for item in value] if isinstance(value, list) else value


def differences(block: type[Block]) -> Iterator[tuple[str, str]]:
    """Give (what, how) for each fact in which a block differs from its row; pins that are ours alone are not compared."""
    row, spec = BY_ID[block.id], block.spec
    for fact, ours, theirs in (
        ("name", spec.name, row["name"]),
        ("categories", list(spec.categories), row["categories"]),
        ("kind", spec.kind.value, _kind(row["block_type"])),
        ("static_output", spec.static_output, row["static_output"]),
        ("sensitive", spec.is_sensitive, row["sensitive"] == "True"),
    ):
        if ours != theirs:
            yield fact, f"{ours!r}, not {theirs!r}"
    yield from _pin_differences(block, row["input"])
    definitions = spec.output_schema.get("$defs", {})
    for pin in row["output"]:
        schema = spec.output_pins.get(pin["name"])
        if schema is None:
            yield f"out {pin['name']}", "it is not there"
        elif not fits(family_in(schema, definitions), family_of(pin["type"])):
            yield f"out {pin['name']} type", f"{sorted(family_in(schema, definitions))}, not {pin['type']}"


def _kind(block_type: str) -> str:
    if block_type.startswith("WEBHOOK"):
        return "WEBHOOK"
    return block_type if block_type in ("INPUT", "OUTPUT", "NOTE", "AGENT", "HUMAN_IN_THE_LOOP") else "STANDARD"


def _pin_differences(block: type[Block], pins: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    spec = block.spec
    definitions = spec.input_schema.get("$defs", {})
    for pin in pins:
        name, schema = pin["name"], spec.input_pins.get(pin["name"])
        if schema is None:
            yield f"in {name}", "it is not there"
            continue
        if pin.get("credentials"):
            if "credentials_provider" not in schema:
                yield f"in {name} type", "it takes no credential"
            continue
        if not fits(family_in(schema, definitions), family_of(pin["type"])):
            yield f"in {name} type", f"{sorted(family_in(schema, definitions))}, not {pin['type']}"
        if name in spec.required_pins or pin["required"]:
            continue  # tests/blocks/test_contracts.py compares what is required
        ours, theirs = our_default(block, name), default_of(pin["default"])
        if theirs is not ... and ours != theirs:
            yield f"in {name} default", f"{ours!r}, not {theirs!r}"
