"""Observing: what is counted, traced and said in the log of a run as such: its start, its end, its regions; it decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter
from uuid import UUID

from structlog.contextvars import bind_contextvars

from activities.tools import Tools
from schema.db.runs import Run
from schema.tracing import TraceParent


def bind_run(run_id: str) -> None:
    """Have every line of the log, from here to the end of this task, name the run."""
    bind_contextvars(run=run_id)


async def observe_start(tools: Tools, run: Run) -> None:
    """Count a run that Temporal has, and how long it waited for that."""
    tools.instruments.runs_started.labels(run.trigger).inc()
    # By two clocks: the database's and this machine's.
    tools.instruments.run_queue.observe(max(0.0, (datetime.now(UTC) - run.created_at).total_seconds()))
    tools.tracing.queued(await tools.tracing.of(tools.engine, run.id), run.created_at)


async def observe_end(tools: Tools, run_id: UUID, status: str) -> None:
    """Count a run whose end this process wrote."""
    tools.instruments.runs_ended.labels(status).inc()
    await tools.tracing.ended(tools.engine, run_id)


@contextmanager
def observed_step(tools: Tools, above: TraceParent | None, where: str, region: int) -> Iterator[list[int]]:
    """Count a step of a region, and have a span around it. What it puts into the list is the number of its executions."""
    executions: list[int] = []
    began = perf_counter()
    with tools.tracing.span(above, "Region", {"drystone.region": region, "drystone.where": where}) as span:
        yield executions
        if executions:
            span.set_attribute("drystone.executions", executions[0])
            tools.instruments.region_stepped(where, executions[0], perf_counter() - began)
