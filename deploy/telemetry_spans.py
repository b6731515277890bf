"""Spans on their way to a collector: in batches, once a second, by a thread of their own; one that is away stops and slows nothing.

What a collector does not take is dropped and counted. No header with a trace goes to anybody else.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes
from prometheus_client import CollectorRegistry, Counter

from activities.tracing import NamedIds
from schema.tracing import is_chosen

SEND_MILLISECONDS: Final = 1_000
#: Spans that wait or are under way; those beyond are dropped.
WAITING_MAX: Final = 4_096
TOGETHER_MAX: Final = 512
ANSWER_SECONDS: Final = 5.0
CLOSING_SECONDS: Final = 2.0


class ByTraceId(Sampler):
    """Keeps a part of the traces that nobody decided upon: every process the same ones."""

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        is_kept = is_chosen(f"{trace_id:032x}", self._ratio)
        return SamplingResult(Decision.RECORD_AND_SAMPLE if is_kept else Decision.DROP, attributes)

    def get_description(self) -> str:
        return f"ByTraceId({self._ratio})"


class Waiting:
    """Counts spans on their way, and what became of them. Beyond `WAITING_MAX` none is taken: the SDK drops without a word."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._spans = Counter("drystone_spans_total", "Spans by what became of them.", ["outcome"], registry=registry)
        for outcome in ("sent", "lost"):
            self._spans.labels(outcome)
        self._waiting = 0
        self._counting = threading.Lock()

    def take(self) -> bool:
        """Say whether one more may wait; count it as lost where it may not."""
        with self._counting:
            is_taken = self._waiting < WAITING_MAX
            self._waiting += is_taken
        if not is_taken:
            self._spans.labels("lost").inc()
        return is_taken

    def settle(self, count: int, *, is_sent: bool) -> None:
        """Count spans that wait no longer."""
        with self._counting:
            self._waiting -= count
        self._spans.labels("sent" if is_sent else "lost").inc(count)


class CountedExporter(SpanExporter):
    """Sends spans, and counts what was sent and what was not."""

    def __init__(self, exporter: SpanExporter, waiting: Waiting) -> None:
        self._exporter, self._waiting = exporter, waiting

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        finally:
            self._waiting.settle(len(spans), is_sent=result is SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


class BoundedProcessor(BatchSpanProcessor):
    """Hands over spans in batches, while there is room for them."""

    def __init__(self, exporter: SpanExporter, waiting: Waiting) -> None:
        super().__init__(
            CountedExporter(exporter, waiting),
            max_queue_size=WAITING_MAX,
            schedule_delay_millis=SEND_MILLISECONDS,
            max_export_batch_size=TOGETHER_MAX,
        )
        self._room = waiting

    def on_end(self, span: ReadableSpan) -> None:
        context = span.get_span_context()
        if context is not None and context.trace_flags.sampled and self._room.take():
            super().on_end(span)


def provider_of(endpoint: str, service: str, ratio: float, registry: CollectorRegistry) -> TracerProvider:
    """Give what makes spans and sends them to a collector's address, http://host:4318."""
    provider = TracerProvider(
        sampler=ParentBased(ByTraceId(ratio)),
        resource=Resource({"service.name": service}),
        id_generator=NamedIds(),
        shutdown_on_exit=False,
    )
    sending = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=ANSWER_SECONDS)
    provider.add_span_processor(BoundedProcessor(sending, Waiting(registry)))
    return provider


def close_spans(provider: TracerProvider, seconds: float = CLOSING_SECONDS) -> None:
    """Send what is left, and wait for it no longer than this: the SDK would wait for half a minute."""
    closing = threading.Thread(target=provider.shutdown, name="spans", daemon=True)
    closing.start()
    closing.join(seconds)
