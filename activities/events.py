"""Events that nodes wait for: what the workflow is told to wait for, and what came, read where the node runs.

A node may say which payloads it takes, by a JSON Schema. One that is sent while the node waits is checked when it is sent; one that
came early, or by Temporal itself, is checked here, before the block sees it: what does not fit is refused, with the reason in its
order's row, and the node waits on with what is left of its time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from activities.steering import last_word
from activities.tools import Tools
from blocks.sdk.context import EventArrival
from blocks.sdk.directives import AwaitEvent
from schema.db.values import resolve
from schema.errors import InvalidValue, Unavailable
from schema.forms import form_problems
from workflows.engine.events import Item


def until(seconds: float) -> str:
    """Give the moment so many seconds from now, as records show it; what counts is the workflow's own timer."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


#: How long a node waits for the row of the event that woke it: its run is writing it.
NOTED_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Refused:
    """An event that is not what its node waits for; `wait` and `shown` are how it waits on, as of `await_event`."""

    wait: list[Any]
    shown: dict[str, Any]


def await_event(directive: AwaitEvent) -> tuple[list[Any], dict[str, Any]]:
    """Give what the workflow is to wait for, and the same as the record shows it."""
    seconds = directive.timeout_seconds
    shown: dict[str, Any] = {"kind": "event", "name": directive.name}
    if seconds is not None:
        shown["until"] = until(seconds)
    if directive.payload_schema is not None:
        shown["schema"] = dict(directive.payload_schema)
    return ["event", directive.name, seconds], shown


async def arrived_event(
    tools: Tools, tenant: UUID, run_id: UUID, arrivals: Sequence[Sequence[Any]]
) -> EventArrival | None:
    """Give the event that woke an execution: ["event", number of its order]."""
    for arrival in arrivals:
        if arrival[0] == "event":
            return EventArrival(await _payload(tools, tenant, run_id, arrival[1]))
    return EventArrival(is_timeout=True) if any(arrival[0] == "timeout" for arrival in arrivals) else None


async def refuse_unfit(tools: Tools, tenant: UUID, run_id: UUID, item: Item) -> Refused | None:
    """Refuse the event that woke an execution where its payload is not what the node waits for; None where it may have it."""
    came = next((arrival for arrival in item.arrivals if arrival[0] == "event"), None)
    if came is None or last_word(item.orders) is not None:
        return None
    shown = await tools.orders.waits_of(run_id, item.execution)
    if shown is None or shown.get("schema") is None:
        return None
    if shown.get("step") == item.step and await _is_refused(tools, run_id, came[1]):
        # By an attempt before this one, whose worker died before it could say so.
        return Refused(["event", shown["name"], _left(shown)], shown)
    # What a later step waits for, whose record was lost with its worker, is no measure for this one.
    if shown.get("step") != item.step - 1:
        return None
    problem = payload_problem(shown["schema"], await _payload(tools, tenant, run_id, came[1]))
    if problem is None:
        return None
    await tools.orders.refuse_event(tenant, run_id, came[1], shown["name"], problem)
    return Refused(["event", shown["name"], _left(shown)], {**shown, "step": item.step})


async def _is_refused(tools: Tools, run_id: UUID, number: int) -> bool:
    order = await tools.orders.get(run_id, number)
    return order is not None and order.is_refused


def payload_problem(schema: Mapping[str, Any], payload: Any) -> str | None:
    """Say how a payload breaks a node's schema; None where it fits, and where the schema is none that anything could break."""
    try:
        problems = form_problems(schema, payload)
    except InvalidValue:
        return None
    shown = "; ".join(f"payload{''.join(f'.{step}' for step in path)}: {message}" for path, message in problems)
    return shown or None


def _left(shown: Mapping[str, Any]) -> float | None:
    if shown.get("until") is None:
        return None
    return max(0.0, (datetime.fromisoformat(shown["until"]) - datetime.now(UTC)).total_seconds())


async def _payload(tools: Tools, tenant: UUID, run_id: UUID, number: int) -> Any:
    order = await tools.orders.get(run_id, number)
    end = asyncio.get_running_loop().time() + NOTED_SECONDS
    while order is None:
        # It came by Temporal itself, and the run has not noted it yet.
        if asyncio.get_running_loop().time() > end:
            raise Unavailable(f"The event {number} of this run is not noted yet.")
        await asyncio.sleep(_LOOK_SECONDS)
        order = await tools.orders.get(run_id, number)
    if order.value is None:
        return None
    (value,) = await resolve(tools.values, tenant, [(order.value.get("value"), order.value.get("handle"))])
    return value
