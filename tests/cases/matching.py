"""Comparing what came with what a case expects: plain JSON, or a typed placeholder at any depth; it runs nothing.

A placeholder is an object that has exactly the keys of one of these shapes; any other object is itself.

    {"type": "str"}                          a value of this type (str, int, float, bool, list, dict, null, number, any)
    {"type": "date" | "time" | "datetime", "iso": TEXT}    this moment, in any spelling of ISO 8601
    {"type": "same_as_input_value"}          the case's own input `value`
    {"type": "lambda", "meaning": TEXT}      what a predicate, described in words, would let through
    {"type": "object_with_attributes", "attributes": {...}}, {"$object": {...}}   an object; it travels as a dictionary
    {"$error_contains": TEXT}                a text that has this part
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

_TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "dict": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
    "any": lambda value: True,
}
_MOMENTS: Final[dict[str, Callable[[str], Any]]] = {
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "datetime": datetime.fromisoformat,
}


def resolve(value: Any) -> Any:
    """Give an input of the cases as JSON: objects as dictionaries, moments as text."""
    if isinstance(value, list):
        return [resolve(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"type", "attributes"} and value["type"] == "object_with_attributes":
        return resolve(value["attributes"])
    if value.keys() == {"$object"}:
        return resolve(value["$object"])
    if value.keys() == {"type", "iso"} and value["type"] in _MOMENTS:
        return value["iso"]
    return {key: resolve(item) for key, item in value.items()}


def is_as_expected(value: Any, expected: Any, inputs: Mapping[str, Any], now: datetime) -> bool:
    """Say whether a value is what a case expects of it. 1 and 1.0 are the same; 1 and true are not."""
    if _is_same(value, resolve(expected)):
        return True
    if isinstance(expected, dict):
        found = _by_placeholder(value, expected, inputs, now)
        if found is not None:
            return found
        return (
            isinstance(value, dict)
            and value.keys() == expected.keys()
            and all(is_as_expected(value[key], part, inputs, now) for key, part in expected.items())
        )
    if isinstance(expected, list) and isinstance(value, list) and len(value) == len(expected):
        return all(is_as_expected(*pair, inputs, now) for pair in zip(value, expected, strict=True))
    return False


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_is_same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other)


def _by_placeholder(value: Any, expected: dict[str, Any], inputs: Mapping[str, Any], now: datetime) -> bool | None:
    """Judge by a placeholder; None: the object is none."""
    kind = str(expected.get("type"))
    match sorted(expected):
        case ["$error_contains"]:
            return isinstance(value, str) and expected["$error_contains"] in value
        case ["type"] if kind == "same_as_input_value":
            return _is_same(value, resolve(inputs.get("value")))
        case ["type"] if kind in _TYPES:
            return _TYPES[kind](value)
        case ["iso", "type"] if kind in _MOMENTS:
            return _is_moment(value, expected["iso"], _MOMENTS[kind])
        case ["meaning", "type"] if kind == "lambda":
            return fits_meaning(value, str(expected["meaning"]), now)
    return None


def _is_moment(value: Any, iso: str, read: Callable[[str], Any]) -> bool:
    try:
        return bool(read(value) == read(iso))
    except (TypeError, ValueError):
        return False


def fits_meaning(value: Any, meaning: str, now: datetime) -> bool:
    """Judge a value by a predicate's description: its pattern, or the format of a time that lies near now; else: is it anything?"""
    if not value:
        return False
    pattern = re.search(r"matches (\^.*\$)", meaning)
    if pattern:
        return re.fullmatch(pattern[1], str(value)) is not None
    if meaning.startswith("contains 'T'"):
        return "T" in str(value) and any(mark in str(value) for mark in "+Z")
    written = re.search(r"strptime\(t[^,]*, '([^']+)'\)", meaning)
    if not written and "fromisoformat(t)" not in meaning:
        return True
    try:
        moment = _moment_in(str(value), written[1] if written else None)
    except ValueError:
        return False
    return abs(now - moment) <= _leeway(meaning)


def _moment_in(text: str, written: str | None) -> datetime:
    moment = datetime.fromisoformat(text) if written is None else datetime.strptime(text, written.removesuffix("%z"))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _leeway(meaning: str) -> timedelta:
    """Give the difference that a description allows; a day more where it compares days."""
    given = re.search(r"timedelta\((days|seconds)=(\d+)\)", meaning)
    leeway = timedelta(**{given[1]: int(given[2])}) if given else timedelta(days=1)
    return leeway + timedelta(days=1) if "days=" in meaning else leeway
