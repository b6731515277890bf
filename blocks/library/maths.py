"""Blocks for arithmetic; nothing here touches the world."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from math import isfinite
from typing import Any

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin

#: From here on every float is whole, and a rounded one would not fit an integer of 64 bits.
_ALWAYS_WHOLE = 2.0**63
#: What is more than any number: JSON has no other way to say it.
INFINITY = "Infinity"


class Operation(StrEnum):
    """What the calculator does with its two numbers."""

    ADD = "Add"
    SUBTRACT = "Subtract"
    MULTIPLY = "Multiply"
    DIVIDE = "Divide"
    POWER = "Power"


class Calculator(Block):
    """Do one operation of arithmetic on two numbers.

    Division by zero gives infinity, as agents that come from elsewhere expect it. No JSON number is that, so it travels as the text
    "Infinity". With `fails_on_zero` the node fails instead.
    """

    id = "b1ab9b19-67a6-406d-abf5-2dba76d00c79"
    name = "CalculatorBlock"
    categories = ("LOGIC",)
    is_pure = True

    class Input(BlockInput):
        operation: Operation = pin(description="What to do with the numbers.")
        a: float = pin(description="The first number.")
        b: float = pin(description="The second number.")
        round_result: bool = pin(False, description="Round the result to a whole number.")
        fails_on_zero: bool = pin(False, description="Fail at a division by zero, instead of giving Infinity.")

    class Output(BlockOutput):
        result: float = pin(description="The result.")

    examples = (
        Example(input={"operation": "Add", "a": 10.0, "b": 5.0}, output=[("result", 15.0)]),
        Example(input={"operation": "Divide", "a": 7, "b": 2, "round_result": True}, output=[("result", 4)]),
        Example(input={"operation": "Divide", "a": 1, "b": 0}, output=[("result", "Infinity")]),
        Example(
            input={"operation": "Divide", "a": 1, "b": 0, "fails_on_zero": True}, output=[], error="divided by zero"
        ),
        Example(
            input={"operation": "Divide", "a": 1, "b": 0, "round_result": True}, output=[], error="divided by zero"
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        is_infinite = inputs.operation is Operation.DIVIDE and inputs.b == 0
        if is_infinite and (inputs.fails_on_zero or inputs.round_result):
            raise BlockFailed(f"{inputs.a:g} was divided by zero.")
        if is_infinite:
            yield "result", INFINITY
            return
        result = _calculate(inputs.operation, inputs.a, inputs.b)
        yield "result", _rounded(result) if inputs.round_result else result


def _calculate(operation: Operation, a: float, b: float) -> float:
    match operation:
        case Operation.ADD:
            return a + b
        case Operation.SUBTRACT:
            return a - b
        case Operation.MULTIPLY:
            return a * b
        case Operation.DIVIDE:
            return a / b
        case Operation.POWER:
            return _power(a, b)


def _power(a: float, b: float) -> float:
    try:
        result: Any = a**b
    except ZeroDivisionError as error:
        raise BlockFailed(f"Zero has no power {b:g}.") from error
    except OverflowError as error:
        raise BlockFailed(f"{a:g} to the power {b:g} is too large for a number.") from error
    if isinstance(result, complex):
        raise BlockFailed(f"{a:g} to the power {b:g} is not a real number.")
    return float(result)


def _rounded(result: float) -> float:
    return round(result) if isfinite(result) and abs(result) < _ALWAYS_WHOLE else result


class CountItems(Block):
    """Count the items of a list or dictionary, or the characters of a text."""

    id = "3c9c2f42-b0c3-435f-ba35-05f7a25c772a"
    name = "CountItemsBlock"
    categories = ("LOGIC",)
    is_pure = True

    class Input(BlockInput):
        collection: Any = pin(description="The list, dictionary or text to count.")

    class Output(BlockOutput):
        count: int = pin(description="How many items it has.")

    examples = (
        Example(input={"collection": [1, 2, 3, 4, 5]}, output=[("count", 5)]),
        Example(input={"collection": {"a": 1}}, output=[("count", 1)]),
        Example(input={"collection": 5}, output=[], error="cannot be counted"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not isinstance(inputs.collection, list | dict | str):
            raise BlockFailed(
                f"A {type(inputs.collection).__name__} cannot be counted; give a list, dictionary or text."
            )
        yield "count", len(inputs.collection)
