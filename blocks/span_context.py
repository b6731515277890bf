"""Span context: from a traceparent to OpenTelemetry's context and back; it makes no span and sends none."""

from __future__ import annotations

from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, get_current_span, set_span_in_context

from schema.tracing import TraceParent


def context_below(above: TraceParent) -> Context:
    """Give the context in which a span is below another, which may be in another process, or not be made yet."""
    flags = TraceFlags(TraceFlags.SAMPLED if above.is_sampled else TraceFlags.DEFAULT)
    parent = SpanContext(int(above.trace_id, 16), int(above.span_id, 16), is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(parent), Context())


def current_span() -> TraceParent | None:
    """Give the span that this is in; None outside of any."""
    here = get_current_span().get_span_context()
    if not here.is_valid:
        return None
    return TraceParent(f"{here.trace_id:032x}", f"{here.span_id:016x}", here.trace_flags.sampled)


def current_traceparent() -> str | None:
    """Give the same as it is kept and sent."""
    here = current_span()
    return None if here is None else str(here)
