"""Every row of the block cases (tests/spec/block-cases.json): the input and the emissions that it must give."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from blocks.registry import Registry
from tests.blocks.conftest import BLOCKS, NOON
from tests.cases.__main__ import table, tallies_of
from tests.cases.block_rows import compare, difference_of
from tests.cases.matching import fits_meaning, is_as_expected

CASES = orjson.loads((Path(__file__).parents[1] / "spec" / "block-cases.json").read_bytes())
REGISTRY = Registry(BLOCKS.values())


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{case['block_name']}" for i, case in enumerate(CASES)])
async def test_a_case_gives_its_emissions(case: dict[str, Any]) -> None:
    assert await difference_of(case, REGISTRY) is None


async def test_the_case_of_a_date_lies_in_the_past(run: Any) -> None:
    outputs = (await run("GetCurrentDateBlock", {"trigger": "x", "offset": "7"})).outputs
    assert datetime.fromisoformat(outputs[0][1]).date() == NOON.date() - timedelta(days=7)


# The checker itself: what it lets through and what it does not.


@pytest.mark.parametrize(
    ("came", "expected", "match", "is_fine"),
    [
        ([("a", 1), ("b", 2)], [("a", 1), ("b", 2)], "exact", True),
        ([("b", 2), ("a", 1)], [("a", 1), ("b", 2)], "exact", False),
        ([("a", 1), ("b", 2)], [("a", 1)], "exact", False),
        ([("a", 1), ("b", 2)], [("b", 2)], "subset", True),
        ([("a", 1)], [("b", 2)], "subset", False),
        ([("a", 1), ("error", "no")], [("a", 1)], "subset", False),
        ([("error", "our words")], [("error", "their words")], "exact", True),
        ([("a", 1)], [("error", "their words")], "exact", False),
    ],
)
def test_rows_are_compared_in_order_or_as_a_part(came: Any, expected: Any, match: str, is_fine: bool) -> None:
    assert (compare(came, expected, {"input": {}, "match": match}) is None) is is_fine


@pytest.mark.parametrize(
    ("value", "expected", "is_fine"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (0, False, False),
        ({"type": "str"}, {"type": "str"}, True),
        ("x", {"type": "str"}, True),
        (5, {"type": "str"}, False),
        (["x", {"a": 5}], [{"type": "str"}, {"a": {"type": "int"}}], True),
        (["x", {"a": True}], [{"type": "str"}, {"a": {"type": "int"}}], False),
        ("2025-03-19", {"type": "date", "iso": "2025-03-19"}, True),
        ("2025-03-20", {"type": "date", "iso": "2025-03-19"}, False),
        (7, {"type": "date", "iso": "2025-03-19"}, False),
        ("09:30", {"type": "time", "iso": "09:30:00"}, True),
        ({"value": 2}, {"type": "object_with_attributes", "attributes": {"value": 2}}, True),
        ({"given": 1}, {"type": "same_as_input_value"}, True),
        ({"given": 2}, {"type": "same_as_input_value"}, False),
        ({"type": "lambda"}, {"type": "lambda", "more": 1}, False),
    ],
)
def test_placeholders_stand_for_values_of_a_type(value: Any, expected: Any, is_fine: bool) -> None:
    assert is_as_expected(value, expected, {"value": {"given": 1}}, NOON) is is_fine


@pytest.mark.parametrize(
    ("value", "meaning", "is_fine"),
    [
        ("12:34", "a re-check should be: matches ^\\d\\d:\\d\\d$", True),
        ("12.34", "a re-check should be: matches ^\\d\\d:\\d\\d$", False),
        (
            "01/24/2026",
            "t: abs(datetime.now().date() - datetime.strptime(t, '%m/%d/%Y').date()) <= timedelta(days=8)",
            True,
        ),
        (
            "01/24/2025",
            "t: abs(datetime.now().date() - datetime.strptime(t, '%m/%d/%Y').date()) <= timedelta(days=8)",
            False,
        ),
        ("2026-01-31T12:34:56", "t: abs(datetime.now() - datetime.fromisoformat(t)) < timedelta(seconds=10)", True),
        ("soon", "t: abs(datetime.now() - datetime.fromisoformat(t)) < timedelta(seconds=10)", False),
        ("anything", "always truthy", True),
        ("", "always truthy", False),
    ],
)
def test_a_predicate_in_words_is_followed(value: str, meaning: str, is_fine: bool) -> None:
    assert fits_meaning(value, meaning, NOON) is is_fine


def test_the_table_counts_and_shows_what_differs() -> None:
    rows = [
        {"block_id": BLOCKS["StoreValueBlock"].id, "block_name": "StoreValueBlock", "input": {"input": 1}, **expected}
        for expected in ({"expected_outputs": [["output", 1]]}, {"expected_outputs": [["output", 2]]})
    ]
    unknown = [{"block_id": "nobody's", "block_name": "NobodysBlock", "input": {}, "expected_outputs": []}]
    lines = list(table(tallies_of([*rows, *unknown, {"block_id": "half a row"}], REGISTRY)))
    assert lines[1].split() == ["StoreValueBlock", "2", "1", "1"]
    assert lines[4].split() == ["all", "4", "1", "3"]
    assert lines[5] == "StoreValueBlock, row 1: [('output', 2)] expected, and [('output', 1)] came"
    assert "not installed" in lines[6]
