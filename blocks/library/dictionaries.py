"""Blocks that make, read and change dictionaries; each gives a new one and never changes what it was given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from schema.errors import shorten


class CreateDictionary(Block):
    """Make a dictionary of the given values."""

    id = "b924ddf4-de4f-4b56-9a85-358930dcbc91"
    name = "CreateDictionaryBlock"
    categories = ("DATA",)
    is_pure = True

    class Input(BlockInput):
        values: dict[str, Any] = pin(description="Keys and their values.")

    class Output(BlockOutput):
        dictionary: dict[str, Any] = pin(description="The dictionary.")

    examples = (Example(input={"values": {"name": "Ada"}}, output=[("dictionary", {"name": "Ada"})]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "dictionary", inputs.values


class AddToDictionary(Block):
    """Add one key with its value, then other entries, to a dictionary; a key that is there already is replaced."""

    id = "31d1064e-7446-4693-a7d4-65e5ca1180d1"
    name = "AddToDictionaryBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        dictionary: dict[Any, Any] = pin(default_factory=dict, advanced=False, description="The dictionary to add to.")
        key: str = pin("", advanced=False, description="The key to add; empty: none.")
        value: Any = pin(None, advanced=False, description="The value of the key.")
        entries: dict[Any, Any] = pin(default_factory=dict, description="More entries to add.")

    class Output(BlockOutput):
        updated_dictionary: dict[str, Any] = pin(description="The dictionary with the new entries.")

    examples = (
        Example(
            input={"dictionary": {"a": 1}, "key": "b", "value": 2},
            output=[("updated_dictionary", {"a": 1, "b": 2})],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        added = {inputs.key: inputs.value} if inputs.key else {}
        yield "updated_dictionary", {**inputs.dictionary, **added, **inputs.entries}


class FindInDictionary(Block):
    """Find the value of a key in a dictionary, of an index in a list, or of a key in each dictionary of a list.

    JSON text of a list or dictionary is read first. What does not have it is given on as `missing`.
    """

    id = "0e50422c-6dee-4145-83d6-3a5a392f65de"
    name = "FindInDictionaryBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        input: Any = pin(description="The dictionary or list to look in.")
        key: str | int = pin(description="The key or index to look for.")

    class Output(BlockOutput):
        output: Any = pin(description="The value that was found.")
        missing: Any = pin(description="The input, if it does not have the key.")

    examples = (
        Example(input={"input": {"a": 1}, "key": "a"}, output=[("output", 1)]),
        Example(input={"input": ["a", "b"], "key": 1}, output=[("output", "b")]),
        Example(input={"input": [{"k": 1}, {}, {"k": 2}], "key": "k"}, output=[("output", [1, 2])]),
        Example(input={"input": {"a": 1}, "key": "z"}, output=[("missing", {"a": 1})]),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        found = _find(_parsed(inputs.input), inputs.key)
        if found:
            yield "output", found[0]
        else:
            yield "missing", inputs.input


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _find(holder: Any, key: str | int) -> list[Any]:
    """Give what was found, in a list of one; the empty list if nothing was."""
    if isinstance(holder, dict):
        return [holder[str(key)]] if str(key) in holder else []
    if not isinstance(holder, list):
        return []
    index = _index_of(key)
    if index is not None:
        return [holder[index]] if -len(holder) <= index < len(holder) else []
    values = [item[key] for item in holder if isinstance(item, dict) and key in item]
    return [values] if values else []


def _index_of(key: str | int) -> int | None:
    if isinstance(key, int):
        return key
    is_number = len(key) < 20 and key.isascii() and key.removeprefix("-").isdigit()
    return int(key) if is_number else None


def _present_key(dictionary: dict[Any, Any], key: str | int) -> str:
    """Give the key as it stands in a dictionary; JSON has text keys only."""
    if str(key) not in dictionary:
        raise BlockFailed(f"The dictionary has no key {shorten(str(key), 100)!r}.")
    return str(key)


class RemoveFromDictionary(Block):
    """Take a key out of a dictionary; it must be there."""

    id = "46afe2ea-c613-43f8-95ff-6692c3ef6876"
    name = "RemoveFromDictionaryBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        dictionary: dict[Any, Any] = pin(description="The dictionary.")
        key: str | int = pin(description="The key to take out.")
        return_value: bool = pin(False, description="Also give the value that was taken out.")

    class Output(BlockOutput):
        updated_dictionary: dict[Any, Any] = pin(description="The dictionary without the key.")
        removed_value: Any = pin(description="The value that was taken out.")

    examples = (
        Example(
            input={"dictionary": {"a": 1, "b": 2}, "key": "a", "return_value": True},
            output=[("updated_dictionary", {"b": 2}), ("removed_value", 1)],
        ),
        Example(input={"dictionary": {}, "key": "a"}, output=[], error="has no key 'a'"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        updated = dict(inputs.dictionary)
        removed = updated.pop(_present_key(updated, inputs.key))
        yield "updated_dictionary", updated
        if inputs.return_value:
            yield "removed_value", removed


class ReplaceDictionaryValue(Block):
    """Replace the value of a key in a dictionary; it must be there."""

    id = "27e31876-18b6-44f3-ab97-f6226d8b3889"
    name = "ReplaceDictionaryValueBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        dictionary: dict[Any, Any] = pin(description="The dictionary.")
        key: str | int = pin(description="The key whose value to replace.")
        value: Any = pin(description="The new value.")

    class Output(BlockOutput):
        updated_dictionary: dict[Any, Any] = pin(description="The dictionary with the new value.")
        old_value: Any = pin(description="The value that was there.")

    examples = (
        Example(
            input={"dictionary": {"a": 1}, "key": "a", "value": 2},
            output=[("updated_dictionary", {"a": 2}), ("old_value", 1)],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        key = _present_key(inputs.dictionary, inputs.key)
        yield "updated_dictionary", {**inputs.dictionary, key: inputs.value}
        yield "old_value", inputs.dictionary[key]


class DictionaryIsEmpty(Block):
    """Say whether a dictionary is empty."""

    id = "a3cf3f64-6bb9-4cc6-9900-608a0b3359b0"
    name = "DictionaryIsEmptyBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        dictionary: dict[Any, Any] = pin(description="The dictionary.")

    class Output(BlockOutput):
        is_empty: bool = pin(description="Whether it has no keys.")

    examples = (Example(input={"dictionary": {}}, output=[("is_empty", True)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "is_empty", not inputs.dictionary
