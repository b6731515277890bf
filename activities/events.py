"""Events that nodes wait for: what the workflow is told to wait for, and what came, read where the node runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from activities.tools import Tools
from blocks.sdk.context import EventArrival
from blocks.sdk.directives import AwaitEvent
from schema.db.values import resolve


def until(seconds: float) -> str:
    """Give the moment so many seconds from now, as records show it; what counts is the workflow's own timer."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


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
    """Give the event that woke an execution: ["event", number of its order], or ["event", None, payload] from Temporal."""
    for arrival in arrivals:
        if arrival[0] == "event":
            return EventArrival(await _payload(tools, tenant, run_id, *arrival[1:]))
    return EventArrival(is_timeout=True) if any(arrival[0] == "timeout" for arrival in arrivals) else None


async def _payload(tools: Tools, tenant: UUID, run_id: UUID, number: int | None, payload: Any = None) -> Any:
    if number is None:
        return payload
    order = await tools.orders.get(run_id, number)
    if order is None or order.value is None:
        return None
    (value,) = await resolve(tools.values, tenant, [(order.value.get("value"), order.value.get("handle"))])
    return value
