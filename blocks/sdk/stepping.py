"""One step of a block, made safe: whatever it raises becomes one of our errors; never retries and never stores anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from pydantic import ValidationError

from blocks.sdk.block import Block
from blocks.sdk.context import Context
from blocks.sdk.directives import Directive, Yield
from schema.credentials import requirements_of
from schema.errors import (
    BlockCrashed,
    BlockFailed,
    DrystoneError,
    InvalidInput,
    InvalidOutput,
    MissingCredentials,
    NodeTimedOut,
    shorten,
)
from schema.inputs import visible


async def run_step(block: type[Block], prepared: dict[str, Any], context: Context) -> AsyncIterator[Yield]:
    """Yield what the block yields; raise only DrystoneError, whatever the block raises (or CancelledError, if cancelled).

    `prepared` is the input after `schema.inputs.prepare`. An `error` emission raises BlockFailed with its text.
    """
    stream = begin_step(block, prepared, context)
    try:
        while (item := await next_of(block, stream)) is not None:
            yield item
    finally:
        await close_step(stream)


def begin_step(block: type[Block], prepared: dict[str, Any], context: Context) -> AsyncIterator[Yield]:
    """Begin a step whose every next thing the caller takes by `next_of`, and which it closes by `close_step` if it does not take
    the last. Raises InvalidInput, MissingCredentials."""
    context.raw_inputs = prepared
    try:
        inputs = block.Input.model_validate(_with_credentials(block, prepared, context))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        shown = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in problems)
        raise InvalidInput(f"The input does not fit {block.name}: {shown}") from error
    return block().run(inputs, context)


def _with_credentials(block: type[Block], prepared: dict[str, Any], context: Context) -> dict[str, Any]:
    """Give what the block sees: for each reference the credential itself. Raises MissingCredentials."""
    seen = visible(prepared)
    for requirement in requirements_of(block.spec):
        seen.pop(requirement.pin, None)
        if requirement.pin in context.credentials:
            seen[requirement.pin] = context.credentials[requirement.pin]
        elif requirement.is_required:
            raise MissingCredentials(f"{block.name} needs a credential on {requirement.pin!r}.", pin=requirement.pin)
    return seen


async def next_of(block: type[Block], stream: AsyncIterator[Yield]) -> Yield | None:
    """Give the next thing that the block yields, checked; None where it is over."""
    try:
        item = await anext(stream)
    except StopAsyncIteration:
        return None
    except DrystoneError:
        raise
    except TimeoutError as error:
        raise NodeTimedOut(f"{block.name} met a time limit: {text_of(error)}") from error
    except BaseException as error:  # A block may raise anything, SystemExit included; it must not end the worker.
        if isinstance(error, asyncio.CancelledError) and _is_being_cancelled():
            raise
        raise BlockCrashed(f"{block.name} raised {type(error).__name__}: {text_of(error)}") from error
    if not isinstance(item, Directive):
        _check_emission(block, item)
    return item


def _is_being_cancelled() -> bool:
    """Say whether it is we who cancel: a CancelledError of the block's own making is a failure like any other."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _check_emission(block: type[Block], item: Any) -> None:
    if not (isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)):
        raise InvalidOutput(f"{block.name} yielded {type(item).__name__}; a block yields (pin, value).")
    name, value = item
    if name == "error":
        raise BlockFailed(value if isinstance(value, str) else text_of(value))
    spec = block.spec
    if name not in spec.output_pins and not spec.has_output(name):
        raise InvalidOutput(
            f"{block.name} emitted on {shorten(name, 100)!r}, a pin that it does not declare.", pin=name
        )


def text_of(error: object) -> str:
    """Give an exception's text, even where `str()` of it raises."""
    try:
        return shorten(str(error))
    except Exception as broken:  # noqa: BLE001 - its __str__ is the block's code, too.
        return f"(its text cannot be had: {type(broken).__name__})"


async def close_step(stream: Any) -> None:
    """Let the block's own `finally` run; what that raises is dropped, the step is over."""
    close = getattr(stream, "aclose", None)
    if close is None:
        return
    try:
        await close()
    except BaseException as error:  # The block's clean-up may raise anything; a cancel of ours still counts.
        if isinstance(error, asyncio.CancelledError):
            raise
