"""Arithmetic, branches, inputs and outputs of agents, conversion and samples at their edges."""

from __future__ import annotations

from typing import Any

import pytest

from tests.blocks.conftest import make_context


@pytest.mark.parametrize(
    ("operation", "a", "b", "code"),
    [
        ("Multiply", 1e300, 1e300, "INVALID_VALUE"),
        ("Power", 10, 400, "BLOCK_FAILED"),
        ("Power", -8, 0.5, "BLOCK_FAILED"),
        ("Power", 0, -1, "BLOCK_FAILED"),
    ],
)
async def test_what_is_no_finite_number_fails(run: Any, operation: str, a: float, b: float, code: str) -> None:
    for is_rounded in (False, True):
        outcome = await run("CalculatorBlock", {"operation": operation, "a": a, "b": b, "round_result": is_rounded})
        assert outcome.code == code, outcome.error


async def test_a_rounded_result_beyond_64_bits_is_still_a_number(run: Any) -> None:
    inputs = {"operation": "Multiply", "a": 1e20, "b": 1e20, "round_result": True}
    assert (await run("CalculatorBlock", inputs)).outputs == [("result", 1e40)]


@pytest.mark.parametrize(
    ("first", "operator", "second", "result"),
    [
        (10, ">", "9", True),
        ("10", ">", "9", True),
        ("b", ">", "a", True),
        ("1.0", "==", 1, True),
        (1, "==", True, False),
        ("True", "==", True, True),
        (True, "!=", "false", True),
        ([1, 2], "<", [1, 3], True),
        ({"a": 1, "b": 2}, "==", {"b": 2.0, "a": 1}, True),
        ("x", "==", 5, False),
        ("x", "!=", 5, True),
        ("12345678901234567890", "==", "12345678901234567891", False),
        ("nan", "==", "nan", True),
        (5, ">=", 5, True),
        (4, "<=", "5", True),
    ],
)
async def test_a_condition(run: Any, first: Any, operator: str, second: Any, result: bool) -> None:
    outcome = await run("ConditionBlock", {"value1": first, "operator": operator, "value2": second})
    assert outcome.outputs == [("result", result), ("yes_output" if result else "no_output", first)]


@pytest.mark.parametrize(("first", "second"), [("x", 5), ({}, {}), ([1], 1), (["a"], [1])])
async def test_what_has_no_order_is_said(fail: Any, first: Any, second: Any) -> None:
    assert "have no order" in await fail("ConditionBlock", {"value1": first, "operator": "<", "value2": second})


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        (1, "1", True),
        ("1", "1.0", False),
        ("007", "7", False),
        (True, "true", True),
        ([1], [1.0], True),
        ("a", "A", False),
    ],
)
async def test_whether_an_input_matches(run: Any, first: Any, second: Any, result: bool) -> None:
    outputs = (await run("IfInputMatchesBlock", {"input": first, "value": second})).outputs
    assert outputs == [("result", result), ("yes_output" if result else "no_output", first)]


@pytest.mark.parametrize(
    ("value", "kind", "converted"),
    [
        (5, "string", "5"),
        ("5.5", "number", 5.5),
        ("x", "number", 0),
        ([1, 2], "number", 2),
        ("TRUE", "boolean", True),
        ("yes", "boolean", False),
        ("a", "list", ["a"]),
        ({"a": 1}, "list", [["a", 1]]),
        (["a"], "dictionary", {"0": "a"}),
        ("5", "dictionary", {"value": 5}),
    ],
)
async def test_a_conversion(run: Any, value: Any, kind: str, converted: Any) -> None:
    assert (await run("UniversalTypeConverterBlock", {"value": value, "type": kind})).outputs == [("value", converted)]


@pytest.mark.parametrize("data", ["", 0, [], {}, False, None])
async def test_data_that_is_empty_leaves_the_input(run: Any, data: Any) -> None:
    assert (await run("StoreValueBlock", {"input": "i", "data": data})).outputs == [("output", "i")]


async def test_printing_writes_the_log(run: Any) -> None:
    lines: list[tuple[str, str]] = []
    context = make_context(log=lambda level, text: lines.append((level, text)))
    await run("PrintToConsoleBlock", {"text": {"a": 1}}, context)
    assert lines == [("info", '{"a": 1}')]


@pytest.mark.parametrize("name", ["credentials", "github_credentials"])
async def test_names_for_credentials_are_reserved(fail: Any, name: str) -> None:
    assert "reserved" in await fail("AgentShortTextInputBlock", {"name": name, "value": "x"})


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("AgentDateInputBlock", "2025-13-01"),
        ("AgentTimeInputBlock", "25:00"),
        ("AgentGoogleDriveFileInputBlock", {"name": "x"}),
    ],
)
async def test_an_input_of_the_wrong_kind_is_refused(fail: Any, block: str, value: Any) -> None:
    assert await fail(block, {"name": "x", "value": value}, "INVALID_INPUT")


async def test_an_old_agents_pins_that_are_gone_are_ignored(run: Any) -> None:
    inputs = {"name": "x", "title": None, "value": "v", "placeholder_values": ["a"]}
    assert (await run("AgentShortTextInputBlock", inputs)).outputs == [("result", "v")]


async def test_an_output_without_a_value_is_null(run: Any) -> None:
    assert (await run("AgentOutputBlock", {"name": "x"})).outputs == [("output", None), ("name", "x")]


@pytest.mark.parametrize(
    ("value", "template", "output"),
    [
        ({"a": 1}, " {{ x }} ", {"a": 1}),
        ([1], "{{value}}", [1]),
        ({"a": 1}, "= {{ x }}", "= {'a': 1}"),
        (5, "{{ x }}", "5"),
        (None, "{{ x }}!", "None!"),
        ({"a": "<"}, "{{ x.a }}", "&lt;"),
    ],
)
async def test_a_formatted_output(run: Any, value: Any, template: str, output: Any) -> None:
    inputs = {"name": "x", "value": value, "format": template, "escape_html": True}
    expected = output.replace("'", "&#39;") if isinstance(output, str) else output
    assert (await run("AgentOutputBlock", inputs)).outputs == [("output", expected)]


ROWS = [{"g": index % 3, "w": index} for index in range(10)]


@pytest.mark.parametrize(
    "method", ["random", "systematic", "top", "bottom", "stratified", "weighted", "reservoir", "cluster"]
)
async def test_a_sample_has_its_size_and_its_rows_and_is_repeatable(run: Any, method: str) -> None:
    keys = {"stratify_key": "g", "weight_key": "w", "cluster_key": "g"}
    inputs = {"data": ROWS, "sample_size": 5, "sampling_method": method, **keys}
    first, again = [(await run("DataSamplingBlock", inputs)).outputs for _ in range(2)]
    rows, indices = (value for _, value in first)
    assert first == again
    assert len(set(indices)) == len(indices) == 5
    assert rows == [ROWS[index] for index in indices]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"data": [], "sample_size": -1}, "must not be negative"),
        ({"data": [{}], "sampling_method": "cluster"}, "needs cluster_key"),
        ({"data": [{}], "sampling_method": "stratified", "stratify_key": "g"}, "Row 0 has no 'g'"),
        ({"data": [{"w": "x"}], "sampling_method": "weighted", "weight_key": "w"}, "weight 'w' must be a number"),
        ({"data": [], "accumulate": True}, "accumulate is not supported"),
    ],
)
async def test_a_sample_that_cannot_be_drawn(fail: Any, inputs: dict[str, Any], message: str) -> None:
    assert message in await fail("DataSamplingBlock", inputs)


async def test_a_sample_of_nothing_is_empty(run: Any) -> None:
    for method in ("random", "systematic", "stratified", "weighted", "cluster"):
        keys = {"stratify_key": "g", "weight_key": "w", "cluster_key": "g"}
        outputs = (await run("DataSamplingBlock", {"data": [], "sampling_method": method, **keys})).outputs
        assert outputs == [("sampled_data", []), ("sample_indices", [])]
