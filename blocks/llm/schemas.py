"""JSON Schemas for answers: what a provider takes of one, and answers read and checked by it; it asks no model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from schema.errors import InvalidValue, ValueTooLarge
from schema.forms import form_problems
from schema.values import encode

#: The key under which an answer stands that is no object: providers take schemas of objects only.
ANSWER: Final = "answer"
#: Places in an answer at which JSON may begin that are tried.
_BEGINNINGS_MAX: Final = 50
#: Problems that a model is told of at a time.
_PROBLEMS_MAX: Final = 5
_FENCE: Final = re.compile(r"```[a-zA-Z]*\n(.*?)```", re.DOTALL)
#: What stands for "anything" where a provider wants a type.
_ANYTHING: Final = {
    "anyOf": [
        {"type": "string"},
        {"type": "number"},
        {"type": "boolean"},
        {"type": "array", "items": {"type": "string"}},
    ]
}
#: Keywords that a provider's own grammar takes; with others it would refuse the whole.
_STRICT: Final = frozenset(
    {
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "const",
        "anyOf",
        "description",
        "title",
    }
)


def as_object(schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """Give the schema of an object, and whether the answer stands in it under `ANSWER`."""
    if schema.get("type") == "object":
        return schema, False
    return {"type": "object", "properties": {ANSWER: dict(schema)}, "required": [ANSWER]}, True


def native_schema(schema: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Give a schema as providers take it, and whether it says all that their strict mode wants to be said."""
    if not _is_simple(schema):
        return dict(schema), False
    return _closed(schema), True


def _is_simple(part: Any) -> bool:
    if not isinstance(part, Mapping) or not set(part) <= _STRICT:
        return False
    inner = [
        *part.get("properties", {}).values(),
        *part.get("anyOf", ()),
        *([part["items"]] if "items" in part else []),
    ]
    return all(_is_simple(one) for one in inner)


def _closed(part: Mapping[str, Any]) -> dict[str, Any]:
    """Give a part with every property required and nothing beside them, and a type where there was none."""
    made = dict(part)
    if not {"type", "anyOf", "enum", "const"} & set(made):
        made.update(_ANYTHING)
        return made
    if made.get("type") == "object":
        made["properties"] = {name: _closed(one) for name, one in made.get("properties", {}).items()}
        made["required"] = list(made["properties"])
        made["additionalProperties"] = False
    if isinstance(made.get("items"), Mapping):
        made["items"] = _closed(made["items"])
    if "anyOf" in made:
        made["anyOf"] = [_closed(one) for one in made["anyOf"]]
    return made


def read_answer(text: str, schema: Mapping[str, Any]) -> tuple[Any, str | None]:
    """Give (the JSON in an answer that fits a schema, None), or (None, what is wrong with the answer)."""
    problem = "There is no JSON in your answer."
    for value in _values_in(text):
        problems = _problems(value, schema)
        if problems is None:
            return value, None
        problem = problems
    return None, problem


def _problems(value: Any, schema: Mapping[str, Any]) -> str | None:
    try:
        # What cannot be a value (NUL, infinity, endless nesting) is the model's to mend, too.
        encode(value, "The answer")
        found = form_problems(schema, value)
    except (InvalidValue, ValueTooLarge) as error:
        return error.message
    told = [f"{'.'.join(path) or 'The answer'}: {what}" for path, what in found[:_PROBLEMS_MAX]]
    return " ".join(told) or None


def _values_in(text: str) -> Iterator[Any]:
    """Give the objects and arrays in a text: all of it, what is fenced as code, then what begins anywhere."""
    for part in (text, *(found[1] for found in _FENCE.finditer(text))):
        try:
            yield orjson.loads(part)
        except orjson.JSONDecodeError:
            continue
    decoder, at = json.JSONDecoder(parse_constant=_refuse), 0
    for _ in range(_BEGINNINGS_MAX):
        begins = [place for place in (text.find("{", at), text.find("[", at)) if place >= 0]
        if not begins:
            return
        at = min(begins)
        try:
            value, at = decoder.raw_decode(text, at)
            yield value
        except (ValueError, RecursionError):
            at += 1


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON.")


def instruction(schema: Mapping[str, Any]) -> str:
    """Give how a model is told which JSON to answer with."""
    return (
        "Answer with JSON only, without any other text, that fits this JSON Schema:\n"
        f"{orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode()}"
    )
