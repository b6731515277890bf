"""Values of a JSON Schema, made up for the demo: valid, plain, marked where they are texts, and always the same; none is random."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

#: Items of a list, and levels that are filled: what is deeper is left empty.
_ITEMS: Final = 3
_LEVELS_MAX: Final = 12
_FORMATS: Final = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00",
    "email": "demo@example.com",
    "uri": "https://example.com/demo",
    "uuid": "00000000-0000-4000-8000-000000000001",
}


def value_for(schema: Mapping[str, Any], name: str) -> Any:
    """Give a value of a schema; `name` is what it is called, which a text says."""
    return _Maker(schema.get("$defs") or schema.get("definitions") or {}).value(schema, name, 0)


class _Maker:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.definitions = definitions

    def value(self, schema: Any, name: str, level: int, number: int = 0) -> Any:
        if not isinstance(schema, Mapping) or level > _LEVELS_MAX:
            return None
        if "$ref" in schema:
            return self.value(self.definitions.get(str(schema["$ref"]).rpartition("/")[2]), name, level + 1, number)
        for key in ("const", "default"):
            if schema.get(key) is not None:
                return schema[key]
        if schema.get("enum"):
            return schema["enum"][0]
        for key in ("anyOf", "oneOf", "allOf"):
            choices = [one for one in schema.get(key) or () if isinstance(one, Mapping) and one.get("type") != "null"]
            if choices:
                described = {"description": schema["description"]} if "description" in schema else {}
                return self.value({**described, **choices[0]}, name, level + 1, number)
        return self._typed(schema, name, level, number)

    def _typed(self, schema: Mapping[str, Any], name: str, level: int, number: int) -> Any:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
        match kind:
            case "object":
                properties = schema.get("properties") or {}
                return {key: self.value(one, key, level + 1, number) for key, one in properties.items()}
            case "array":
                count = max(int(schema.get("minItems", 0)), min(_ITEMS, int(schema.get("maxItems", _ITEMS))))
                return [self.value(schema.get("items", {}), name, level + 1, at) for at in range(1, count + 1)]
            case "integer" | "number":
                return _number(schema, number)
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return _text(schema, name, number)


def _number(schema: Mapping[str, Any], number: int) -> Any:
    value = schema.get("minimum", schema.get("exclusiveMinimum"))
    if value is None:
        return min(max(number, 1), schema.get("maximum", max(number, 1)))
    return value if "minimum" in schema else value + 1


def _text(schema: Mapping[str, Any], name: str, number: int) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    text = f"[demo] {schema.get('description') or name.replace('_', ' ')}{f' {number}' if number else ''}"
    text = text.ljust(int(schema.get("minLength", 0)), ".")
    return text[: int(schema["maxLength"])] if "maxLength" in schema else text
