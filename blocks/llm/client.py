"""Asking a model once, whoever runs it; and answers of JSON, told back to the model until they fit; it remembers nothing.

`ask_once` is one request to one provider: what a run remembers is its answer. `complete` is what a block is given over it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from blocks.llm import anthropic_messages, demo, openai_chat, openai_responses
from blocks.llm.endpoints import ANTHROPIC, Endpoint, endpoint_of
from blocks.llm.failures import failure_of
from blocks.llm.models import Model, find_model
from blocks.llm.schemas import ANSWER, as_object, instruction, read_answer
from blocks.llm.sdks import anthropic_client, openai_client
from blocks.llm.tokens import count_messages, count_tokens
from blocks.sdk.context import Http
from blocks.sdk.credentials import ApiKey
from blocks.sdk.llm import LlmAnswer, LlmRequest, LlmUsage, Message, OnText, WantedCall, is_too_deep
from schema.credentials import DEMO
from schema.errors import BlockFailed, Unavailable, shorten

#: Repairs that a block may ask for.
_REPAIRS_MAX: Final = 10
_PROBLEM_CHARS_MAX: Final = 2_000
#: Characters of a model's name: what is used is summed and listed by it.
_MODEL_CHARS_MAX: Final = 200


#: Ask a model once.
Ask = Callable[[LlmRequest, ApiKey, OnText | None], Awaitable[LlmAnswer]]


async def ask_once(
    http: Http | None,
    request: LlmRequest,
    credential: ApiKey,
    idempotency_key: str,
    on_text: OnText | None = None,
    *,
    base_urls: Mapping[str, str] = MappingProxyType({}),
    demo_words_per_second: float = 0,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> LlmAnswer:
    """Ask the provider of a credential; give its answer with what it used and cost. Raises as `Llm.complete` does.

    `base_urls` are the operator's own, by provider. What is shown of the demo's text grows at its pace; 0: it is there at once.
    """
    if len(request.model) > _MODEL_CHARS_MAX:
        raise BlockFailed(f"The name of a model has at most {_MODEL_CHARS_MAX} characters.")
    if not request.messages:
        raise BlockFailed("There is nothing to ask the model: the prompt is empty.")
    if credential.reference.provider == DEMO:
        made = demo.answer(request)
        if on_text is not None:
            await demo.show(made.text, on_text, demo_words_per_second)
        return made
    assert http is not None
    endpoint = endpoint_of(request, credential, base_urls)
    model = find_model(request.model, endpoint.provider)
    try:
        async with asyncio.timeout(request.seconds_max):
            answer = await _ask_provider(http, endpoint, model, request, idempotency_key, on_text)
    except TimeoutError as error:
        raise Unavailable(
            f"{endpoint.provider} did not finish its answer within {request.seconds_max:g} seconds."
        ) from error
    except Exception as error:  # noqa: BLE001 - two SDKs, each with a tree of its own, and what they let through.
        # The cause is not chained: it holds the request, and the request its key.
        raise failure_of(error, endpoint, clock()) from None
    return replace(
        answer,
        text=_storable(answer.text),
        reasoning=_storable(answer.reasoning),
        id=_storable(answer.id),
        calls=tuple(_storable_call(call) for call in answer.calls),
        annotations=tuple(_storable(dict(one)) for one in answer.annotations if not is_too_deep(one)),
        usage=_usage(answer, request, model),
    )


def _storable(value: Any) -> Any:
    """Give a value that can be kept as JSON: what cannot stand in a text there (NUL, half of a pair of surrogates, at which an
    answer may be cut) is left out of it or becomes a mark. It was paid for, so it does not fail for that."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_storable(str(key)): _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


def _storable_call(call: WantedCall) -> WantedCall:
    return replace(call, id=_storable(call.id), name=_storable(call.name), arguments=_storable(dict(call.arguments)))


async def _ask_provider(
    http: Http, endpoint: Endpoint, model: Model, request: LlmRequest, key: str, on_text: OnText | None
) -> LlmAnswer:
    if endpoint.provider == ANTHROPIC:
        made = await anthropic_client(http, endpoint, request.seconds_max)
        async with made as client:
            return await anthropic_messages.ask(client, endpoint, model, request, key, on_text)
    made = await openai_client(http, endpoint, request.seconds_max)
    async with made as client:
        if model.is_for_responses:
            return await openai_responses.ask(client, endpoint, request, key, on_text)
        return await openai_chat.ask(client, endpoint, model, request, key, on_text)


def _usage(answer: LlmAnswer, request: LlmRequest, model: Model) -> LlmUsage:
    """Give what an answer used: as its provider says, else as it is counted here; the cost, where a price is known."""
    used = answer.usage
    if not used.input_tokens and not used.output_tokens:
        used = replace(used, input_tokens=count_messages(request.messages), output_tokens=count_tokens(answer.text))
    if used.cost_micro_usd is not None or model.provider != answer.provider:
        return used
    return replace(used, cost_micro_usd=model.cost_micro_usd(used.input_tokens, used.output_tokens))


async def complete(ask: Ask, request: LlmRequest, credential: ApiKey, on_text: OnText | None) -> LlmAnswer:
    """Ask until the answer fits the schema that is asked for, if one is, at most so often as the request says."""
    if request.answer_schema is None:
        return await ask(request, credential, on_text)
    clock = asyncio.get_running_loop().time
    deadline, total, problem = clock() + request.seconds_max, None, ""
    schema, is_wrapped = as_object(request.answer_schema)
    messages = _instructed(request.messages, instruction(schema))
    tries = 1 + max(0, min(request.repairs, _REPAIRS_MAX))
    for _ in range(tries):
        left = max(0.001, deadline - clock())
        asked = replace(request, messages=messages, answer_schema=schema, seconds_max=left)
        answer = await ask(asked, credential, on_text)
        total = _sum(total, answer.usage)
        _check_end(answer)
        data, wrong = read_answer(answer.text, schema)
        if wrong is not None and is_wrapped:
            data, is_bare = _bare(answer.text, request.answer_schema)
            wrong = None if is_bare else wrong
        elif is_wrapped:
            data = data[ANSWER]
        if wrong is None:
            return replace(answer, data=data, usage=total)
        problem = shorten(wrong, _PROBLEM_CHARS_MAX)
        told = f"Your answer cannot be used. {problem}\nGive the whole answer again, as JSON only."
        messages = (*messages, answer.message(), Message("user", told))
    raise BlockFailed(f"{request.model} gave no answer that fits in {tries} tries: {problem}")


def _bare(text: str, schema: Any) -> tuple[Any, bool]:
    """Read an answer that was given without the object around it."""
    data, wrong = read_answer(text, schema)
    return data, wrong is None


def _instructed(messages: tuple[Message, ...], told: str) -> tuple[Message, ...]:
    """Give a conversation whose first message, the system's, ends with an instruction."""
    if messages and messages[0].role == "system":
        return (replace(messages[0], text=f"{messages[0].text}\n\n{told}"), *messages[1:])
    return (Message("system", told), *messages)


def _check_end(answer: LlmAnswer) -> None:
    """Raise BlockFailed for an end after which asking again would end alike."""
    if answer.stop_reason == "length":
        raise BlockFailed(f"{answer.model} met the limit of its answer: set `max_tokens` higher, or ask for less.")
    if answer.stop_reason == "refused":
        said = answer.reasoning or answer.text
        raise BlockFailed(f"{answer.model} refused to answer{f': {shorten(said, 300)}' if said else '.'}")


def _sum(one: LlmUsage | None, other: LlmUsage) -> LlmUsage:
    if one is None:
        return other
    is_known = one.cost_micro_usd is not None and other.cost_micro_usd is not None
    return LlmUsage(
        one.input_tokens + other.input_tokens,
        one.output_tokens + other.output_tokens,
        (one.cost_micro_usd or 0) + (other.cost_micro_usd or 0) if is_known else None,
        one.calls + other.calls,
    )


@dataclass(frozen=True)
class DirectLlm:
    """`context.llm` of a block that is run by itself: nothing remembers the answer. Without a way out only the demo answers."""

    http: Http | None = None
    base_urls: Mapping[str, str] = field(default_factory=dict)

    async def complete(self, request: LlmRequest, credential: ApiKey, on_text: OnText | None = None) -> LlmAnswer:
        """Ask a model."""

        async def ask(asked: LlmRequest, key: ApiKey, listener: OnText | None) -> LlmAnswer:
            if self.http is None and key.reference.provider != DEMO:
                raise BlockFailed(f"The model {asked.model} can be asked in a run of a graph only.")
            return await ask_once(self.http, asked, key, secrets.token_hex(16), listener, base_urls=self.base_urls)

        return await complete(ask, request, credential, on_text)
