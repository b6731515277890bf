"""Prompts that fit a model's window: the longest messages lose their middle; instructions and the last words are kept longest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
    while over > 0:
        sizes = [count_tokens(one.text) for one in found]
        longest = max(range(len(found)), key=lambda place: sizes[place])
        if sizes[longest] <= _LEAST_TOKENS:
            raise BlockFailed(f"The prompt does not fit the model, which takes {tokens_max} tokens beside its answer.")
        # At most half at a time, so that two long messages share what is lost.
        keep = max(sizes[longest] - over - _MARK_TOKENS, sizes[longest] // 2, 1)
        text = _shortened(found[longest].text, keep / sizes[longest])
        found[longest] = replace(found[longest], text=text)
        over = count_messages(found) - tokens_max
    return tuple(found)


def _shortened(text: str, part: float) -> str:
    """Give a text with about so much of it, its begin and its end."""
    half = int(len(text) * part) // 2
    tail = text[len(text) - half :] if half else ""
    return f"{text[:half]}{_CUT.format(count=len(text) - 2 * half)}{tail}"
