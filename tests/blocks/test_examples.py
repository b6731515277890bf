"""Every example of every block of the library, run: the documentation is true."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.sdk import Block, Example
from schema.values import normalize
from tests.blocks.conftest import BLOCKS, CannedHttp, make_context

EXAMPLES = [
    pytest.param(block, example, id=f"{block.name}-{number}")
    for block in BLOCKS.values()
    for number, example in enumerate(block.examples, 1)
]


@pytest.mark.parametrize(("block", "example"), EXAMPLES)
async def test_an_example_gives_what_it_says(block: type[Block], example: Example, run: Any) -> None:
    if (reason := block.disabled_reason()) is not None:
        pytest.skip(reason)
    context = make_context(
        http=CannedHttp(example.answers or ()), credentials=example.credentials, **example.surroundings
    )
    outcome = await run(block.name, example.input, context)
    if example.error is None:
        assert outcome.error is None, outcome.error
    else:
        assert outcome.error is not None, outcome.emissions
        assert example.error in outcome.error.message
    expected = [(name, normalize(value)) for name, value in example.output]
    match example.match:
        case "exact":
            assert outcome.emissions == expected
        case "subset":
            assert all(emission in outcome.emissions for emission in expected)
        case "pins":
            assert [name for name, _ in outcome.emissions] == [name for name, _ in expected]
    assert not context.http.answers, "the example gives more answers than it needs"
