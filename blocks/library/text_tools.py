"""Blocks that count, encode, decode and take code out of text; they never run the code."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.bounds import check_bytes


class WordCharacterCount(Block):
    """Count the words of a text, which white space separates, and its characters."""

    id = "ab2a782d-22cf-4587-8a70-55b59b3f9f90"
    name = "WordCharacterCountBlock"
    categories = ("TEXT",)
    is_pure = True

    class Input(BlockInput):
        text: str = pin(description="The text.")

    class Output(BlockOutput):
        word_count: int = pin(description="How many words it has.")
        character_count: int = pin(description="How many characters it has.")

    examples = (Example(input={"text": "How are you?"}, output=[("word_count", 3), ("character_count", 12)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "word_count", len(inputs.text.split())
        yield "character_count", len(inputs.text)


class TextEncoder(Block):
    r"""Write a text with a Python string's escapes: a new line as \n, a backslash as \\, other scripts as \u20ac."""

    id = "5185f32e-4b65-4ecf-8fbb-873f003f09d6"
    name = "TextEncoderBlock"
    categories = ("TEXT",)
    is_pure = True

    class Input(BlockInput):
        text: str = pin(description="The text.")

    class Output(BlockOutput):
        encoded_text: str = pin(description="The text with escapes.")

    examples = (Example(input={"text": 'a\n"b"'}, output=[("encoded_text", 'a\\n"b"')]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "encoded_text", inputs.text.encode("unicode_escape").decode("ascii")


_ESCAPE: Final = re.compile(r"""\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|[\\'"abfnrtv])""")


class TextDecoder(Block):
    r"""Read the escapes in a text (\n, \t, \\, \", \xe9, \u20ac and so on); what is no escape stays as it is."""

    id = "2570e8fe-8447-43ed-84c7-70d657923231"
    name = "TextDecoderBlock"
    categories = ("TEXT",)
    is_pure = True

    class Input(BlockInput):
        text: str = pin(description="The text with escapes.")

    class Output(BlockOutput):
        decoded_text: str = pin(description="The text.")

    examples = (
        Example(input={"text": "a\\nb \\u20ac"}, output=[("decoded_text", "a\nb €")]),
        Example(input={"text": "\\Uffffffff"}, output=[], error="no character"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        try:
            text = _ESCAPE.sub(lambda match: match[0].encode().decode("unicode_escape"), inputs.text)
            # JSON writes a character beyond U+FFFF as two escapes.
            yield "decoded_text", text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeError as error:
            raise BlockFailed(f"An escape in the text is no character: {error}") from error


#: Each pin with the names by which a block of code says that it is of this language.
_LANGUAGES: Final = {
    "html": ("html", "htm"),
    "css": ("css",),
    "javascript": ("javascript", "js"),
    "python": ("python", "py"),
    "sql": ("sql",),
    "java": ("java",),
    "cpp": ("cpp", "c++"),
    "csharp": ("csharp", "c#", "cs"),
    "json_code": ("json",),
    "bash": ("bash", "shell", "sh"),
    "php": ("php",),
    "ruby": ("ruby", "rb"),
    "yaml": ("yaml", "yml"),
    "markdown": ("markdown", "md"),
    "typescript": ("typescript", "ts"),
    "xml": ("xml",),
}
_PIN_OF: Final = {alias: language for language, aliases in _LANGUAGES.items() for alias in aliases}
_FENCE: Final = re.compile(r"^[ \t]{0,3}(`{3,})[ \t]*([^\s`]*)[^`]*$")


class CodeExtraction(Block):
    """Take the fenced blocks of code out of a text, by language; several of one language are joined by an empty line.

    A block without a language, or of one that has no pin here, stays in the remaining text.
    """

    id = "d3a7d896-3b78-4f44-8b4b-48fbf4f0bcd8"
    name = "CodeExtractionBlock"
    categories = ("TEXT",)
    is_pure = True

    class Input(BlockInput):
        text: str = pin(description="The text, such as a model's answer.")

    class Output(BlockOutput):
        html: str = pin(description="The HTML.")
        css: str = pin(description="The CSS.")
        javascript: str = pin(description="The JavaScript.")
        python: str = pin(description="The Python.")
        sql: str = pin(description="The SQL.")
        java: str = pin(description="The Java.")
        cpp: str = pin(description="The C++.")
        csharp: str = pin(description="The C#.")
        json_code: str = pin(description="The JSON.")
        bash: str = pin(description="The shell script.")
        php: str = pin(description="The PHP.")
        ruby: str = pin(description="The Ruby.")
        yaml: str = pin(description="The YAML.")
        markdown: str = pin(description="The Markdown.")
        typescript: str = pin(description="The TypeScript.")
        xml: str = pin(description="The XML.")
        remaining_text: str = pin(description="The text without the code.")

    examples = (
        Example(
            input={"text": "Run:\n```python\nprint(1)\n```\nDone."},
            output=[("python", "print(1)"), ("remaining_text", "Run:\nDone.")],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        check_bytes(3 * inputs.text.count("\n"), "The list of lines")
        codes, rest = _extract(inputs.text.splitlines())
        for language in _LANGUAGES:
            if language in codes:
                yield language, "\n\n".join(codes[language])
        if rest:
            yield "remaining_text", rest


def _extract(lines: list[str]) -> tuple[dict[str, list[str]], str]:
    """Give the code by pin and the text without it; a fence that is never closed is text."""
    codes: dict[str, list[str]] = {}
    rest: list[str] = []
    start, pin_name, fence = 0, "", ""
    for number, line in enumerate(lines):
        if fence:
            if line.strip() and not line.strip().strip("`") and len(line.strip()) >= len(fence):
                codes.setdefault(pin_name, []).append("\n".join(lines[start + 1 : number]).strip("\n"))
                fence = ""
            continue
        opening = _FENCE.match(line)
        known = _PIN_OF.get(opening[2].lower()) if opening else None
        if opening and known:
            start, pin_name, fence = number, known, opening[1]
        else:
            rest.append(line)
    if fence:
        rest.extend(lines[start:])
    return codes, "\n".join(rest).strip()
