"""Blocks that keep, show, convert or turn round one value; they reach nothing but the node's log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Kind, Yield, pin
from blocks.sdk.texts import text_of
from schema.coerce import coerce


class StoreValue(Block):
    """Keep a value for as many uses as the graph makes of it: `data` if there is any, else `input`."""

    id = "1ff065e9-88e8-4358-9d82-8dc91f622ba9"
    name = "StoreValueBlock"
    categories = ("BASIC",)
    static_output = True
    is_pure = True

    class Input(BlockInput):
        input: Any = pin(description="What starts the block; the value, if no data is given.")
        data: Any = pin(None, description="The value to keep.")

    class Output(BlockOutput):
        output: Any = pin(description="The value.")

    examples = (
        Example(input={"input": "Hello"}, output=[("output", "Hello")]),
        Example(input={"input": "Hello", "data": "kept"}, output=[("output", "kept")]),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "output", inputs.data or inputs.input


class PrintToConsole(Block):
    """Write a value to the node's log and give it on."""

    id = "f3b1c1b2-4c4f-4f0d-8d2f-4c4f0d8d2f4c"
    name = "PrintToConsoleBlock"
    categories = ("BASIC",)
    is_sensitive = True

    class Input(BlockInput):
        text: Any = pin(description="What to write.")

    class Output(BlockOutput):
        output: Any = pin(description="The same value.")
        status: str = pin(description="The word `printed`.")

    examples = (Example(input={"text": "Hello"}, output=[("output", "Hello"), ("status", "printed")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        context.log("info", text_of(inputs.text))
        yield "output", inputs.text
        yield "status", "printed"


class Note(Block):
    """A note on the canvas. A run leaves it out."""

    id = "cc10ff7b-7753-4ff2-9af6-9399b1a7eddc"
    name = "NoteBlock"
    categories = ("BASIC",)
    kind = Kind.NOTE
    is_pure = True

    class Input(BlockInput):
        text: str = pin(description="The note.")

    class Output(BlockOutput):
        output: str = pin(description="The note.")

    examples = (Example(input={"text": "Remember"}, output=[("output", "Remember")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "output", inputs.text


class TypeOptions(StrEnum):
    """What a value can be converted to."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    DICTIONARY = "dictionary"


_SCHEMA_TYPES = {TypeOptions.LIST: "array", TypeOptions.DICTIONARY: "object"}


class UniversalTypeConverter(Block):
    """Convert a value to a type by the rules by which pins convert: what is no number gives 0, a list its length."""

    id = "95d1b990-ce13-4d88-9737-ba5c2070c97b"
    name = "UniversalTypeConverterBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        value: Any = pin(description="The value to convert.")
        type: TypeOptions = pin(description="The type that it should have.")

    class Output(BlockOutput):
        value: Any = pin(description="The converted value.")

    examples = (
        Example(input={"value": "0", "type": "number"}, output=[("value", 0.0)]),
        Example(input={"value": "[1, 2]", "type": "list"}, output=[("value", [1, 2])]),
        Example(input={"value": {"a": 1}, "type": "string"}, output=[("value", '{"a": 1}')]),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "value", coerce(inputs.value, {"type": _SCHEMA_TYPES.get(inputs.type, inputs.type.value)})


class ReverseListOrder(Block):
    """Turn a list round."""

    id = "422cb708-3109-4277-bfe3-bc2ae5812777"
    name = "ReverseListOrderBlock"
    categories = ("BASIC",)
    is_pure = True

    class Input(BlockInput):
        input_list: list[Any] = pin(description="The list.")

    class Output(BlockOutput):
        reversed_list: list[Any] = pin(description="The list from its end to its start.")

    examples = (Example(input={"input_list": [1, 2, 3]}, output=[("reversed_list", [3, 2, 1])]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "reversed_list", inputs.input_list[::-1]
