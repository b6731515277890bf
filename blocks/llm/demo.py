"""The provider `demo`: answers made from the request alone, without a key, a network or a model; it is never asked by accident.

Every answer says what it is: texts begin with `[demo]`, and so does each text in an answer of JSON. The same request has the same
answer. It may be shown word by word, as a model would write it. What is offered is used: each tool is called once with arguments
of its schema (those that the prompt names, where it names any), and then the conversation ends. Tokens are counted by
`blocks.llm.tokens`, and cost nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from blocks.llm.demo_texts import text_for
from blocks.llm.demo_values import value_for
from blocks.llm.schemas import instruction
from blocks.llm.tokens import count_messages, count_tokens
from blocks.sdk.credentials import ApiKey, Credential
from blocks.sdk.llm import LlmAnswer, LlmRequest, LlmUsage, OfferedTool, OnText, WantedCall
from schema.block import BlockSpec
from schema.credentials import DEMO, CredentialType, Reference, reference_of, requirements_of

#: What a block is given where the demo stands in for a credential.
CREDENTIAL: Final = ApiKey(Reference(DEMO, DEMO, CredentialType.API_KEY.value, "Demo"))
#: Seconds for which text is shown word by word: what is left then comes at once, so that a long answer keeps nobody.
SHOWING_SECONDS_MAX: Final = 20.0
_WORD: Final = re.compile(r"\S+\s*|\s+")
_SHOWN_CHARS: Final = 200


def lend(spec: BlockSpec, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Credential]]:
    """Give a block's inputs with the demo's reference where it may stand in and none is, and the credentials so lent, by pin."""
    lent = [one.pin for one in requirements_of(spec) if one.has_demo and reference_of(inputs.get(one.pin)) is None]
    references = {pin: CREDENTIAL.reference.to_wire() for pin in lent}
    return {**inputs, **references}, dict.fromkeys(lent, CREDENTIAL)


def answer(request: LlmRequest) -> LlmAnswer:
    """Answer a request."""
    calls = tuple(_calls(request))
    if calls:
        text = ""
    elif request.answer_schema is not None:
        text = orjson.dumps(value_for(request.answer_schema, "answer"), option=orjson.OPT_INDENT_2).decode()
    elif request.tools and _called(request):
        text = _closing(request)
    else:
        text = text_for([one for one in request.messages if one.text])
    is_cut = request.answer_schema is None and request.max_tokens is not None and _tokens_over(text, request.max_tokens)
    if is_cut:
        text = text[: 4 * (request.max_tokens or 0)]
    return LlmAnswer(
        text=text,
        model=request.model,
        provider=DEMO,
        stop_reason="calls" if calls else "length" if is_cut else "end",
        calls=calls,
        id=f"demo-{_digest(request)[:24]}",
        usage=LlmUsage(count_messages(request.messages), count_tokens(text) + 8 * len(calls), 0),
    )


async def show(text: str, on_text: OnText, words_per_second: float) -> None:
    """Show an answer's text while it grows, so many words a second; 0: all of it at once."""
    shown = 0
    for number in range(int(words_per_second * SHOWING_SECONDS_MAX)):
        word = _WORD.match(text, shown)
        if word is None:
            return
        if number:
            await asyncio.sleep(1 / words_per_second)
        on_text(word[0])
        shown = word.end()
    if text[shown:]:
        on_text(text[shown:])


def _tokens_over(text: str, tokens_max: int) -> bool:
    return count_tokens(text) > tokens_max


def _digest(request: LlmRequest) -> str:
    said = [request.model, *(f"{one.role} {one.text}" for one in request.messages)]
    if request.answer_schema is not None:
        said.append(instruction(request.answer_schema))
    return hashlib.sha256("\n".join(said).encode("utf-8", "replace")).hexdigest()


def _turn(request: LlmRequest) -> int:
    """Give where the last turn of a person begins."""
    places = [place for place, one in enumerate(request.messages) if one.role == "user"]
    return places[-1] if places else 0


def _called(request: LlmRequest) -> set[str]:
    """Give the names of the tools that were called since a person said something last."""
    return {call.name for one in request.messages[_turn(request) :] for call in one.calls}


def _calls(request: LlmRequest) -> Iterator[WantedCall]:
    """Give the calls that are still to be made: all at once, or the next."""
    called = _called(request)
    left = [tool for tool in _needed(request) if tool.name not in called]
    for number, tool in enumerate(left if request.allows_several_calls else left[:1], len(called) + 1):
        arguments = value_for(tool.parameters, tool.name)
        yield WantedCall(f"demo_{_turn(request)}_{number}", tool.name, arguments if isinstance(arguments, dict) else {})


def _needed(request: LlmRequest) -> tuple[OfferedTool, ...]:
    """Give the tools that the prompt names; all of them where it names none."""
    said = "\n".join(one.text for one in request.messages if one.role in ("system", "user"))
    return tuple(tool for tool in request.tools if tool.name in said) or request.tools


def _closing(request: LlmRequest) -> str:
    results = [one.text for one in request.messages[_turn(request) :] if one.role == "tool"]
    told = "; ".join(result[:_SHOWN_CHARS] for result in results)
    return f"[demo] All tools were called. They gave: {told}" if told else "[demo] All tools were called."
