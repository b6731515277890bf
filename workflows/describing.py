"""Describing: what a run does, waits for and is halted by, in the Markdown that Temporal's UI shows; pure, it decides nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from workflows.engine.plan import Plan
from workflows.engine.scheduler import Scheduler

#: Executions that are named; of a run that waits in a thousand places the first say enough.
NAMED_MAX: Final = 10
#: The last second that has a date here: of the year 9999.
_LAST_SECOND: Final = 253_402_300_799.0


def describe(plan: Plan, scheduler: Scheduler) -> str:
    """Give the run's details: a table of counts, then a line for each that waits or is stuck, the halts and the first error."""
    running = sum(len(members) for members in scheduler.in_flight.values())
    lines = [
        "| executions | running | ready | parked | waiting | errors |\n|---|---|---|---|---|---|\n"
        f"| {scheduler.execution_count} | {running} | {scheduler.ready_count} | {len(scheduler.parked)} "
        f"| {scheduler.waiting_count} | {scheduler.error_count} |"
    ]
    waits = [f"- {_name(plan, scheduler, number)} {_wait(wait)}" for number, wait in scheduler.parked[:NAMED_MAX]]
    stuck = [f"- {_name(plan, scheduler, number)} waits for an operator" for number in scheduler.stuck[:NAMED_MAX]]
    if waits or stuck:
        lines.append("\n".join([*waits, *stuck]))
    halts = [key for key, (_, execution) in scheduler.halts.items() if execution is None]
    if halts:
        lines.append(f"halted by: {', '.join(halts)}")
    if scheduler.first_error is not None:
        lines.append(f"first error: {', '.join(scheduler.first_error[1:])}")
    return "\n\n".join(lines)


def _name(plan: Plan, scheduler: Scheduler, number: int) -> str:
    execution = scheduler.open[number]
    return f"{plan.nodes[execution.node].title}#{execution.ordinal}"


def _wait(wait: list[Any]) -> str:
    """Say what an execution waits for; see `workflows.engine.events.Parked`."""
    kind, detail, *rest = wait
    if kind == "sleep":
        return f"sleeps until {_moment(detail)}"
    until = f", until {_moment(rest[0])}" if rest and rest[0] is not None else ""
    if kind == "event":
        return f"waits for the event {detail}{until}"
    if kind == "answer":
        return f"waits for a person{until}"
    if kind == "tools":
        return f"waits for {len(detail)} tool calls"
    return f"waits for run-{detail}"


def _moment(seconds: float) -> str:
    # Workflow code: a moment that has no date must not raise.
    return f"{datetime.fromtimestamp(min(max(seconds, 0.0), _LAST_SECOND), UTC):%Y-%m-%d %H:%M:%S} UTC"
