"""Coercion of a value to a pin's type, then validation, by JSON Schema; never guesses beyond the rules of the format.

The rules are agent-graphs.md section 6. A value that already satisfies its type is left alone; else it is converted, and
what cannot be converted is left for validation to name.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import jsonschema_rs
import orjson

from schema.errors import shorten

Schema = Mapping[str, Any]
#: What only people read of a schema.
_FOR_PEOPLE = frozenset({"title", "description", "default", "advanced", "placeholder", "secret", "examples"})
_PLAIN_TYPES: Mapping[str, frozenset[type]] = {
    "string": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({float, int}),
    "boolean": frozenset({bool}),
    "array": frozenset({list}),
    "object": frozenset({dict}),
}
_SIMPLE = {"string", "integer", "number", "boolean", "array", "object"}


def coerce(value: Any, schema: Schema, definitions: Schema | None = None) -> Any:
    """Give the value converted to the schema's type; `definitions` resolves its `$ref`s."""
    schema = _resolve(schema, definitions or {})
    if value is None or not _has_type(schema):
        return value
    if _satisfies(value, schema, definitions or {}):
        return float(value) if schema.get("type") == "number" else value
    members = schema.get("anyOf") or schema.get("oneOf")
    if members:
        return _coerce_union(value, [_resolve(member, definitions or {}) for member in members], definitions)
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return _coerce_union(value, [{**schema, "type": kind} for kind in kinds], definitions)
    return _coerce_simple(value, schema, definitions or {})


class Fit:
    """`coerce` to one schema, for a pin that takes value after value: what fits already is known as soon as it is looked at."""

    def __init__(self, schema: Schema, definitions: Schema) -> None:
        self._schema, self._definitions = schema, definitions
        resolved = _resolve(schema, definitions)
        #: Whether no value is ever changed.
        self.is_open = not _has_type(resolved)
        self._is_number = resolved.get("type") == "number"
        self._types = _PLAIN_TYPES.get(_plain_kind(resolved) or "")
        whole = {**resolved, "$defs": definitions} if definitions else resolved
        is_checked = self._types is None and not self.is_open and resolved.get("type") != "integer"
        self._validator = _validator(whole) if is_checked else None

    def __call__(self, value: Any) -> Any:
        """Give the value as `coerce` does."""
        if self._types is not None:
            is_there = type(value) in self._types
        else:
            is_there = self._validator is not None and value is not None and self._validator.is_valid(value)
        if not is_there:
            return coerce(value, self._schema, self._definitions)
        return float(value) if self._is_number else value


class Check:
    """`problems_of` for one schema; what has none is known at once."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._validator = _validator(schema)

    def __call__(self, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Give (pin, what is wrong) as `problems_of` does."""
        present = {name: value for name, value in inputs.items() if value is not None}
        return [] if self._validator.is_valid(present) else problems_of(inputs, self._schema)


def problems_of(inputs: Mapping[str, Any], schema: Schema) -> list[tuple[str, str]]:
    """Give (pin, what is wrong) for each way in which the inputs break an object schema, nulls dropped."""
    present = {name: value for name, value in inputs.items() if value is not None}
    found = []
    for error in _validator(schema).iter_errors(present):
        pin = str(error.instance_path[0]) if error.instance_path else _missing_pin(error.message)
        found.append((pin, shorten(error.message, 400)))
    return found


def _missing_pin(message: str) -> str:
    """Give the property that a message like `"a" is a required property` names."""
    return message.split('"')[1] if message.startswith('"') else ""


_validators: dict[bytes, jsonschema_rs.Draft202012Validator] = {}


def _validator(schema: Schema) -> jsonschema_rs.Draft202012Validator:
    key = orjson.dumps(schema, option=orjson.OPT_SORT_KEYS)
    found = _validators.get(key)
    if found is None:
        if len(_validators) > 4_000:
            _validators.clear()
        # A schema may be an agent's own: it fetches nothing, and its patterns are matched in linear time.
        found = _validators[key] = jsonschema_rs.Draft202012Validator(
            dict(schema), offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    return found


def _resolve(schema: Schema, definitions: Schema) -> Schema:
    seen = 0
    while "$ref" in schema and seen < 20:
        seen += 1
        schema = definitions.get(str(schema["$ref"]).rsplit("/", 1)[-1], {})
    merged = schema.get("allOf")
    if merged and len(merged) == 1:
        return _resolve({**merged[0], **{k: v for k, v in schema.items() if k != "allOf"}}, definitions)
    return schema


def is_left_alone(kind: str, schema: Schema) -> bool:
    """Say, of a value of this JSON type, whether `coerce` surely gives it unchanged, whatever it is."""
    if not _has_type(schema) and not schema.keys() & {"$ref", "allOf"}:
        return True
    is_plain = len(schema.keys() - {"title", "description", "default"}) == 1
    return is_plain and kind != "number" and schema.get("type") == kind


def _has_type(schema: Schema) -> bool:
    return any(key in schema for key in ("type", "anyOf", "oneOf", "enum", "const"))


def _satisfies(value: Any, schema: Schema, definitions: Schema) -> bool:
    """Say whether the value is of the type already; a cheap answer for plain types, else by the validator."""
    plain = _plain_kind(schema)
    if plain is not None:
        return _is_plain(value, plain)
    if isinstance(value, float) and schema.get("type") == "integer":
        return False
    whole = {**schema, "$defs": definitions} if definitions else schema
    return bool(_validator(whole).is_valid(value))


def _plain_kind(schema: Schema) -> str | None:
    """Give the JSON type of a schema that says nothing else about a value; None of one that does."""
    kind = schema.get("type")
    is_plain = len(schema.keys() - _FOR_PEOPLE) == 1 and isinstance(kind, str) and kind in _SIMPLE
    return kind if is_plain else None


def _is_plain(value: Any, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool))
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case _:
            return isinstance(value, dict)


def _coerce_union(value: Any, members: list[Schema], definitions: Schema | None) -> Any:
    """Try the members in declared order; the first whose conversion satisfies it wins."""
    for member in members:
        if member.get("type") == "null":
            continue
        converted = coerce(value, member, definitions)
        if _satisfies(converted, member, definitions or {}):
            return converted
    return value


def _coerce_simple(value: Any, schema: Schema, definitions: Schema) -> Any:
    match schema.get("type"):
        case "string":
            return _to_text(value)
        case "integer":
            return _to_integer(value)
        case "number":
            return _to_number(value)
        case "boolean":
            return _to_boolean(value)
        case "array":
            items = schema.get("items")
            converted = _to_list(value)
            return [coerce(item, items, definitions) for item in converted] if isinstance(items, Mapping) else converted
        case "object":
            return _coerce_object(_to_dictionary(value), schema, definitions)
        case _:
            return value


def _coerce_object(value: dict[str, Any], schema: Schema, definitions: Schema) -> dict[str, Any]:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties")
    return {
        key: coerce(item, known[key], definitions)
        if key in known
        else coerce(item, others, definitions)
        if isinstance(others, Mapping)
        else item
        for key, item in value.items()
    }


def _to_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return _json_text(value)


def _json_text(value: Any) -> str:
    """Give JSON text in the spelling that the format's cases expect: a space after each comma and colon."""
    match value:
        case dict():
            return "{" + ", ".join(f"{_json_text(str(k))}: {_json_text(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_json_text(item) for item in value) + "]"
        case _:
            return orjson.dumps(value).decode()


def _to_number(value: Any) -> float:
    if isinstance(value, list | dict):
        return float(len(value))
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    # "nan" and "inf" parse, and are no values that could travel.
    return number if isfinite(number) else 0.0


def _to_integer(value: Any) -> int:
    if isinstance(value, list | dict):
        return len(value)
    try:
        return int(float(value)) if not (isinstance(value, str) and _is_digits(value)) else int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def _is_digits(text: str) -> bool:
    """Say whether text is a plain integer of up to 19 digits: through float it would lose its last digits."""
    body = text.strip().lstrip("+-")
    return body.isascii() and body.isdigit() and len(body) <= 19


def _to_boolean(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1")
    return bool(value)


def _parsed(text: str) -> Any:
    """Give the value of JSON text, or None where it is not JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _to_list(value: Any) -> list[Any]:
    if isinstance(value, str):
        parsed = _parsed(value)
        return parsed if isinstance(parsed, list) else [value]
    if isinstance(value, dict):
        return [[key, item] for key, item in value.items()]
    return list(value) if isinstance(value, list | tuple) else [value]


def _to_dictionary(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        parsed = _parsed(value)
        if isinstance(parsed, dict):
            return parsed
        return {"value": value if parsed is None else parsed}
    if isinstance(value, list | tuple):
        return {str(index): item for index, item in enumerate(value)}
    return value if isinstance(value, dict) else {"value": value}
