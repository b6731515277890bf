"""Asking a model what to do next, until it answers in a way that can be followed; it calls no tool and keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from blocks.llm.pins import Asking
from blocks.llm.tokens import count_tokens
from blocks.orchestration.calls import Wanted, checked, error_text, named
from blocks.orchestration.conversation import compacted
from blocks.sdk import BlockFailed, Context, Tool
from blocks.sdk.llm import LlmAnswer, LlmRequest, Message, OfferedTool

_SAY_SOMETHING = "You answered nothing. Call a function, or say what the result is."


@dataclass(frozen=True)
class Choosing:
    """How a model is let choose, whatever it is asked: the same for all rounds of an execution."""

    asking: Asking
    tools: Sequence[Tool]
    #: How often it may answer in a row in a way that cannot be followed.
    tries: int
    allows_several: bool
    is_compacting: bool
    #: Whether one right call is enough to go on, the wrong ones being told back with its result.
    takes_some: bool

    def request(self, messages: Sequence[Message]) -> LlmRequest:
        """Give a request for the next choice. Raises BlockFailed where the conversation does not fit the model."""
        offered = tuple(OfferedTool(tool.name, tool.description, tool.parameters) for tool in self.tools)
        if self.is_compacting:
            room = self.asking.prompt_tokens - sum(
                count_tokens(f"{one.description}{one.parameters}") for one in offered
            )
            messages = compacted(messages, room)
        return self.asking.request(
            messages, is_cut=self.is_compacting, tools=offered, allows_several_calls=self.allows_several
        )


@dataclass(frozen=True)
class Choice:
    """What a model chose: the messages that were said until then, its own last, and its calls; none: its text is the end."""

    said: tuple[Message, ...]
    calls: tuple[Wanted, ...]

    @property
    def text(self) -> str:
        return self.said[-1].text


async def choose(choosing: Choosing, messages: Sequence[Message], context: Context) -> Choice:
    """Ask until the model calls tools rightly or ends. Raises BlockFailed where it does neither in all its tries."""
    said: list[Message] = []
    wrong = ""
    for attempt in range(1, choosing.tries + 1):
        request = choosing.request([*messages, *said])
        answer = await choosing.asking.ask(context, request, lambda piece: context.stream("finished", piece))
        message, calls = _read(choosing, answer, [*messages, *said], f"{context.execution}_{context.step}_{attempt}")
        if _is_followed(choosing, message, calls):
            return Choice((*said, message), calls)
        wrong = next((one.problem for one in calls if one.problem is not None), "It was empty.")
        context.log("warning", f"The model's answer cannot be followed ({attempt} of {choosing.tries}): {wrong}")
        said += _told_back(message, calls)
    model, tries = choosing.asking.model, choosing.tries
    raise BlockFailed(
        f"The model {model} gave no answer that could be followed in {tries} tries. The last one: {wrong}"
    )


def _read(
    choosing: Choosing, answer: LlmAnswer, messages: Sequence[Message], place: str
) -> tuple[Message, tuple[Wanted, ...]]:
    """Give an answer as the conversation goes on with it, and its calls, looked at."""
    wanted = answer.calls if choosing.allows_several else answer.calls[:1]
    taken = {call.id for message in messages for call in message.calls}
    calls = named(wanted, taken, place)
    return replace(answer.message(), calls=calls), checked(calls, choosing.tools)


def _is_followed(choosing: Choosing, message: Message, calls: Sequence[Wanted]) -> bool:
    if not calls:
        return bool(message.text.strip())
    right = [one for one in calls if one.problem is None]
    return len(right) == len(calls) or (choosing.takes_some and bool(right))


def _told_back(message: Message, calls: Sequence[Wanted]) -> list[Message]:
    """Give what a model is told of an answer that cannot be followed: each of its calls needs an answer."""
    if not calls:
        return [Message("user", _SAY_SOMETHING)]
    not_made = "It was not called, for another call of this answer is wrong."
    told = [Message("tool", error_text(one.problem or not_made), call_id=one.call.id, is_error=True) for one in calls]
    return [message, *told]
