"""Definitions: what a block class may say of itself is checked when it is defined."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from blocks.sdk import Block, BlockDefinitionError, BlockInput, BlockOutput, Context, Example, Yield
from schema.block import Kind, Queue


def define(**attributes: Any) -> type[Block]:
    """Define a block with these attributes."""

    async def run(self: Block, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        yield "output", None

    class Input(BlockInput):
        pass

    class Output(BlockOutput):
        output: None = None

    body = {
        "__doc__": "Give nothing.",
        "id": "3f0c4f4e-7f7f-4c57-9f0e-3d4a9c0a7e11",
        "name": "NothingBlock",
        "Input": Input,
        "Output": Output,
        "examples": (Example(input={}, output=[("output", None)]),),
        "run": run,
    }
    return type("Nothing", (Block,), {**body, **attributes})


def test_a_block_says_that_it_is_batchable() -> None:
    assert define(is_batchable=True).spec.is_batchable
    assert not define().spec.is_batchable


@pytest.mark.parametrize(
    "attributes",
    [
        {"is_pure": True},
        {"kind": Kind.HUMAN},
        {"queue": Queue.LONG},
        {"queue": Queue.SANDBOX},
        {"event_pins": ("output", None)},
        {"loop_pins": ("output",)},
    ],
)
def test_what_waits_or_holds_a_worker_for_long_is_not_batchable(attributes: dict[str, Any]) -> None:
    define(**attributes)
    with pytest.raises(BlockDefinitionError, match="is batchable"):
        define(is_batchable=True, **attributes)
