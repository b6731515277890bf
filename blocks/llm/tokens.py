"""About how many tokens a text has, cutting texts by tokens, and reading counts that are told; no provider is asked for one.

Four characters of ASCII are about a token of English; of other writing each character is counted as one, which is too many rather
than too few.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from blocks.sdk.llm import Message

_ASCII_CHARS_A_TOKEN = 4
#: Tokens that a message costs beside its text.
_MESSAGE_TOKENS = 4
#: Tokens of one call that a provider may tell: more is no count, and sums of it would not fit their column.
_TOLD_TOKENS_MAX: Final = 1_000_000_000


def count_tokens(text: str) -> int:
    """Give about how many tokens a text has."""
    return -(-_quarters(text) // _ASCII_CHARS_A_TOKEN)


def _quarters(text: str) -> int:
    """Give a text's size in characters of ASCII."""
    ascii_chars = len(text.encode("ascii", "ignore"))
    return ascii_chars + _ASCII_CHARS_A_TOKEN * (len(text) - ascii_chars)


def count_messages(messages: Iterable[Message]) -> int:
    """Give about how many tokens a conversation has, its calls included."""
    total = 0
    for message in messages:
        calls = sum(count_tokens(f"{call.name}{dict(call.arguments)}") for call in message.calls)
        total += _MESSAGE_TOKENS + count_tokens(message.text) + calls
    return total


def told_number(value: Any, most: int = _TOLD_TOKENS_MAX, times: int = 1) -> int | None:
    """Give a number as a provider tells it, so many times; None for what is none, is below zero, or is beyond belief."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return None
    return round(value * times)


def chunks_of(text: str, tokens_max: int, overlap_tokens: int) -> list[str]:
    """Cut a text into pieces of at most so many tokens, between words, each with the end of the one before it."""
    words = _words(text, tokens_max)
    chunks: list[str] = []
    begin = 0
    while begin < len(words):
        end, room = begin, _ASCII_CHARS_A_TOKEN * tokens_max
        while end < len(words) and (end == begin or words[end][1] <= room):
            room -= words[end][1]
            end += 1
        chunks.append("".join(word for word, _ in words[begin:end]).strip())
        if end >= len(words):
            break
        begin = max(begin + 1, _back(words, end, _ASCII_CHARS_A_TOKEN * overlap_tokens))
    return [chunk for chunk in chunks if chunk]


def _words(text: str, tokens_max: int) -> list[tuple[str, int]]:
    """Give words, each with the space behind it and its size; one that is longer than a piece is cut."""
    chars_max = max(1, tokens_max - 1)
    found = []
    for line in text.splitlines(keepends=True):
        for word in line.split(" "):
            parts = [word[at : at + chars_max] for at in range(0, len(word), chars_max)] or [""]
            parts[-1] += " "
            found += [(part, _quarters(part)) for part in parts]
    return found


def _back(words: list[tuple[str, int]], end: int, room: int) -> int:
    """Give where the words before a place begin that fit into so much room."""
    while end > 0 and room >= words[end - 1][1]:
        end -= 1
        room -= words[end][1]
    return end
