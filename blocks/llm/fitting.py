"""Prompts that fit a model's window: the longest messages lose their middle; instructions and the last words are kept longest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush
from typing import Final

from blocks.llm.tokens import count_messages, count_tokens
from blocks.sdk.llm import Message
from schema.errors import BlockFailed

_CUT: Final = "\n... [{count} characters are left out here, so that the prompt fits the model] ...\n"
#: Tokens of a message that nothing is cut from, and that a cut costs by itself.
_LEAST_TOKENS: Final = 64
_MARK_TOKENS: Final = 24


def fitted(messages: Sequence[Message], tokens_max: int, *, is_cut: bool = True) -> tuple[Message, ...]:
    """Give messages of at most so many tokens. Raises BlockFailed where they are more and may not be cut, or cannot be."""
    found = list(messages)
    over = count_messages(found) - tokens_max
    if over > 0 and not is_cut:
        raise BlockFailed(
            f"The prompt has about {over + tokens_max} tokens, and the model takes {tokens_max} beside its answer: "
            "give it less, choose a model with a larger window, or let it be compressed."
        )
    # The longest first: a conversation may have thousands of messages, and they are not all measured for each cut.
    longest = [(-count_tokens(one.text), place) for place, one in enumerate(found)] if over > 0 else []
    heapify(longest)
    while over > 0:
        negative, place = heappop(longest)
        size = -negative
        if size <= _LEAST_TOKENS:
            raise BlockFailed(f"The prompt does not fit the model, which takes {tokens_max} tokens beside its answer.")
        # At most half at a time, so that two long messages share what is lost.
        keep = max(size - over - _MARK_TOKENS, size // 2, 1)
        text = _shortened(found[place].text, keep / size)
        found[place] = replace(found[place], text=text)
        left = count_tokens(text)
        over -= size - left
        heappush(longest, (-left, place))
    return tuple(found)


def _shortened(text: str, part: float) -> str:
    """Give a text with about so much of it, its begin and its end."""
    half = int(len(text) * part) // 2
    tail = text[len(text) - half :] if half else ""
    return f"{text[:half]}{_CUT.format(count=len(text) - 2 * half)}{tail}"
