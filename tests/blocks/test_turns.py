"""Blocks that read much let the others of their worker go on meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

LARGE = {
    "a table": ("ReadSpreadsheetBlock", {"contents": "a,b\n" + "1,2\n" * 300_000}),
    "a tree": ("XMLParserBlock", {"input_xml": "<a>" + "<b>x</b>" * 200_000 + "</a>"}),
}


@pytest.mark.parametrize(("name", "inputs"), LARGE.values(), ids=LARGE)
async def test_others_have_turns_while_much_is_read(run: Any, name: str, inputs: dict[str, Any]) -> None:
    turns = 0

    async def go_round() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    others = asyncio.create_task(go_round())
    outcome = await run(name, inputs)
    others.cancel()
    assert outcome.error is None
    assert turns > 100


async def test_control_a_text_that_is_read_at_once_gives_no_turn_meanwhile(run: Any) -> None:
    turn = asyncio.create_task(asyncio.sleep(0))
    await run("XMLParserBlock", {"input_xml": "<a>1</a>"})
    assert not turn.done()
    await turn
