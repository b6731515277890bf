"""Forms are anybody's: they reach nothing, they end, and what does not fit is told with its place."""

from __future__ import annotations

from time import monotonic
from typing import Any

import pytest

from schema.errors import InvalidValue
from schema.forms import TOLD_MAX, check_form, form_problems
from schema.limits import LIMITS

PERSON = {
    "type": "object",
    "properties": {"name": {"$ref": "#/$defs/name"}, "age": {"type": "integer"}},
    "required": ["name"],
    "$defs": {"name": {"type": "string", "pattern": "^[A-Z]"}},
}


def test_data_that_fits_has_no_problems_and_what_does_not_is_told_with_its_place() -> None:
    check_form(PERSON)
    assert form_problems(PERSON, {"name": "Ann", "age": 5}) == []
    found = form_problems(PERSON, {"name": "ann", "age": "5"})
    assert sorted(path for path, _ in found) == [["age"], ["name"]]
    assert [path for path, _ in form_problems(PERSON, {})] == [[]]


@pytest.mark.parametrize(
    "form",
    [
        {"$ref": "http://127.0.0.1:1/form.json"},
        {"$ref": "file:///etc/passwd"},
        {"type": "nothing"},
        {"pattern": "(?=a)b"},
        {"properties": 5},
        [],
        "text",
        None,
    ],
    ids=str,
)
def test_what_is_no_schema_or_is_elsewhere_is_refused(form: Any) -> None:
    with pytest.raises(InvalidValue):
        check_form(form)


def test_a_form_that_is_too_large_is_refused() -> None:
    with pytest.raises(InvalidValue, match="bytes"):
        check_form({"description": "x" * LIMITS.form_bytes_max})


def test_a_pattern_that_would_be_tried_for_ever_ends_at_once() -> None:
    began_at = monotonic()
    assert form_problems({"pattern": "^(a+)+$"}, "a" * 50_000 + "b") != []
    assert monotonic() - began_at < 1


def names_itself(part: dict[str, Any]) -> dict[str, Any]:
    return {"$ref": "#/$defs/node", "$defs": {"node": part}}


NODE = {"$ref": "#/$defs/node"}
DOUBLING = {f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(25)}
CHAIN = {f"a{n}": {"properties": {"x": {"$ref": f"#/$defs/a{n + 1}"}}} for n in range(400)}


@pytest.mark.parametrize(
    "form",
    [
        {"$ref": "#/$defs/a0", "$defs": {**DOUBLING, "a25": False}},
        {"$ref": "#/$defs/a0", "$defs": CHAIN},
        names_itself({"properties": {"next": {"anyOf": [NODE, NODE]}}}),
        names_itself({"properties": {"next": NODE}, "patternProperties": {"^n": NODE}}),
        names_itself({"properties": {"next": {"allOf": [{"items": {"oneOf": [NODE, {"not": NODE}]}}]}}}),
        names_itself({"properties": {"next": {"$dynamicRef": "#/$defs/node"}}}),
        {"properties": {"a": {"$id": "http://example.com/a", "$ref": "#/$defs/a"}}},
    ],
    ids=["doubling", "chain", "twice", "by pattern", "in items", "dynamic", "own id"],
)
def test_a_form_that_could_be_checked_for_ever_is_refused(form: dict[str, Any]) -> None:
    began_at = monotonic()
    with pytest.raises(InvalidValue, match="for ever"):
        check_form(form)
    with pytest.raises(InvalidValue, match="for ever"):
        form_problems(form, {"next": {"next": {}}})
    assert monotonic() - began_at < 2


@pytest.mark.parametrize(
    "part",
    [
        {"properties": {"left": {"anyOf": [NODE, {"type": "null"}]}, "right": {"anyOf": [NODE, {"type": "null"}]}}},
        {"properties": {"children": {"type": "array", "items": NODE}, "value": {"type": "integer"}}},
        {"anyOf": [{"type": "array", "items": NODE}, {"additionalProperties": NODE}, {"type": "string"}]},
    ],
    ids=["tree", "children", "any JSON"],
)
def test_a_form_may_nest_in_itself(part: dict[str, Any]) -> None:
    form = names_itself(part)
    check_form(form)
    assert form_problems(form, {"left": None, "children": []}) == []


def test_no_more_problems_are_told_than_anybody_reads() -> None:
    form = {"items": {"type": "integer"}}
    assert len(form_problems(form, ["x"] * 1_000)) == TOLD_MAX
