"""The rounds of an agent loop: what each leaves for the later ones, and the conversation that they make together; pure.

A round is what was said since the last one, in OpenAI's form, the model's message with its calls last; and what was told of calls
that were not made. It is kept in the ledger before anything is called. The results of its calls are not in it: they are in the
ledger as those of their own executions, and the round behind them has them as they were told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from blocks.orchestration.asking import Choice
from blocks.orchestration.calls import error_text, result_text
from blocks.orchestration.conversation import pending_calls, to_wire
from blocks.sdk import CallTools, ToolResult
from blocks.sdk.llm import Message, messages_from_wire


def round_of(told: Sequence[Message], choice: Choice) -> CallTools:
    """Give the calls of a choice as a round; `told` is what was said before the model was asked, and after the last round."""
    refused = {one.call.id: one.problem for one in choice.calls if one.problem is not None}
    calls = tuple(one.as_call() for one in choice.calls if one.problem is None)
    return CallTools(calls, memory={"messages": to_wire([*told, *choice.said]), "refused": refused})


def remembered(memories: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    """Give all that was said in the rounds until now."""
    return messages_from_wire([message for memory in memories for message in memory["messages"]])


def told_results(memories: Sequence[Mapping[str, Any]], results: Sequence[ToolResult]) -> tuple[Message, ...]:
    """Give what a model is told of the calls of the last round, in the order in which it wanted them."""
    if not memories:
        return ()
    refused = memories[-1]["refused"]
    by_id = {result.id: result for result in results}
    told = []
    for call in pending_calls(messages_from_wire(memories[-1]["messages"])):
        result = by_id.get(call.id) or ToolResult(call.id, (), refused.get(call.id, "The call left no result."))
        text = error_text(refused[call.id]) if call.id in refused else result_text(result)
        told.append(Message("tool", text, call_id=call.id, is_error=result.error is not None))
    return tuple(told)
