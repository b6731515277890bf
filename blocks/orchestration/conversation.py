"""The conversation of an orchestrator: how it begins, which calls it still waits for, and what is cut from it; it asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from blocks.llm.tokens import count_messages
from blocks.orchestration.calls import cut, value_text
from blocks.sdk.llm import Message, WantedCall, messages_from_wire
from schema.errors import InvalidInput, InvalidValue

#: Characters of the newest results, where cutting all older ones was not enough.
_SHORT_RESULT_CHARS: Final = 2_000


@dataclass(frozen=True)
class Opening:
    """What a conversation begins with, and the calls in it that nobody has answered."""

    messages: tuple[Message, ...]
    pending: tuple[WantedCall, ...] = ()


def opening(history: Sequence[Any], system: str, prompt: str, last_output: Any) -> Opening:
    """Give what is said before the model is asked.

    A history that waits for a call has its first one answered by `last_output`, which came along with it. What a history says
    already is not said again, so that a conversation may come back as often as it likes.
    """
    try:
        messages = messages_from_wire(history)
    except InvalidValue as error:
        raise InvalidInput(f"conversation_history: {error.message}") from error
    pending = pending_calls(messages)
    if pending:
        answered = Message("tool", cut(value_text(last_output)), call_id=pending[0].id)
        messages, pending = (*messages, answered), pending[1:]
    if system and not any(message.role == "system" for message in messages):
        messages = (Message("system", system), *messages)
    if not pending and not any(message.role == "user" and message.text == prompt for message in messages):
        messages = (*messages, Message("user", prompt))
    return Opening(messages, pending)


def pending_calls(messages: Sequence[Message]) -> tuple[WantedCall, ...]:
    """Give the calls of a conversation that nothing answers, the oldest first."""
    answered = {message.call_id for message in messages if message.role == "tool"}
    return tuple(call for message in messages for call in message.calls if call.id not in answered)


def compacted(messages: Sequence[Message], tokens_max: int) -> tuple[Message, ...]:
    """Give the conversation so that it has no more tokens, as far as cutting results of tools can do that: the oldest first."""
    over = count_messages(messages) - tokens_max
    found = list(messages)
    last = max((place for place, message in enumerate(found) if message.role == "assistant"), default=0)
    for place, message in enumerate(found):
        if over <= 0:
            break
        if message.role == "tool":
            found[place] = _shorter(message, is_old=place < last)
            over -= count_messages((message,)) - count_messages((found[place],))
    return tuple(found)


def _shorter(message: Message, *, is_old: bool) -> Message:
    if is_old:
        text = f"[cut: an earlier result of {len(message.text)} characters]"
        return replace(message, text=min(text, message.text, key=len))
    return replace(message, text=cut(message.text, _SHORT_RESULT_CHARS))


def to_wire(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [message.to_wire() for message in messages]
