"""Language models as a block sees them: what is asked, what is answered, and `context.llm`; it knows no provider itself.

    answer = await context.llm.complete(
        LlmRequest(model="gpt-4o-mini", messages=(Message("user", "Say hello."),)),
        inputs.credentials,
        on_text=lambda piece: context.stream("response", piece),
    )
    answer.text, answer.calls, answer.usage, answer.data

- The credential says who is asked: its provider is where the model runs. One of the provider `demo` is answered here, without a
  network. A block whose credential is left out on a stack with the demo is given such a credential: it need not know.
- Tools: offer `OfferedTool`s; the answer's `calls` have parsed arguments. Where a model wrote arguments that are no JSON object,
  `problem` says so, `arguments` is empty, and the block tells the model. Append `answer.message()` to the conversation and, for
  each call, `Message("tool", text, call_id=call.id)`. `is_error` marks a call that failed.
- `answer_schema` asks for JSON of that schema: `answer.data` has it, checked. An answer that does not fit is told back to the model
  at most `repairs` times; then BlockFailed.
- Each call of a run is remembered as soon as it was answered, under (run, execution, step, number of the call): a repeated attempt
  that asks the same gets the same answer and pays nothing. So a block asks in a fixed order, one call after another.
- Raises RateLimited (with the wait that the provider asks for), Unavailable (also where `seconds_max` is over), CredentialUnusable,
  BlockFailed with what the provider said, never a secret. No call is tried again here: the node's own policy does that.

Conversations travel between blocks as OpenAI's messages: `messages_from_wire` and `Message.to_wire`.
`blocks.llm.models.find_model` tells a model's window, `blocks.llm.tokens.count_tokens` about how many tokens a text has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import orjson

from blocks.sdk.credentials import ApiKey
from schema.errors import BlockFailed, InvalidValue

Role = Literal["system", "user", "assistant", "tool"]
StopReason = Literal["end", "length", "calls", "refused", "other"]

#: Shown a piece of the text as it comes. It never fails and never waits.
OnText = Callable[[str], None]

#: Seconds that one call may take, tries at repair included.
SECONDS_MAX: Final = 600.0
#: How often an answer that does not fit its schema is told back.
REPAIRS: Final = 2
#: Levels of what a model writes as JSON: they stand within an answer, which is a value, and are copied level by level.
DEPTH_MAX: Final = 100

_ROLES: Final[Mapping[str, Role]] = {
    "system": "system", "developer": "system", "user": "user", "human": "user", "assistant": "assistant",
    "ai": "assistant", "tool": "tool", "function": "tool",
}  # fmt: skip


@dataclass(frozen=True)
class WantedCall:
    """A call of a tool that a model wants. `problem`: why its arguments cannot be read; they are empty then."""

    id: str
    name: str
    arguments: Mapping[str, Any]
    problem: str | None = None


@dataclass(frozen=True)
class Message:
    """A message of a conversation: of an assistant with the calls that it wanted, or what a call came to, by its id."""

    role: Role
    text: str
    calls: tuple[WantedCall, ...] = ()
    call_id: str | None = None
    is_error: bool = False

    def to_wire(self) -> dict[str, Any]:
        """Give it in the form of OpenAI's chat messages."""
        wire: dict[str, Any] = {"role": self.role, "content": self.text}
        if self.calls:
            wire["tool_calls"] = [_call_to_wire(call) for call in self.calls]
        if self.call_id is not None:
            wire["tool_call_id"] = self.call_id
        return wire


@dataclass(frozen=True)
class OfferedTool:
    """A tool as a model is told of it. `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class LlmRequest:
    """What a model is asked. What is None is left to the provider."""

    model: str
    messages: tuple[Message, ...]
    #: Most tokens of the answer.
    max_tokens: int | None = None
    #: Anthropic's API takes none any more; there it is left out.
    temperature: float | None = None
    tools: tuple[OfferedTool, ...] = ()
    allows_several_calls: bool = True
    #: JSON Schema of the answer.
    answer_schema: Mapping[str, Any] | None = None
    repairs: int = REPAIRS
    #: The provider's own means are used for the schema, not the prompt alone, where it has them.
    is_schema_native: bool = True
    reasoning_effort: str | None = None
    #: Where an OpenAI-compatible endpoint is (`http://host:port/v1`), in place of the provider's own.
    base_url: str | None = None
    seconds_max: float = SECONDS_MAX


@dataclass(frozen=True)
class LlmUsage:
    """What calls used. `cost_micro_usd` is in millionths of a dollar; None: no price is known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro_usd: int | None = None
    calls: int = 1


@dataclass(frozen=True)
class LlmAnswer:
    """What a model answered."""

    text: str
    model: str
    provider: str
    stop_reason: StopReason = "end"
    calls: tuple[WantedCall, ...] = ()
    #: What the answer is as JSON, where a schema was asked for.
    data: Any = None
    reasoning: str = ""
    #: The provider's name for this answer.
    id: str = ""
    #: Sources that it cites, as the provider tells them.
    annotations: tuple[Mapping[str, Any], ...] = ()
    usage: LlmUsage = LlmUsage()

    def message(self) -> Message:
        """Give what the conversation goes on with."""
        return Message("assistant", self.text, self.calls)


class Llm(Protocol):
    """The one way to language models."""

    async def complete(self, request: LlmRequest, credential: ApiKey, on_text: OnText | None = None) -> LlmAnswer:
        """Ask a model and wait for its whole answer; `on_text` is shown its text as it comes."""
        ...


class NoLlm:
    """`context.llm` where there is none."""

    async def complete(self, request: LlmRequest, credential: ApiKey, on_text: OnText | None = None) -> LlmAnswer:
        """Refuse."""
        raise BlockFailed(f"The model {request.model} can be asked in a run of a graph only.")


def messages_from_wire(conversation: Iterable[Any]) -> tuple[Message, ...]:
    """Read a conversation: OpenAI's messages, or plain texts, which are a user's. Raises InvalidValue."""
    return tuple(_message_from_wire(number, item) for number, item in enumerate(conversation, 1))


def _message_from_wire(number: int, item: Any) -> Message:
    if isinstance(item, str):
        return Message("user", item)
    if not isinstance(item, Mapping) or _ROLES.get(str(item.get("role"))) is None:
        raise InvalidValue(
            f"Message {number} of the conversation is none: write {{role, content}}, role being one of {', '.join(_ROLES)}."
        )
    calls = item.get("tool_calls") or ()
    call_id = item.get("tool_call_id")
    return Message(
        _ROLES[str(item["role"])],
        _text_of(item.get("content")),
        tuple(_call_from_wire(call) for call in calls if isinstance(call, Mapping)),
        None if call_id is None else str(call_id),
    )


def _text_of(content: Any) -> str:
    """Give a message's text; of parts, that of those that are texts."""
    if content is None:
        return ""
    if isinstance(content, list):
        return "\n".join(str(part["text"]) for part in content if isinstance(part, Mapping) and "text" in part)
    return content if isinstance(content, str) else orjson.dumps(content).decode()


def _call_to_wire(call: WantedCall) -> dict[str, Any]:
    arguments = orjson.dumps(call.arguments).decode()
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _call_from_wire(call: Mapping[str, Any]) -> WantedCall:
    function = call.get("function")
    function = function if isinstance(function, Mapping) else {}
    return wanted_call(str(call.get("id", "")), str(function.get("name", "")), function.get("arguments"))


def wanted_call(call_id: str, name: str, arguments: Any) -> WantedCall:
    """Give a call whose arguments are a JSON object or the text of one."""
    if isinstance(arguments, str):
        try:
            arguments = orjson.loads(arguments or "{}")
        except orjson.JSONDecodeError as error:
            return WantedCall(call_id, name, {}, f"The arguments are no JSON: {error}")
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, Mapping):
        return WantedCall(call_id, name, {}, "The arguments are no JSON object.")
    if is_too_deep(arguments):
        return WantedCall(call_id, name, {}, f"The arguments are nested in more than {DEPTH_MAX} levels.")
    return WantedCall(call_id, name, arguments)


def is_too_deep(value: Any) -> bool:
    """Say whether a value of JSON has more levels than a model may write."""
    level = [value]
    for _ in range(DEPTH_MAX + 1):
        inner = [one for one in level if isinstance(one, Mapping | list)]
        level = [part for one in inner for part in (one.values() if isinstance(one, Mapping) else one)]
        if not inner:
            return False
    return True
