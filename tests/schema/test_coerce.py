"""Coercion and validation, agent-graphs.md section 6, beyond the cases of tests/spec/executor-cases.json."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.block import BlockSpec
from schema.coerce import coerce, problems_of
from schema.errors import InvalidInput
from schema.inputs import prepare, visible
from tests.schema.test_graph import JSON

TEXT, INT, FLOAT, BOOL = {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}
LIST, DICT = {"type": "array", "items": {}}, {"type": "object"}


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        # to text
        (True, TEXT, "true"),
        (5.0, TEXT, "5.0"),
        ({"a": [1, None]}, TEXT, '{"a": [1, null]}'),
        ({"é": '"'}, TEXT, '{"é": "\\""}'),
        # to numbers
        ("", INT, 0),
        ("no number", INT, 0),
        ("1e3", INT, 1000),
        (" 7 ", INT, 7),
        ("9007199254740993", INT, 9007199254740993),
        ("-12", INT, -12),
        (True, INT, 1),
        (5.9, INT, 5),
        (-5.9, INT, -5),
        (5.0, INT, 5),
        ({}, INT, 0),
        ({"a": 1}, FLOAT, 1.0),
        ("", FLOAT, 0.0),
        ("inf", INT, 0),
        ("nan", INT, 0),
        ("nan", FLOAT, 0.0),
        ("-inf", FLOAT, 0.0),
        # to truth
        ("TRUE", BOOL, True),
        ("1", BOOL, True),
        ("yes", BOOL, False),
        ("", BOOL, False),
        (0, BOOL, False),
        (2, BOOL, True),
        ([], BOOL, False),
        ([0], BOOL, True),
        # to a list
        ("[1, 2]", LIST, [1, 2]),
        ('{"a": 1}', LIST, ['{"a": 1}']),
        ("[1, 2", LIST, ["[1, 2"]),
        ("", LIST, [""]),
        ({"a": 1}, LIST, [["a", 1]]),
        (7, LIST, [7]),
        # to a dictionary
        ('{"a": 1}', DICT, {"a": 1}),
        ("[1]", DICT, {"value": [1]}),
        ("true", DICT, {"value": True}),
        ("text", DICT, {"value": "text"}),
        (7, DICT, {"value": 7}),
        ([], DICT, {}),
    ],
)
def test_a_value_is_converted_by_the_rules(value: Any, schema: dict[str, Any], expected: Any) -> None:
    converted = coerce(value, schema)
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    ("value", "kinds", "expected"),
    [
        ("5", ["integer", "string"], "5"),
        (5, ["string", "integer"], 5),
        ([1], ["integer", "string"], 1),
        ([1], ["string", "integer"], "[1]"),
        (None, ["integer", "null"], None),
        ("x", ["null"], "x"),
    ],
)
def test_the_members_of_a_union_are_tried_in_order(value: Any, kinds: list[str], expected: Any) -> None:
    for union in ({"anyOf": [{"type": kind} for kind in kinds]}, {"type": kinds}):
        assert coerce(value, union) == expected


def test_elements_and_properties_are_converted_recursively() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": INT}}, "additionalProperties": TEXT}
    assert coerce({"a": "[1, 2.5]", "b": 3}, schema) == {"a": [1, 2], "b": "3"}


def test_a_reference_is_followed() -> None:
    definitions = {"Point": {"type": "object", "properties": {"x": INT}}}
    assert coerce('{"x": "4"}', {"$ref": "#/$defs/Point"}, definitions) == {"x": 4}
    assert coerce({"x": "4"}, {"allOf": [{"$ref": "#/$defs/Point"}], "default": {}}, definitions) == {"x": 4}


def test_an_endless_reference_ends() -> None:
    assert coerce(5, {"$ref": "#/$defs/A"}, {"A": {"$ref": "#/$defs/A"}}) == 5


@pytest.mark.parametrize("schema", [{}, {"title": "Anything"}, {"$ref": "#/$defs/Unknown"}])
@pytest.mark.parametrize("value", [5, "5", None, [1], {"a": 1}])
def test_a_pin_of_any_type_leaves_its_value_alone(value: Any, schema: dict[str, Any]) -> None:
    assert coerce(value, schema) is value


def test_a_null_is_left_alone() -> None:
    assert coerce(None, TEXT) is None


def test_a_value_that_fits_is_left_alone() -> None:
    kept = {"a": ["5"]}
    assert coerce(kept, {"type": "object", "properties": {"a": {"type": "array", "items": TEXT}}}) is kept


def test_a_choice_is_not_made_up() -> None:
    schema = {"enum": ["red", "blue"], "type": "string"}
    assert coerce("green", schema) == "green"
    assert problems_of({"colour": "green"}, {"type": "object", "properties": {"colour": schema}})


@settings(max_examples=300, deadline=None)
@given(JSON, st.sampled_from([TEXT, INT, FLOAT, BOOL, LIST, DICT]))
def test_any_value_fits_a_simple_type_once_it_is_converted(value: Any, schema: dict[str, Any]) -> None:
    converted = coerce(value, schema)
    if value is not None:
        assert problems_of({"x": converted}, {"type": "object", "properties": {"x": schema}}) == []
    assert coerce(converted, schema) == converted


# A node's whole input

SPEC = BlockSpec(
    id="b",
    name="SumBlock",
    input_schema={
        "type": "object",
        "properties": {"a": INT, "b": {**INT, "minimum": 0}, "list": {"type": "array", "items": INT}},
        "required": ["a"],
    },
)


def test_an_input_is_merged_converted_and_validated() -> None:
    prepared = prepare(SPEC, {"a": "5", "list_$_1": "2", "list_$_0": 1})
    assert prepared == {"a": 5, "list": [1, 2], "list_$_1": "2", "list_$_0": 1}
    assert visible(prepared) == {"a": 5, "list": [1, 2]}


def test_all_problems_of_an_input_are_told_at_once_each_with_its_pin() -> None:
    with pytest.raises(InvalidInput, match="SumBlock") as refused:
        prepare(SPEC, {"b": -1})
    assert [problem["pin"] for problem in refused.value.fields["problems"]] == ["a", "b"]


def test_a_null_is_not_validated() -> None:
    assert prepare(SPEC, {"a": 1, "b": None}) == {"a": 1, "b": None}


def test_a_required_pin_that_is_null_is_missing() -> None:
    with pytest.raises(InvalidInput) as refused:
        prepare(SPEC, {"a": None})
    assert [problem["pin"] for problem in refused.value.fields["problems"]] == ["a"]


def test_a_pin_that_the_block_does_not_have_is_left_aside() -> None:
    assert prepare(SPEC, {"a": 1, "else": {1, 2}})["else"] == {1, 2}
