"""Every row of the block cases (tests/spec/block-cases.json): the input and the emissions that it must give."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.blocks.conftest import BLOCKS, NOON, make_context

CASES = orjson.loads((Path(__file__).parents[1] / "spec" / "block-cases.json").read_bytes())
IDS = {block.id for block in BLOCKS.values()}
BUILT = [case for case in CASES if case["block_id"] in IDS]

#: Rows whose block is not built, and why. Nothing else is left out.
SKIPPED = {"XMLParserBlock": "XML needs a parser that refuses entities; none is in the lock"}

#: What the cases ask of texts that depend on the clock: (block, discriminator) -> a check of the text.
CLOCK = {
    "GetCurrentTimeBlock": re.compile(r"\d\d:\d\d(:\d\d)?|T\d\d:\d\d:\d\d[+-]\d\d:\d\d"),
    "GetCurrentDateBlock": re.compile(r"2026-01-\d\d|01/\d\d/2026"),
    "GetCurrentDateAndTimeBlock": re.compile(r"2026-01-31[T ]12:34:56(\+00:00)?|2026/01/31"),
}


def resolve(value: Any) -> Any:
    """Give a value of the cases as JSON: an object with attributes travels as a dictionary."""
    if isinstance(value, dict) and value.get("type") == "object_with_attributes":
        return value["attributes"]
    return value


def is_expected(case: dict[str, Any], value: Any, expected: Any) -> bool:
    """Compare one value with what the case gives: a value, or a typed placeholder."""
    kind = expected.get("type") if isinstance(expected, dict) else None
    match kind:
        case "date":
            return date.fromisoformat(value) == date.fromisoformat(expected["iso"])
        case "time":
            return time.fromisoformat(value) == time.fromisoformat(expected["iso"])
        case "str":
            return isinstance(value, str)
        case "same_as_input_value":
            return bool(value == case["input"]["value"])
        case "lambda":
            return bool(CLOCK[case["block_name"]].fullmatch(value))
        case _:
            return bool(value == resolve(expected))


def matches(case: dict[str, Any], emission: Any, expected: Any) -> bool:
    return emission[0] == expected[0] and is_expected(case, emission[1], expected[1])


def test_only_the_rows_of_blocks_that_are_not_built_are_skipped() -> None:
    assert {case["block_name"] for case in CASES if case not in BUILT} == set(SKIPPED)
    assert len(CASES) - len(BUILT) == 1


@pytest.mark.parametrize("case", BUILT, ids=[f"{i}-{case['block_name']}" for i, case in enumerate(BUILT)])
async def test_a_case_gives_its_emissions(case: dict[str, Any], run: Any) -> None:
    inputs = {pin: resolve(value) for pin, value in case["input"].items()}
    outputs = (await run(case["block_name"], inputs, make_context())).outputs
    expected = case["expected_outputs"]
    if case["match"] == "exact":
        assert len(outputs) == len(expected), outputs
        assert all(matches(case, *pair) for pair in zip(outputs, expected, strict=True)), outputs
    else:
        assert all(any(matches(case, emission, wanted) for emission in outputs) for wanted in expected), outputs


async def test_the_case_of_a_date_lies_in_the_past(run: Any) -> None:
    outputs = (await run("GetCurrentDateBlock", {"trigger": "x", "offset": "7"})).outputs
    assert datetime.fromisoformat(outputs[0][1]).date() == NOON.date() - timedelta(days=7)
