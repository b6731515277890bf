"""Small inputs that ask for enormous outputs: each is refused before it is built."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import pytest

MB = 1_000_000

HOSTILE = [
    ("TextReplaceBlock", {"text": "a" * MB, "old": "a", "new": "b" * 1000}, "VALUE_TOO_LARGE"),
    ("TextReplaceBlock", {"text": "a" * MB, "old": "", "new": "b" * 1000}, "VALUE_TOO_LARGE"),
    ("TextSplitBlock", {"text": "," * 12 * MB, "delimiter": ","}, "VALUE_TOO_LARGE"),
    ("CombineTextsBlock", {"input": ["a"] * 1000, "delimiter": "b" * MB}, "VALUE_TOO_LARGE"),
    ("ZipListsBlock", {"lists": [[1] * 100_000] + [[]] * 100_000, "pad_to_longest": True}, "VALUE_TOO_LARGE"),
    ("ZipListsBlock", {"lists": [[1] * 1000, []], "pad_to_longest": True, "fill_value": "f" * MB}, "VALUE_TOO_LARGE"),
    ("ReadSpreadsheetBlock", {"contents": "h" * 100_000 + "\n" + "1\n" * 10_000}, "VALUE_TOO_LARGE"),
    ("StepThroughItemsBlock", {"items": [1] * 150_000}, "BLOCK_FAILED"),
    ("CreateListBlock", {"values": [1] * 300_000, "max_size": 1}, "BLOCK_FAILED"),
    ("ExtractTextInformationBlock", {"text": "a" * 500_000, "pattern": "a", "find_all": True}, "BLOCK_FAILED"),
    ("FileReadBlock", {"file_input": "a" * 500_000, "size_limit": 1}, "BLOCK_FAILED"),
    ("CountdownTimerBlock", {"repeat": 10**9}, "BLOCK_FAILED"),
    ("CountdownTimerBlock", {"repeat": 10_000, "input_message": "m" * 10_000}, "VALUE_TOO_LARGE"),
    ("CountdownTimerBlock", {"days": "1e300"}, "BLOCK_FAILED"),
    ("GetCurrentDateBlock", {"trigger": "x", "offset": 10**15}, "BLOCK_FAILED"),
    ("MatchTextPatternBlock", {"text": "a", "match": "(" * 200_000, "data": 1}, "BLOCK_FAILED"),
    ("CalculatorBlock", {"operation": "Power", "a": 10, "b": 10_000}, "BLOCK_FAILED"),
    ("FillTextTemplateBlock", {"values": {"a": "x" * MB}, "format": "{{ a * 1000 }}"}, "BLOCK_FAILED"),
]


@pytest.mark.parametrize(("block", "inputs", "code"), HOSTILE, ids=[f"{row[0]}-{i}" for i, row in enumerate(HOSTILE)])
async def test_it_is_refused_before_it_is_built(run: Any, block: str, inputs: dict[str, Any], code: str) -> None:
    tracemalloc.start()
    started = time.monotonic()
    try:
        outcome = await run(block, inputs)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert outcome.code == code, outcome.error
    assert not outcome.emissions
    assert peak < 400 * MB
    assert time.monotonic() - started < 30


async def test_a_huge_position_is_the_end_of_the_list(run: Any) -> None:
    outputs = (await run("AddToListBlock", {"list": [1], "entry": 2, "position": 10**18})).outputs
    assert outputs == [("updated_list", [1, 2])]


async def test_interleaving_takes_time_by_items_and_not_by_lists_times_items(run: Any) -> None:
    started = time.monotonic()
    outcome = await run("InterleaveListsBlock", {"lists": [[1] * 50_000, *([[]] * 50_000)]})
    assert dict(outcome.outputs)["length"] == 50_000
    assert time.monotonic() - started < 5


async def test_flattening_takes_time_by_items_and_not_by_depth(run: Any) -> None:
    nested: Any = [1] * 100_000
    for _ in range(190):
        nested = [nested]
    started = time.monotonic()
    assert dict((await run("FlattenListBlock", {"nested_list": nested})).outputs)["original_depth"] == 191
    assert time.monotonic() - started < 3
