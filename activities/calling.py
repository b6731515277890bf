"""Tool calls in the ledger: how a step that calls tools is written down, and what the next step is given; it runs no block.

A step that ends with `CallTools` leaves its arguments as emissions of its own on pins that no link takes, and last a *round*: an
emission on `ROUND` with what it remembers and what it calls. All of it is written at once, so that an attempt that finds a round
in the ledger knows that its step was over, and takes it as it stands instead of asking a model again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from activities.events import until
from activities.tools import Tools
from activities.writer import Writer
from blocks.sdk.context import ToolResult
from blocks.sdk.directives import CallTools, Sleep
from schema.db.ledger import LedgerEmission
from schema.errors import InvalidOutput, ValueTooLarge
from schema.limits import LIMITS
from schema.states import State
from schema.values import encode
from workflows.engine.events import TOOLS, Item
from workflows.engine.plan import Plan
from workflows.engine.tool_calls import ROUND

_ARGUMENT: Final = "argument_^_"

#: (what the workflow is to wait for, what the record shows of it)
Wait = tuple[list[Any], dict[str, Any]]


async def call_tools(writer: Writer, plan: Plan, execution: int, directive: CallTools) -> Wait:
    """Write a round, and give the wait for its calls. Raises InvalidOutput where it calls what cannot be called."""
    if not 1 <= len(directive.calls) <= LIMITS.round_calls_max:
        raise InvalidOutput(
            f"A block calls from 1 to {LIMITS.round_calls_max} tools at once, not {len(directive.calls)}."
        )
    index_of = {node.id: index for index, node in enumerate(plan.nodes)}
    first, calls = writer.next_of(execution), []
    emissions: list[tuple[str, bytes]] = []
    for call in directive.calls:
        if call.node_id not in index_of:
            raise InvalidOutput(f"There is no node {call.node_id!r} that could be called.")
        arguments = []
        for pin, value in call.arguments.items():
            arguments.append([pin, first + len(emissions)])
            emissions.append((f"{_ARGUMENT}{call.id}_~_{pin}", encode(value, f"argument {pin!r}")))
        calls.append([call.id, index_of[call.node_id], arguments])
    round_ = {"memory": directive.memory, "calls": calls}
    # At once: arguments without their round would pass for emissions of the block's own.
    await writer.add_all(execution, [*emissions, (ROUND, encode(round_, "what the block remembers"))])
    return wait_for(plan, calls)


async def sleep(writer: Writer, execution: int, directive: Sleep) -> Wait:
    """Give the wait of a sleep; where the block remembers something, write a round that says so, and how long it sleeps."""
    seconds = max(0.0, float(directive.seconds))
    if directive.memory is not None:
        round_ = {"memory": directive.memory, "seconds": seconds}
        await writer.add(execution, ROUND, encode(round_, "what the block remembers"))
    return wait_seconds(seconds)


def wait_seconds(seconds: float) -> Wait:
    return ["sleep", seconds], {"kind": "timer", "until": until(seconds)}


def wait_for(plan: Plan, calls: list[Any]) -> Wait:
    shown = [{"id": call, "node_id": plan.nodes[index].id} for call, index, _ in calls]
    return [TOOLS, calls], {"kind": TOOLS, "calls": shown}


async def known_round(tools: Tools, tenant: UUID, plan: Plan, known: Sequence[LedgerEmission]) -> Wait | None:
    """Give the wait of a step that an earlier attempt ended with a round, of calls or of a sleep; None where it did not."""
    if not known or known[-1].pin != ROUND:
        return None
    found = await _round(tools, tenant, known[-1])
    return wait_seconds(found["seconds"]) if "seconds" in found else wait_for(plan, found["calls"])


async def memories(tools: Tools, tenant: UUID, run_id: UUID, item: Item) -> tuple[Any, ...]:
    """Give what the earlier steps of an execution remembered, the oldest first."""
    if item.step == 0:
        return ()
    rows = await tools.ledger.read_pin(run_id, item.execution, ROUND, item.base)
    # By their handles, before any of it is read: what is small enough to stand in its row counts for nothing.
    size = sum(row.handle["size"] for row in rows if row.handle is not None)
    if size > LIMITS.step_memories_bytes_max:
        raise ValueTooLarge(
            f"The steps of this execution remember {size} bytes, and at most {LIMITS.step_memories_bytes_max} are given to the "
            "next: have it do less in one execution, or let what it calls give less."
        )
    return tuple([(await _round(tools, tenant, row))["memory"] for row in rows])


async def tool_results(tools: Tools, tenant: UUID, run_id: UUID, arrivals: Sequence[Any]) -> tuple[ToolResult, ...]:
    """Give what the calls that an execution waited for came to, in the order in which they were made."""
    called = [call for kind, *rest in arrivals if kind == TOOLS for call in rest[0]]
    results: list[ToolResult] = []
    room = LIMITS.round_results_bytes_max
    for call, execution in called:
        result, room = await _result(tools, tenant, run_id, (call, execution), room)
        results.append(result)
    return tuple(results)


async def _result(
    tools: Tools, tenant: UUID, run_id: UUID, called: tuple[str, int], room: int
) -> tuple[ToolResult, int]:
    """Give what a call came to, of values that stand elsewhere as many as there is room for, and the room that is left."""
    call, execution = called
    recorded = await tools.ledger.read(run_id, execution, limit=LIMITS.call_outputs_max + 1)
    if recorded is None:
        return ToolResult(call, (), "The call left no record."), room
    outputs, is_cut = [], len(recorded.emissions) > LIMITS.call_outputs_max
    for emission in recorded.emissions[: LIMITS.call_outputs_max]:
        if emission.pin == ROUND or emission.pin.startswith(_ARGUMENT):
            continue
        handle = emission.handle
        if handle is not None and handle["size"] > room:
            outputs.append((emission.pin, handle["preview"]))
            is_cut = True
            continue
        room -= 0 if handle is None else handle["size"]
        outputs.append((emission.pin, orjson.loads(await tools.encoded(tenant, emission.value, handle))))
    if recorded.status == State.COMPLETED:
        return ToolResult(call, tuple(outputs), None, is_cut), room
    error = str((recorded.error or {}).get("message", "It did not end."))
    return ToolResult(call, tuple(output for output in outputs if output[0] != "error"), error, is_cut), room


async def _round(tools: Tools, tenant: UUID, row: LedgerEmission) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(await tools.encoded(tenant, row.value, row.handle))
    return found
