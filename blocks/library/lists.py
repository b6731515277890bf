"""Blocks that make, read and change one list; each gives a new one and never changes what it was given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

# A pin named `list` would hide the builtin from the annotations after it.
from typing import Any, List  # noqa: UP035

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.bounds import check_emissions
from blocks.sdk.sameness import identity
from blocks.sdk.texts import text_of

#: A token of English is about four characters; exact counts would need each model's own table.
_CHARS_PER_TOKEN = 4


class CreateList(Block):
    """Make a list of the values, or several of at most `max_size` items or about `max_tokens` tokens."""

    id = "a912d5c7-6e00-4542-b2a9-8034136930e4"
    name = "CreateListBlock"
    categories = ("DATA",)
    is_pure = True

    class Input(BlockInput):
        values: List[Any] = pin(description="The items.")  # noqa: UP006
        max_size: int | None = pin(None, description="Most items of one list.")
        max_tokens: int | None = pin(None, description="Most tokens of one list; a longer item stands alone.")

    class Output(BlockOutput):
        list: List[Any] = pin(description="The list.")  # noqa: UP006

    examples = (
        Example(input={"values": ["Ada", 25, True]}, output=[("list", ["Ada", 25, True])]),
        Example(input={"values": [1, 2, 3], "max_size": 2}, output=[("list", [1, 2]), ("list", [3])]),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        for name, limit in (("max_size", inputs.max_size), ("max_tokens", inputs.max_tokens)):
            if limit is not None and limit < 1:
                raise BlockFailed(f"{name} must be at least 1, not {limit}.")
        parts = list(_parts(inputs.values, inputs.max_size, inputs.max_tokens))
        check_emissions(len(parts), "All lists")
        for part in parts:
            yield "list", part


def _parts(values: list[Any], size_max: int | None, tokens_max: int | None) -> Iterator[list[Any]]:
    part: list[Any] = []
    tokens = 0
    for value in values:
        cost = 0 if tokens_max is None else -(-len(text_of(value)) // _CHARS_PER_TOKEN)
        is_full = size_max is not None and len(part) >= size_max
        is_long = tokens_max is not None and tokens + cost > tokens_max
        if part and (is_full or is_long):
            yield part
            part, tokens = [], 0
        part.append(value)
        tokens += cost
    if part or not values:
        yield part


class AddToList(Block):
    """Add entries, then one entry, at a position of a list or at its end; a position outside it is its nearer end."""

    id = "aeb08fc1-2fc1-4141-bc8e-f758f183a822"
    name = "AddToListBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        list: List[Any] = pin(default_factory=list, advanced=False, description="The list to add to.")  # noqa: UP006
        entry: Any = pin(None, advanced=False, description="The entry to add.")
        # In this class body `list` is the pin above, so only a function's body still finds the builtin.
        entries: List[Any] = pin(  # noqa: UP006
            default_factory=lambda: list(),  # noqa: C408
            description="More entries to add, before it.",
        )
        position: int | None = pin(None, description="Where to add them; negative: from the end; none: at the end.")

    class Output(BlockOutput):
        updated_list: List[Any] = pin(description="The list with the new entries.")  # noqa: UP006

    examples = (
        Example(input={"list": ["a", "c"], "entry": "b", "position": 1}, output=[("updated_list", ["a", "b", "c"])]),
        Example(input={"entry": "a"}, output=[("updated_list", ["a"])]),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        added = [*inputs.entries, *([] if inputs.entry is None else [inputs.entry])]
        position = len(inputs.list) if inputs.position is None else inputs.position
        yield "updated_list", [*inputs.list[:position], *added, *inputs.list[position:]]


class FindInList(Block):
    """Find where a value first stands in a list. 1 and 1.0 are the same, 1 and true are not."""

    id = "5e2c6d0a-1e37-489f-b1d0-8e1812b23333"
    name = "FindInListBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        list: List[Any] = pin(description="The list to look in.")  # noqa: UP006
        value: Any = pin(description="The value to look for.")

    class Output(BlockOutput):
        index: int = pin(description="Where it stands, from 0.")
        found: bool = pin(description="Whether it is there.")
        not_found_value: Any = pin(description="The value, if it is not there.")

    examples = (
        Example(input={"list": ["a", "b"], "value": "b"}, output=[("index", 1), ("found", True)]),
        Example(input={"list": [], "value": "b"}, output=[("found", False), ("not_found_value", "b")]),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        index = _index_of(inputs.list, inputs.value)
        if index is None:
            yield "found", False
            yield "not_found_value", inputs.value
        else:
            yield "index", index
            yield "found", True


def _index_of(items: list[Any], value: Any) -> int | None:
    wanted = identity(value)
    return next((index for index, item in enumerate(items) if identity(item) == wanted), None)


def _checked_index(items: list[Any], index: int) -> int:
    """Give the index counted from the start; negative ones count from the end."""
    if not -len(items) <= index < len(items):
        raise BlockFailed(f"Index {index} is outside the list, which has {len(items)} items.")
    return index % len(items)


class GetListItem(Block):
    """Give one item of a list by its index; -1 is the last."""

    id = "262ca24c-1025-43cf-a578-534e23234e97"
    name = "GetListItemBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        list: List[Any] = pin(description="The list.")  # noqa: UP006
        index: int = pin(description="The index, from 0; negative: from the end.")

    class Output(BlockOutput):
        item: Any = pin(description="The item.")

    examples = (
        Example(input={"list": [1, 2, 3], "index": -1}, output=[("item", 3)]),
        Example(input={"list": [1], "index": 1}, output=[], error="Index 1 is outside the list"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "item", inputs.list[_checked_index(inputs.list, inputs.index)]


class RemoveFromList(Block):
    """Take an item out of a list: the first that is the same as `value`, or if no value is given the one at `index`."""

    id = "d93c5a93-ac7e-41c1-ae5c-ef67e6e9b826"
    name = "RemoveFromListBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        list: List[Any] = pin(description="The list.")  # noqa: UP006
        value: Any = pin(None, advanced=False, description="The value to take out.")
        index: int | None = pin(None, advanced=False, description="The index to take out; negative: from the end.")
        return_item: bool = pin(False, description="Also give the item that was taken out.")

    class Output(BlockOutput):
        updated_list: List[Any] = pin(description="The list without the item.")  # noqa: UP006
        removed_item: Any = pin(description="The item that was taken out.")

    examples = (
        Example(
            input={"list": [1, 2, 3], "index": 1, "return_item": True},
            output=[("updated_list", [1, 3]), ("removed_item", 2)],
        ),
        Example(input={"list": ["a"], "value": "b"}, output=[], error="not in the list"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        index = self._place(inputs)
        yield "updated_list", [*inputs.list[:index], *inputs.list[index + 1 :]]
        if inputs.return_item:
            yield "removed_item", inputs.list[index]

    @staticmethod
    def _place(inputs: Input) -> int:
        if inputs.value is not None:
            index = _index_of(inputs.list, inputs.value)
            if index is None:
                raise BlockFailed("The value is not in the list.")
            return index
        if inputs.index is None:
            raise BlockFailed("Give the value to take out, or its index.")
        return _checked_index(inputs.list, inputs.index)


class ReplaceListItem(Block):
    """Replace one item of a list by its index; -1 is the last."""

    id = "fbf62922-bea1-4a3d-8bac-23587f810b38"
    name = "ReplaceListItemBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        list: List[Any] = pin(description="The list.")  # noqa: UP006
        index: int = pin(description="The index, from 0; negative: from the end.")
        value: Any = pin(description="The new item.")

    class Output(BlockOutput):
        updated_list: List[Any] = pin(description="The list with the new item.")  # noqa: UP006
        old_item: Any = pin(description="The item that was there.")

    examples = (
        Example(
            input={"list": ["a", "b"], "index": -1, "value": "c"},
            output=[("updated_list", ["a", "c"]), ("old_item", "b")],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        index = _checked_index(inputs.list, inputs.index)
        yield "updated_list", [*inputs.list[:index], inputs.value, *inputs.list[index + 1 :]]
        yield "old_item", inputs.list[index]


class ListIsEmpty(Block):
    """Say whether a list is empty."""

    id = "896ed73b-27d0-41be-813c-c1c1dc856c03"
    name = "ListIsEmptyBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        list: List[Any] = pin(description="The list.")  # noqa: UP006

    class Output(BlockOutput):
        is_empty: bool = pin(description="Whether it has no items.")

    examples = (Example(input={"list": []}, output=[("is_empty", True)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "is_empty", not inputs.list
