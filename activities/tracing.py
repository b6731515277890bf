"""Tracing: the spans of a run, made by whoever works on it from what its row says; it changes nothing that a run does.

run            made when the run is over, under an id that is known from its beginning (`schema.tracing`)
  queued       from its acceptance to its start in Temporal
  <block>      an attempt at a node execution; the calls of its block to the world are below it
  Region       a step of a region
    run        of a child, below the attempt that started it

A span is sent when it ends, so a run that goes on for days shows what was done so far. There is none in workflow code: it would
have to be made again by each replay, and every command would carry it through the history. Where a run's row cannot be read there
is no span: a trace keeps nothing from going on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
)
from sqlalchemy.exc import SQLAlchemyError

from blocks.span_context import context_below
from schema.db.run_traces import RunTraces, TracedRun
from schema.db.tenancy import Database
from schema.tracing import TraceParent, span_id_of, trace_of_run

_CACHED_MAX: Final = 2_000
#: The ids that the next span of this task is to have, (trace, span).
_wanted: ContextVar[tuple[int, int] | None] = ContextVar("ids of the next span", default=None)


class NamedIds(IdGenerator):
    """Gives random ids, but to the span of a run its own."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()

    def generate_trace_id(self) -> int:
        wanted = _wanted.get()
        return self._random.generate_trace_id() if wanted is None else wanted[0]

    def generate_span_id(self) -> int:
        wanted = _wanted.get()
        return self._random.generate_span_id() if wanted is None else wanted[1]


@dataclass
class Tracing:
    """The spans of the runs that a process works on. Without a tracer there are none, and nothing is asked."""

    tracer: Tracer | None = None
    ratio: float = 1.0
    _known: OrderedDict[UUID, TraceParent] = field(default_factory=OrderedDict)

    @property
    def is_on(self) -> bool:
        return self.tracer is not None

    async def of(self, engine: Database, run_id: UUID) -> TraceParent | None:
        """Give the span of a run, below which its others are; its row is read once a process."""
        if self.tracer is None:
            return None
        found = self._known.get(run_id)
        if found is None:
            row = await _row_of(engine, run_id)
            if row is None:
                return None
            above = trace_of_run(row.trace, row.root_run_id, self.ratio)
            found = self._known[run_id] = TraceParent(above.trace_id, span_id_of(run_id), above.is_sampled)
            if len(self._known) > _CACHED_MAX:
                self._known.popitem(last=False)
        return found

    @contextmanager
    def span(self, above: TraceParent | None, name: str, attributes: dict[str, Any]) -> Iterator[Span]:
        """Have a span around the block, below another one; what the block calls is below it."""
        if self.tracer is None or above is None:
            yield INVALID_SPAN
            return
        with self.tracer.start_as_current_span(
            name,
            context=context_below(above),
            kind=SpanKind.CONSUMER,
            attributes=attributes,
            # An error's text may have what nobody may read; its code is told by whoever knows it.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span

    def queued(self, above: TraceParent | None, since: datetime) -> None:
        """Make the span of a run's wait for its start."""
        if self.tracer is not None and above is not None:
            self.tracer.start_span("queued", context=context_below(above), start_time=_nanoseconds(since)).end()

    async def ended(self, engine: Database, run_id: UUID) -> None:
        """Make the span of a run that is over."""
        row = None if self.tracer is None else await _row_of(engine, run_id)
        if self.tracer is None or row is None or row.ended_at is None:
            return
        above = trace_of_run(row.trace, row.root_run_id, self.ratio)
        own = span_id_of(run_id)
        token = _wanted.set((int(above.trace_id, 16), int(own, 16)))
        try:
            span = self.tracer.start_span(
                "run",
                context=Context() if above.span_id == own else context_below(above),
                start_time=_nanoseconds(row.created_at),
                attributes=_attributes_of(row),
            )
        finally:
            _wanted.reset(token)
        if row.status != "COMPLETED":
            span.set_status(Status(StatusCode.ERROR, row.code or row.status))
        span.end(_nanoseconds(row.ended_at))


async def _row_of(engine: Database, run_id: UUID) -> TracedRun | None:
    try:
        return await RunTraces(engine).find(run_id)
    except (SQLAlchemyError, OSError):
        return None


def _attributes_of(row: TracedRun) -> dict[str, Any]:
    found = {
        "drystone.run": str(row.id),
        "drystone.root_run": str(row.root_run_id),
        "drystone.agent": row.agent_name,
        "drystone.agent_version": row.graph_version,
        "drystone.trigger": row.trigger,
        "drystone.status": row.status,
        "temporal.workflow_id": f"run-{row.id}",
    }
    return found if row.code is None else {**found, "drystone.code": row.code}


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1_000
