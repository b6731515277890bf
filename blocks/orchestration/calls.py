"""Calls of tools, between what a model wants and what a node takes: named, checked, and told back; it runs none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from blocks.sdk import Emission, Tool, ToolCall, ToolResult
from blocks.sdk.llm import WantedCall
from schema.errors import InvalidValue, shorten
from schema.forms import form_problems
from schema.limits import LIMITS

#: Characters of a call's name that we take over from a provider; a longer one, or one that was used, becomes ours.
_ID_CHARS_MAX: Final = 64
#: Characters of what is told of a call that cannot be made, and tools that it names.
_PROBLEM_CHARS_MAX: Final = 1_000
_NAMED_TOOLS_MAX: Final = 20
NO_RESULT: Final = "The function gave no value."


@dataclass(frozen=True)
class Wanted:
    """A call that a model wants, the tool that it is of, and why it cannot be made (None: it can)."""

    call: WantedCall
    tool: Tool | None = None
    problem: str | None = None

    def as_call(self) -> ToolCall:
        """Give the call of the node. What the model left out, or gave as null, is the node's own to fill."""
        assert self.tool is not None
        pins, given = self.tool.pins, self.call.arguments
        arguments = {pins[name][0]: value for name, value in given.items() if value is not None}
        return ToolCall(self.call.id, self.tool.node_id, arguments)

    def emissions(self) -> Iterator[Emission]:
        """Give what stands on the tool's pins for the call: one of each, so that the node behind them is complete."""
        assert self.tool is not None
        properties = self.tool.parameters.get("properties", {})
        for name, (_, emitted) in self.tool.pins.items():
            given = self.call.arguments.get(name)
            yield emitted, properties.get(name, {}).get("default") if given is None else given


def named(calls: Sequence[WantedCall], taken: Collection[str], place: str) -> tuple[WantedCall, ...]:
    """Give calls each of which has a name of its own in the conversation: a provider's may be empty, long, or there twice."""
    used, found = set(taken), []
    for number, call in enumerate(calls, 1):
        is_usable = 0 < len(call.id) <= _ID_CHARS_MAX and call.id.isascii() and call.id.isprintable()
        own = call.id if is_usable and call.id not in used else f"call_{place}_{number}"
        used.add(own)
        found.append(replace(call, id=own))
    return tuple(found)


def checked(calls: Sequence[WantedCall], tools: Sequence[Tool]) -> tuple[Wanted, ...]:
    """Give each call with its tool, and what is wrong with it."""
    by_name = {tool.name: tool for tool in tools}
    return tuple(_checked(number, call, by_name) for number, call in enumerate(calls, 1))


def _checked(number: int, call: WantedCall, tools: Mapping[str, Tool]) -> Wanted:
    tool = tools.get(call.name)
    if tool is None:
        names = ", ".join(list(tools)[:_NAMED_TOOLS_MAX]) or "none"
        return Wanted(call, None, _problem(f"There is no function {call.name!r}. There are: {names}."))
    if number > LIMITS.round_calls_max:
        return Wanted(call, tool, f"At most {LIMITS.round_calls_max} functions are called at once; call it again.")
    if call.problem is not None:
        return Wanted(call, tool, _problem(call.problem))
    wrong = _wrong_arguments(call.arguments, tool)
    return Wanted(call, tool, _problem(f"Wrong arguments for {call.name}: {wrong}") if wrong else None)


def _wrong_arguments(arguments: Mapping[str, Any], tool: Tool) -> str:
    unknown = [name for name in arguments if name not in tool.pins]
    if unknown:
        return f"there is no parameter {unknown[0]!r}; there are: {', '.join(tool.pins) or 'none'}."
    present = {name: value for name, value in arguments.items() if value is not None}
    try:
        # The schema of an agent's inputs is anybody's, as a form's is.
        problems = form_problems(tool.parameters, present)
    except InvalidValue:
        return ""  # It is no JSON Schema: the node checks what it is given anyway.
    return "; ".join(": ".join([*path[:1], message]) for path, message in problems)


def _problem(text: str) -> str:
    return shorten(text, _PROBLEM_CHARS_MAX)


def result_text(result: ToolResult) -> str:
    """Give what a model is told of a call: the one value as it is, several by their pins, a failure as such."""
    parts = []
    if result.error is not None:
        parts.append(error_text(result.error))
    if result.outputs:
        parts.append(value_text(_shown(result.outputs)))
    if result.is_cut:
        parts.append("[cut: the function gave more than is shown]")
    return cut("\n".join(parts) or NO_RESULT)


def error_text(problem: str) -> str:
    return f"Error: {problem}"


def _shown(outputs: Sequence[Emission]) -> Any:
    if len(outputs) == 1:
        return outputs[0][1]
    shown: dict[str, list[Any]] = {}
    for pin, value in outputs:
        shown.setdefault(pin, []).append(value)
    return {pin: values[0] if len(values) == 1 else values for pin, values in shown.items()}


def value_text(value: Any) -> str:
    """Give a value as a model reads it: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def cut(text: str, chars_max: int = LIMITS.call_result_chars_max) -> str:
    """Give a text within a limit, and say where something is missing."""
    if len(text) <= chars_max:
        return text
    return f"{text[:chars_max]}\n[cut: these are the first {chars_max} of {len(text)} characters]"
