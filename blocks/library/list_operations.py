"""Blocks that combine lists (concatenate, flatten, interleave, zip, compare); they never reorder the items.

Items are the same by content: 1 and 1.0 are, 1 and true are not, and dictionaries are whatever the order of
their keys.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable, Iterable, Iterator
from itertools import chain, zip_longest
from typing import Any

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.bounds import check_bytes, json_bytes
from blocks.sdk.sameness import identity


def _without(items: list[Any], others: list[Any]) -> list[Any]:
    """Give the items that are not among the others."""
    excluded = {identity(item) for item in others}
    return [item for item in items if identity(item) not in excluded]


def _unique(items: list[Any]) -> list[Any]:
    """Give the first of each of the same items."""
    seen: dict[Hashable, Any] = {}
    for item in items:
        seen.setdefault(identity(item), item)
    return list(seen.values())


class ConcatenateLists(Block):
    """Put lists one after the other."""

    id = "3cf9298b-5817-4141-9d80-7c2cc5199c8e"
    name = "ConcatenateListsBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        lists: list[list[Any]] = pin(description="The lists.")
        deduplicate: bool = pin(False, description="Keep only the first of items that are the same.")
        remove_none: bool = pin(False, description="Leave out nulls.")

    class Output(BlockOutput):
        concatenated_list: list[Any] = pin(description="All items.")
        length: int = pin(description="How many they are.")

    examples = (
        Example(input={"lists": [[1, 2], [3]]}, output=[("concatenated_list", [1, 2, 3]), ("length", 3)]),
        Example(
            input={"lists": [[1, None], [1]], "deduplicate": True, "remove_none": True},
            output=[("concatenated_list", [1]), ("length", 1)],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        items = list(chain.from_iterable(inputs.lists))
        if inputs.remove_none:
            items = [item for item in items if item is not None]
        if inputs.deduplicate:
            items = _unique(items)
        yield "concatenated_list", items
        yield "length", len(items)


class FlattenList(Block):
    """Take lists out of their lists, all of them or down to a depth; a list without lists has depth 1."""

    id = "cc45bb0f-d035-4756-96a7-fe3e36254b4d"
    name = "FlattenListBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        nested_list: list[Any] = pin(description="The list of lists.")
        max_depth: int = pin(-1, description="How many levels to take out; negative: all.")

    class Output(BlockOutput):
        flattened_list: list[Any] = pin(description="The items.")
        length: int = pin(description="How many they are.")
        original_depth: int = pin(description="How deep the list was.")

    examples = (
        Example(
            input={"nested_list": [1, [2, [3]]]},
            output=[("flattened_list", [1, 2, 3]), ("length", 3), ("original_depth", 3)],
        ),
        Example(
            input={"nested_list": [1, [2, [3]]], "max_depth": 1},
            output=[("flattened_list", [1, 2, [3]]), ("length", 3), ("original_depth", 3)],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        items = list(_flatten(inputs.nested_list, inputs.max_depth))
        yield "flattened_list", items
        yield "length", len(items)
        yield "original_depth", _depth_of(inputs.nested_list)


def _flatten(items: list[Any], levels: int) -> Iterator[Any]:
    """Yield the items with so many levels taken out (negative: all)."""
    # A stack and not recursion: each item would else pass through as many generators as it is deep.
    open_lists = [iter(items)]
    while open_lists:
        for item in open_lists[-1]:
            if isinstance(item, list) and (levels < 0 or len(open_lists) <= levels):
                open_lists.append(iter(item))
                break
            yield item
        else:
            open_lists.pop()


def _depth_of(items: list[Any]) -> int:
    return 1 + max((_depth_of(item) for item in items if isinstance(item, list)), default=0)


class InterleaveLists(Block):
    """Take one item of each list in turn; a list that has come to its end is passed over."""

    id = "9f616084-1d9f-4f8e-bc00-5b9d2a75cd75"
    name = "InterleaveListsBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        lists: list[list[Any]] = pin(description="The lists.")

    class Output(BlockOutput):
        interleaved_list: list[Any] = pin(description="The items in turn.")
        length: int = pin(description="How many they are.")

    examples = (Example(input={"lists": [[1, 2], ["a"]]}, output=[("interleaved_list", [1, "a", 2]), ("length", 3)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        items = _interleave(inputs.lists)
        yield "interleaved_list", items
        yield "length", len(items)


def _interleave(lists: list[list[Any]]) -> list[Any]:
    """Give the items in turn, in time that grows with their number only."""
    items: list[Any] = []
    index, going = 0, [part for part in lists if part]
    while going:
        items.extend(part[index] for part in going)
        index += 1
        going = [part for part in going if len(part) > index]
    return items


class ZipLists(Block):
    """Make a list of all first items, one of all second items and so on, to the end of the shortest or longest."""

    id = "0d0e684f-5cb9-4c4b-b8d1-47a0860e0c07"
    name = "ZipListsBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        lists: list[list[Any]] = pin(description="The lists.")
        pad_to_longest: bool = pin(False, description="Go on to the end of the longest list.")
        fill_value: Any = pin(None, description="What stands for the items that a shorter list lacks.")

    class Output(BlockOutput):
        zipped_list: list[list[Any]] = pin(description="The lists of items.")
        length: int = pin(description="How many they are.")

    examples = (
        Example(input={"lists": [[1, 2], ["a", "b"]]}, output=[("zipped_list", [[1, "a"], [2, "b"]]), ("length", 2)]),
        Example(
            input={"lists": [[1, 2], ["a"]], "pad_to_longest": True, "fill_value": 0},
            output=[("zipped_list", [[1, "a"], [2, 0]]), ("length", 2)],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.pad_to_longest:
            longest = max(map(len, inputs.lists), default=0)
            lacking = longest * len(inputs.lists) - sum(map(len, inputs.lists))
            check_bytes(lacking * (json_bytes(inputs.fill_value) + 1), "The padding")
            rows: Iterable[tuple[Any, ...]] = zip_longest(*inputs.lists, fillvalue=inputs.fill_value)
        else:
            rows = zip(*inputs.lists, strict=False)
        zipped = [list(row) for row in rows]
        yield "zipped_list", zipped
        yield "length", len(zipped)


class ListDifference(Block):
    """Give the items of one list that the other lacks; if symmetric, also those of the other that the first lacks."""

    id = "05309873-9d61-447e-96b5-b804e2511829"
    name = "ListDifferenceBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        list_a: list[Any] = pin(description="The first list.")
        list_b: list[Any] = pin(description="The second list.")
        symmetric: bool = pin(False, description="Also the items that only the second has.")

    class Output(BlockOutput):
        difference: list[Any] = pin(description="The items that one list only has.")
        length: int = pin(description="How many they are.")

    examples = (
        Example(input={"list_a": [1, 2], "list_b": [2, 3]}, output=[("difference", [1]), ("length", 1)]),
        Example(
            input={"list_a": [1, 2], "list_b": [2, 3], "symmetric": True},
            output=[("difference", [1, 3]), ("length", 2)],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        items = _without(inputs.list_a, inputs.list_b)
        if inputs.symmetric:
            items += _without(inputs.list_b, inputs.list_a)
        yield "difference", items
        yield "length", len(items)


class ListIntersection(Block):
    """Give the items that both lists have, once each, in the order of the first."""

    id = "b6eb08b6-dbe3-411b-b9b4-2508cb311a1f"
    name = "ListIntersectionBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        list_a: list[Any] = pin(description="The first list.")
        list_b: list[Any] = pin(description="The second list.")

    class Output(BlockOutput):
        intersection: list[Any] = pin(description="The items that both have.")
        length: int = pin(description="How many they are.")

    examples = (
        Example(input={"list_a": [3, 1, 1], "list_b": [1, 3]}, output=[("intersection", [3, 1]), ("length", 2)]),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        known = {identity(item) for item in inputs.list_b}
        items = _unique([item for item in inputs.list_a if identity(item) in known])
        yield "intersection", items
        yield "length", len(items)
