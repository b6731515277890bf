"""Google's blocks with answers that are not in its reference: each block ends, and what was wrong is told, not tripped over."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.google.answers import needed
from blocks.sdk import Block, Example
from blocks.sdk.direct import run_directly
from schema.errors import BlockFailed
from tests.blocks.conftest import BLOCKS, CannedHttp, make_context

LISTS = ("items", "messages", "labels", "replies", "values", "sheets", "permissions", "places", "namedRanges", "parts")
OBJECTS = ("payload", "properties", "body", "message")
STRANGE = [
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b"<html>",
    b"7",
    *(
        ("{" + ",".join(f'"{name}": {value}' for name in (*LISTS, *OBJECTS)) + "}").encode()
        for value in ("7", "null", "[null]", "[7]", "[{}]", "[[]]", '{"a": 1}')
    ),
    b'{"body": {"content": [{"paragraph": 7}, {"table": []}, {"startIndex": 1}]}}',
]
EXAMPLES = [
    pytest.param(block, example, id=f"{name}-{number}")
    for name, block in BLOCKS.items()
    if block.__module__.startswith("blocks.library.google_")
    for number, example in enumerate(block.examples, 1)
    if example.answers
]


async def _no_time(_seconds: float) -> None:
    """Let no time pass."""


@pytest.mark.parametrize(("block", "example"), EXAMPLES)
async def test_a_strange_answer_crashes_no_block(block: type[Block], example: Example) -> None:
    said: list[Any] = list(example.answers or ())
    for at in range(len(said)):
        for strange in STRANGE:
            answers = [*said[:at], (200, {}, strange), *said[at + 1 :], *[(200, {}, strange)] * 5]
            context = make_context(http=CannedHttp(answers), credentials=example.credentials)
            outcome = await run_directly(block, example.input, context, _no_time)
            code = None if outcome.error is None else outcome.error.code
            assert code in (None, "BLOCK_FAILED", "UNAVAILABLE", "INVALID_INPUT"), (at, strange, outcome.error)


def test_what_an_answer_must_have_is_named() -> None:
    with pytest.raises(BlockFailed, match=r"has no 'a\.b'"):
        needed({"a": {}}, "a", "b")
    assert needed({"a": {"b": 0}}, "a", "b") == 0
