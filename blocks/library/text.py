"""Blocks that make, take apart and search text; they never use `re` or Jinja themselves, which have no bounds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.bounds import check_bytes, check_emissions
from blocks.sdk.patterns import compile_pattern
from blocks.sdk.templates import render
from blocks.sdk.texts import LongText, text_of
from schema.limits import LIMITS


class FillTextTemplate(Block):
    """Fill a template, in Jinja's syntax, with values; a variable that is not given is empty."""

    id = "db7d8f02-2f44-4c55-ab7a-eae0941f0c30"
    name = "FillTextTemplateBlock"
    categories = ("TEXT",)
    is_pure = True

    class Input(BlockInput):
        values: dict[str, Any] = pin(description="The values, by the names that the template uses.")
        format: LongText = pin(description="The template.", placeholder="Hello {{ name }}!")
        escape_html: bool = pin(False, description="Escape HTML in the values.")

    class Output(BlockOutput):
        output: str = pin(description="The text.")

    examples = (
        Example(input={"values": {"name": "Ada"}, "format": "Hello {{ name }}!"}, output=[("output", "Hello Ada!")]),
        Example(
            input={"values": {"list": [1, 2]}, "format": "{% for item in list %}<{{ item }}>{% endfor %}"},
            output=[("output", "<1><2>")],
        ),
        Example(input={"values": {}, "format": "{{ name"}, output=[], error="The template cannot be rendered"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "output", await render(inputs.format, inputs.values, escape_html=inputs.escape_html)


class CombineTexts(Block):
    """Put texts one after the other, with a delimiter between them."""

    id = "e30a4d42-7b7d-4e6a-b36e-1f9b8e3b7d85"
    name = "CombineTextsBlock"
    categories = ("TEXT",)
    is_pure = True

    class Input(BlockInput):
        input: list[str] = pin(description="The texts.")
        delimiter: str = pin("", description="What stands between them.")

    class Output(BlockOutput):
        output: str = pin(description="The whole text.")

    examples = (Example(input={"input": ["a", "b"], "delimiter": ", "}, output=[("output", "a, b")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        check_bytes(sum(map(len, inputs.input)) + len(inputs.delimiter) * len(inputs.input), "The text")
        yield "output", inputs.delimiter.join(inputs.input)


class TextSplit(Block):
    """Split a text at each place where the delimiter stands."""

    id = "d5ea33c8-a575-477a-b42f-2fe3be5055ec"
    name = "TextSplitBlock"
    categories = ("TEXT",)
    is_pure = True

    class Input(BlockInput):
        text: str = pin(description="The text.")
        delimiter: str = pin(description="Where to split it.")
        strip: bool = pin(True, description="Take white space off both ends of each part.")

    class Output(BlockOutput):
        texts: list[str] = pin(description="The parts.")

    examples = (
        Example(input={"text": "a, b", "delimiter": ","}, output=[("texts", ["a", "b"])]),
        Example(input={"text": "a", "delimiter": ""}, output=[], error="delimiter is empty"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not inputs.delimiter:
            raise BlockFailed("The delimiter is empty: there is no place to split at.")
        # Each part costs at least two quotation marks and a comma.
        check_bytes(3 * (inputs.text.count(inputs.delimiter) + 1), "The list of parts")
        parts = inputs.text.split(inputs.delimiter)
        yield "texts", [part.strip() for part in parts] if inputs.strip else parts


class TextReplace(Block):
    """Replace a text by another, wherever it stands in a text; an empty one stands between all characters."""

    id = "7e7c87ab-3469-4bcc-9abe-67705091b713"
    name = "TextReplaceBlock"
    categories = ("TEXT",)
    is_pure = True

    class Input(BlockInput):
        text: str = pin(description="The text.")
        old: str = pin(description="What to replace.")
        new: str = pin(description="What to put in its place.")

    class Output(BlockOutput):
        output: str = pin(description="The text with the replacements.")

    examples = (
        Example(input={"text": "Hello, World!", "old": "Hello", "new": "Hi"}, output=[("output", "Hi, World!")]),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        growth = len(inputs.new) - len(inputs.old)
        if growth > 0:
            check_bytes(len(inputs.text) + growth * inputs.text.count(inputs.old), "The text")
        yield "output", inputs.text.replace(inputs.old, inputs.new)


class MatchTextPattern(Block):
    """Send data one way if a pattern (RE2) is found anywhere in a text, and the other way if not.

    A value that is no text is searched as JSON text.
    """

    id = "3060088f-6ed9-4928-9ba7-9c92823a7ccd"
    name = "MatchTextPatternBlock"
    categories = ("TEXT",)
    is_pure = True

    class Input(BlockInput):
        text: Any = pin(description="The text to search.")
        match: str = pin(description="The pattern.")
        data: Any = pin(description="What to send.")
        case_sensitive: bool = pin(True, description="Whether `a` and `A` differ.")
        dot_all: bool = pin(True, description="Whether `.` also stands for the end of a line.")

    class Output(BlockOutput):
        positive: Any = pin(description="The data, if the pattern is found.")
        negative: Any = pin(description="The data, if it is not.")

    examples = (
        Example(input={"text": "ABC", "match": "ab", "data": "X", "case_sensitive": False}, output=[("positive", "X")]),
        Example(input={"text": "ABC", "match": "ab", "data": "X"}, output=[("negative", "X")]),
        Example(input={"text": "ABC", "match": "(?=B)", "data": "X"}, output=[], error="look-ahead is not supported"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        pattern = compile_pattern(inputs.match, case_sensitive=inputs.case_sensitive, dot_all=inputs.dot_all)
        yield "positive" if pattern.search(text_of(inputs.text)) else "negative", inputs.data


class ExtractTextInformation(Block):
    """Find a pattern (RE2) in a text and give what it, or one of its groups, matched: the first time or each time.

    A value that is no text is searched as JSON text. A group that the pattern does not have, or that took no
    part in a match, matches nothing; if nothing is matched the text is given as `negative`.
    """

    id = "3146e4fe-2cdd-4f29-bd12-0c9d5bb4deb0"
    name = "ExtractTextInformationBlock"
    categories = ("TEXT",)
    is_pure = True

    class Input(BlockInput):
        text: Any = pin(description="The text to search.")
        pattern: str = pin(description="The pattern.")
        group: int = pin(0, description="The group to give; 0: all that matched.")
        case_sensitive: bool = pin(True, description="Whether `a` and `A` differ.")
        dot_all: bool = pin(True, description="Whether `.` also stands for the end of a line.")
        find_all: bool = pin(False, description="Find each match, not only the first.")

    class Output(BlockOutput):
        positive: str = pin(description="What matched.")
        negative: str = pin(description="The text, if nothing matched.")
        matched_results: list[str] = pin(description="All that matched.")
        matched_count: int = pin(description="How many they are.")

    examples = (
        Example(
            input={"text": "a=1, b=2", "pattern": r"(\w)=(\d)", "group": 2, "find_all": True},
            output=[("positive", "1"), ("positive", "2"), ("matched_results", ["1", "2"]), ("matched_count", 2)],
        ),
        Example(
            input={"text": "none", "pattern": r"\d"},
            output=[("negative", "none"), ("matched_results", []), ("matched_count", 0)],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        text = text_of(inputs.text)
        pattern = compile_pattern(inputs.pattern, case_sensitive=inputs.case_sensitive, dot_all=inputs.dot_all)
        results = _matches(pattern, text, inputs.group, None if inputs.find_all else 1)
        for result in results:
            yield "positive", result
        if not results:
            yield "negative", text
        yield "matched_results", results
        yield "matched_count", len(results)


def _matches(pattern: Any, text: str, group: int, count_max: int | None) -> list[str]:
    if not 0 <= group <= pattern.groups:
        return []
    results: list[str] = []
    for number, match in enumerate(pattern.finditer(text)):
        if number == count_max:
            break
        if number > LIMITS.execution_emissions_max:
            check_emissions(number, "The matches, of which there are more still,")
        matched = match.group(group)
        if matched is not None:
            results.append(matched)
    check_emissions(len(results) + 2, "All matches")
    return results
