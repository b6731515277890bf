"""Every block without effects, each pin at its edges: it gives values or says what is wrong, and never falls over."""

from __future__ import annotations

import time
from typing import Any

import pytest

from blocks.sdk import Block
from tests.blocks.conftest import BLOCKS

PURE = [pytest.param(block, id=name) for name, block in BLOCKS.items() if block.spec.is_pure]

EDGES: list[Any] = [
    None, "", " ", "0", "-1", "Ж😀\u202e", "a" * 2_000, "{{ x }}", "[1, 2", '{"a": [1]}', "\n", "\\", "(", "$1", "nan", "1e999",
    0, -1, 1, 2**31, 2**63 - 1, -(2**63), 10**18, 0.5, -0.0, 1e308, -1e308, 5e-324, True, False,
    [], [None], [[]], [1, "1", True, None, 1.0], [[[[1]]]], [{"a": 1}, {"b": None}], ["Ж"] * 300,
    {}, {"": ""}, {"a": None}, {"a": {"b": [1, {"c": "d"}]}}, {"Ж": "Ж"}, {"values_#_a": 1}, {"0": 0, "1": 1},
]  # fmt: skip

#: What a block may end with: it says what was wrong with what it was given.
REFUSALS = {"BLOCK_FAILED", "INVALID_INPUT", "VALUE_TOO_LARGE", "INVALID_VALUE"}


@pytest.mark.parametrize("block", PURE)
async def test_a_block_bears_the_edges_of_each_pin(block: type[Block], run: Any) -> None:
    base = dict(block.examples[0].input)
    started = time.monotonic()
    for pin in block.spec.input_pins:
        for edge in EDGES:
            outcome = await run(block.name, {**base, pin: edge})
            assert outcome.code is None or outcome.code in REFUSALS, (pin, edge, outcome.error)
            assert outcome.code is None or len(outcome.error.message) > 10, (pin, edge)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("block", PURE)
async def test_a_block_bears_the_same_edge_on_all_its_pins(block: type[Block], run: Any) -> None:
    for edge in EDGES:
        outcome = await run(block.name, dict.fromkeys(block.spec.input_pins, edge))
        assert outcome.code is None or outcome.code in REFUSALS, (edge, outcome.error)


async def test_control_a_block_that_falls_over_is_seen(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fall_over(self: Any, inputs: Any, context: Any) -> Any:
        yield "output", inputs.text[10]

    monkeypatch.setattr(BLOCKS["WordCharacterCountBlock"], "run", fall_over)
    outcome = await run("WordCharacterCountBlock", {"text": ""})
    assert outcome.code not in REFUSALS
