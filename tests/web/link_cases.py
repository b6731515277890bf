"""What becomes of values that a link carries from one pin's type to another's, by the engine's own rules; no test is here.

`web/src/graph/fits.ts` must offer a link exactly where some value arrives. `python -m tests.web.link_cases` writes the table
that its test reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import orjson

from schema.coerce import coerce, problems_of

TABLE: Final = Path(__file__).parents[2] / "web" / "src" / "graph" / "fits.cases.json"
Schema = dict[str, Any]

#: What pins give, with values of that type.
SOURCES: Final[dict[str, tuple[Schema, list[Any]]]] = {
    "text": ({"type": "string"}, ["stone", "5", "true"]),
    "number": ({"type": "number"}, [1.0, 2.5]),
    "whole number": ({"type": "integer"}, [3, 0]),
    "yes or no": ({"type": "boolean"}, [True, False]),
    "object": ({"type": "object"}, [{"a": 1}, {"name": "x", "value": 1}]),
    "list": ({"type": "array", "items": {}}, [[1, "x"], []]),
    "text or list": ({"anyOf": [{"type": "string"}, {"type": "array", "items": {}}, {"type": "null"}]}, ["stone", [1]]),
}
SINKS: Final[dict[str, Schema]] = {
    "anything": {},
    "text": {"type": "string"},
    "number": {"type": "number"},
    "whole number": {"type": "integer"},
    "yes or no": {"type": "boolean"},
    "object": {"type": "object"},
    "list": {"type": "array", "items": {}},
    "list of numbers": {"type": "array", "items": {"type": "number"}},
    "number, text or nothing": {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]},
    "number or nothing, as a list of types": {"type": ["number", "null"]},
    "one of some words": {"type": "string", "enum": ["Add", "Subtract"]},
    "one of some words, without a type": {"enum": ["Add", "Subtract"]},
    "one of some numbers as words": {"type": "string", "enum": ["2.5", "3"]},
    "yes or no as words": {"type": "string", "enum": ["true", "false"]},
    "object that needs a name": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    "object that needs a value": {"type": "object", "properties": {"value": {}}, "required": ["value"]},
}


def cases() -> list[dict[str, Any]]:
    return [
        {"from": source, "to": sink, "source": SOURCES[source][0], "sink": schema, "arrives": _arrives(source, schema)}
        for source in SOURCES
        for sink, schema in SINKS.items()
    ]


def _arrives(source: str, sink: Schema) -> str:
    """Say what comes of the values: `never` one that the pin takes, all `as it is`, all `converted`, or `mixed`."""
    values = SOURCES[source][1]
    if "text" in source:
        # A text may be any word that is asked for, and JSON text of any object.
        values = [
            *values,
            *[word for word in sink.get("enum", []) if isinstance(word, str)],
            '{"name": "x", "value": 1}',
        ]
    arrived = [(value, coerce(value, sink)) for value in values]
    whole = {"type": "object", "properties": {"pin": sink}}
    taken = [(value, given) for value, given in arrived if not problems_of({"pin": given}, whole)]
    if not taken:
        return "never"
    same = [_is_same(value, given) for value, given in taken]
    return "as it is" if all(same) else "mixed" if any(same) else "converted"


def _is_same(one: Any, other: Any) -> bool:
    """A whole number is the same with and without a fraction of zero; yes is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def written() -> bytes:
    rows = b",\n".join(b"  " + orjson.dumps(case) for case in cases())
    return b"[\n" + rows + b"\n]\n"


if __name__ == "__main__":
    TABLE.write_bytes(written())
