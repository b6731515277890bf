"""Blocks that take a collection apart, one emission after the other; they never fetch anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import orjson

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.bounds import check_emissions


class StepThroughItems(Block):
    """Give each element of a list or dictionary, one at a time: the item, then its index or key.

    If several of the inputs are given, they are gone through in the order in which they stand. Nothing given,
    or only what is empty: nothing is emitted.
    """

    id = "f66a3543-28d3-4ab5-8945-9b336371e2ce"
    name = "StepThroughItemsBlock"
    categories = ("LOGIC",)
    is_pure = True

    class Input(BlockInput):
        items: list[Any] = pin(default_factory=list, advanced=False, description="A list to go through.")
        items_object: dict[str, Any] = pin(
            default_factory=dict, advanced=False, description="A dictionary to go through."
        )
        items_str: str = pin("", advanced=False, description="A list or dictionary to go through, as JSON text.")

    class Output(BlockOutput):
        item: Any = pin(description="The element.")
        key: Any = pin(description="Its index in the list, or its key in the dictionary.")

    examples = (
        Example(input={"items": ["a", "b"]}, output=[("item", "a"), ("key", 0), ("item", "b"), ("key", 1)]),
        Example(input={"items_object": {"x": 1}}, output=[("item", 1), ("key", "x")]),
        Example(input={"items_str": '["a"]'}, output=[("item", "a"), ("key", 0)]),
        Example(input={"items_str": "a, b"}, output=[], error="not JSON"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        collections = [inputs.items, inputs.items_object, _parse(inputs.items_str)]
        check_emissions(2 * sum(len(collection) for collection in collections), "All items and keys")
        for collection in collections:
            for key, item in _pairs(collection):
                yield "item", item
                yield "key", key


def _parse(text: str) -> list[Any] | dict[str, Any]:
    if not text.strip():
        return []
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BlockFailed(f"items_str is not JSON: {error}") from error
    if not isinstance(value, list | dict):
        raise BlockFailed("items_str is JSON, but neither a list nor a dictionary.")
    return value


def _pairs(collection: list[Any] | dict[str, Any]) -> Iterable[tuple[Any, Any]]:
    return collection.items() if isinstance(collection, dict) else enumerate(collection)
