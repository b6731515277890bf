"""Telemetry: what a process counts, traces and logs, as its settings say; built once, and given to whoever has something to tell.

One registry a process, with the process's own figures; `deploy.ops` shows it. Spans are made where a collector is named, and
nowhere else. Without an address for operators nobody looks, and nothing is measured that would have to be looked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import INVALID_SPAN, SpanKind, Status, StatusCode, Tracer
from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.instruments import code_label
from activities.tracing import Tracing
from blocks.sdk.outgoing import Answered
from deploy.codec import REFUSED
from deploy.settings import Settings
from deploy.telemetry_gauges import ProcessGauges, watch_loop
from deploy.telemetry_sink import LogSink
from deploy.telemetry_spans import close_spans, provider_of
from schema.errors import DrystoneError

_CALLS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True)
class Telemetry:
    """The telemetry of a process."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    provider: TracerProvider | None = None
    ratio: float = 1.0
    #: Where Temporal's SDK shows what it measures.
    sdk_url: str | None = None
    _calls: Counter = field(init=False)
    _seconds: Histogram = field(init=False)

    def __post_init__(self) -> None:
        calls = Counter(
            "drystone_egress_calls_total", "Calls to services outside.", ["outcome"], registry=self.registry
        )
        seconds = Histogram(
            "drystone_egress_seconds", "One of them, redirects included.", buckets=_CALLS, registry=self.registry
        )
        self.registry.register(REFUSED)
        object.__setattr__(self, "_calls", calls)
        object.__setattr__(self, "_seconds", seconds)

    @classmethod
    def of(cls, settings: Settings, service: str, sdk_url: str | None = None) -> Telemetry:
        """Build it as the settings say."""
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        provider = None
        if settings.otlp_endpoint is not None:
            provider = provider_of(settings.otlp_endpoint, service, settings.trace_ratio, registry)
        return cls(registry, provider, settings.trace_ratio, sdk_url)

    @property
    def tracer(self) -> Tracer | None:
        return None if self.provider is None else self.provider.get_tracer("drystone")

    def tracing(self) -> Tracing:
        """Give what makes the spans of runs."""
        return Tracing(self.tracer, self.ratio)

    @contextmanager
    def watch(self, method: str, host: str) -> Iterator[Answered]:
        """Watch a call to the world: count it, and have a span around it, with the host and nothing of what was asked."""
        outcome, began, tracer = "failed", perf_counter(), self.tracer
        name = method if method in _METHODS else "other"
        span = INVALID_SPAN if tracer is None else tracer.start_span(name, kind=SpanKind.CLIENT)

        def answered(status: int) -> None:
            nonlocal outcome
            outcome = f"{status // 100}xx"
            span.set_attribute("http.response.status_code", status)

        try:
            yield answered
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        except DrystoneError as error:
            # Who takes what comes may be a package's block, with codes of its own.
            outcome = code_label(error.code).lower()
            raise
        finally:
            self._calls.labels(outcome).inc()
            self._seconds.observe(perf_counter() - began)
            span.set_attributes({"server.address": host, "drystone.outcome": outcome})
            if not outcome.endswith("xx"):
                span.set_status(Status(StatusCode.ERROR, outcome))
            span.end()

    @asynccontextmanager
    async def watching(
        self, settings: Settings, engine: AsyncEngine, counts: Mapping[str, tuple[str, Callable[[], float]]]
    ) -> AsyncIterator[None]:
        """Watch the process inside the block, and send what is left of its spans behind it."""
        self.registry.register(ProcessGauges(engine, settings.data_dir, counts))
        lag = asyncio.create_task(watch_loop(self.registry))
        try:
            yield
        finally:
            lag.cancel()
            if self.provider is not None:
                await asyncio.to_thread(close_spans, self.provider)


def lost_lines(sink: LogSink | None) -> dict[str, tuple[str, Callable[[], float]]]:
    """Give what is counted of log lines that did not get out."""
    if sink is None:
        return {}
    return {"drystone_log_lines_dropped": ("Log lines that the output did not take.", lambda: sink.dropped)}
