"""Running one block by itself, without a graph: for its examples, for `drystone blocks run` and for tests; keeps nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from blocks.sdk.block import Block, DirectResult
from blocks.sdk.context import Context
from blocks.sdk.directives import AskPerson, AwaitChild, AwaitEvent, CallTools, Sleep, StartChild
from blocks.sdk.stepping import run_step
from schema.errors import BlockFailed, DrystoneError
from schema.inputs import prepare
from schema.values import normalize


async def run_directly(
    block: type[Block],
    inputs: Mapping[str, Any],
    context: Context,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    tell: Callable[[str, Any], None] | None = None,
) -> DirectResult:
    """Run a block to its end with these raw inputs; give its emissions as JSON values and its error, if it failed.

    `tell` is called with each emission as soon as there is one.
    """
    result = DirectResult()
    try:
        prepared = prepare(block.spec, {pin: normalize(value, pin) for pin, value in inputs.items()})
        is_over = False
        while not is_over:
            is_over = await _run_one_step(block, prepared, context, result, sleep, tell)
    except DrystoneError as error:
        result.error = error
    return result


async def _run_one_step(
    block: type[Block],
    prepared: dict[str, Any],
    context: Context,
    result: DirectResult,
    sleep: Callable[[float], Awaitable[None]],
    tell: Callable[[str, Any], None] | None,
) -> bool:
    """Run a step; say whether it was the last."""
    async for item in run_step(block, prepared, context):
        if isinstance(item, Sleep):
            await sleep(item.seconds)
            context.step += 1
            if item.memory is not None:
                context.memories = (*context.memories, normalize(item.memory, "what the block remembers"))
            return False
        if isinstance(item, StartChild | AwaitChild):
            raise BlockFailed(f"{block.name} runs another agent, so it runs in a graph only.")
        if isinstance(item, AwaitEvent | AskPerson):
            raise BlockFailed(f"{block.name} waits for what comes to a run, so it runs in a graph only.")
        if isinstance(item, CallTools):
            raise BlockFailed(f"{block.name} calls other nodes, so it runs in a graph only.")
        name, value = item
        result.emissions.append((name, normalize(value, f"pin {name!r}")))
        if tell is not None:
            tell(*result.emissions[-1])
    return True
