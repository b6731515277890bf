"""Blocks that send a value one way or the other by a comparison; they never change the value."""

from __future__ import annotations

import operator
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import Any

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.sameness import identity
from blocks.sdk.texts import number_of


class ComparisonOperator(StrEnum):
    """How two values are compared."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    GREATER = ">"
    LESS = "<"
    GREATER_OR_EQUAL = ">="
    LESS_OR_EQUAL = "<="


_ORDERINGS: dict[ComparisonOperator, Callable[[Any, Any], bool]] = {
    ComparisonOperator.GREATER: operator.gt,
    ComparisonOperator.LESS: operator.lt,
    ComparisonOperator.GREATER_OR_EQUAL: operator.ge,
    ComparisonOperator.LESS_OR_EQUAL: operator.le,
}


class Condition(Block):
    """Compare two values and send one value on the way that the answer chooses.

    Numbers given as text are compared as numbers, also when both are text ("10" > "9"). Texts that are no
    numbers are compared by alphabet, lists item by item; true and false are compared with the texts "true"
    and "false". What has no order (a dictionary, a text and a number) fails with `<` and `>`, and is simply
    different with `==`. Where the value of the chosen way is not given, `value1` itself is sent.
    """

    id = "715696a0-e1da-45c8-b209-c2fa9c3b0be6"
    name = "ConditionBlock"
    categories = ("LOGIC",)
    is_pure = True

    class Input(BlockInput):
        value1: Any = pin(description="The first value.")
        operator: ComparisonOperator = pin(description="How to compare them.")
        value2: Any = pin(description="The second value.")
        yes_value: Any = pin(None, description="What to send if it is true; else the first value.")
        no_value: Any = pin(None, description="What to send if it is false; else the first value.")

    class Output(BlockOutput):
        result: bool = pin(description="The answer.")
        yes_output: Any = pin(description="The value, if the answer is true.")
        no_output: Any = pin(description="The value, if the answer is false.")

    examples = (
        Example(
            input={"value1": 10, "operator": ">", "value2": 5, "yes_value": "Greater", "no_value": "Not greater"},
            output=[("result", True), ("yes_output", "Greater")],
        ),
        Example(
            input={"value1": "10", "operator": "<", "value2": 9},
            output=[("result", False), ("no_output", "10")],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        result = _compare(inputs.value1, inputs.operator, inputs.value2)
        yield "result", result
        if result:
            yield "yes_output", _first_given(inputs.yes_value, inputs.value1)
        else:
            yield "no_output", _first_given(inputs.no_value, inputs.value1)


class IfInputMatches(Block):
    """Say whether a value is the same as another, and send one value on the way that the answer chooses.

    1, 1.0 and the text "1" match one another; two texts match only if they are the same to the letter. Where
    the value of the chosen way is not given, the input itself is sent.
    """

    id = "6dbbc4b3-ca6c-42b6-b508-da52d23e13f2"
    name = "IfInputMatchesBlock"
    categories = ("LOGIC",)
    is_pure = True

    class Input(BlockInput):
        input: Any = pin(description="The value to look at.")
        value: Any = pin(description="The value that it should be.")
        yes_value: Any = pin(None, description="What to send if it matches; else the input.")
        no_value: Any = pin(None, description="What to send if it does not match; else the input.")

    class Output(BlockOutput):
        result: bool = pin(description="Whether it matches.")
        yes_output: Any = pin(description="The value, if it matches.")
        no_output: Any = pin(description="The value, if it does not match.")

    examples = (
        Example(
            input={"input": 10, "value": 10, "yes_value": "Same", "no_value": "Other"},
            output=[("result", True), ("yes_output", "Same")],
        ),
        Example(input={"input": 10, "value": "None"}, output=[("result", False), ("no_output", 10)]),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        are_texts = isinstance(inputs.input, str) and isinstance(inputs.value, str)
        result = inputs.input == inputs.value if are_texts else _is_equal(inputs.input, inputs.value)
        yield "result", result
        if result:
            yield "yes_output", _first_given(inputs.yes_value, inputs.input)
        else:
            yield "no_output", _first_given(inputs.no_value, inputs.input)


def _first_given(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


def _compare(first: Any, how: ComparisonOperator, second: Any) -> bool:
    if how is ComparisonOperator.EQUAL:
        return _is_equal(first, second)
    if how is ComparisonOperator.NOT_EQUAL:
        return not _is_equal(first, second)
    first, second = _comparable(first, second)
    try:
        return bool(_ORDERINGS[how](first, second))
    except TypeError as error:
        kinds = f"{type(first).__name__} and {type(second).__name__}"
        raise BlockFailed(f"Values of type {kinds} have no order: {how.value} cannot compare them.") from error


def _is_equal(first: Any, second: Any) -> bool:
    first, second = _comparable(first, second)
    return identity(first) == identity(second)


def _comparable(first: Any, second: Any) -> tuple[Any, Any]:
    """Give both as numbers, or both as booleans, where text says one; else as they are."""
    numbers = number_of(first), number_of(second)
    if None not in numbers:
        return numbers
    if isinstance(first, bool) or isinstance(second, bool):
        return _as_boolean(first), _as_boolean(second)
    return first, second


def _as_boolean(value: Any) -> Any:
    named = {"true": True, "false": False}
    return named.get(value.strip().lower(), value) if isinstance(value, str) else value
