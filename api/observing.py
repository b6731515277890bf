"""Observing: every request counted, in a span, and its log lines with its trace; it reads no body and answers nothing.

A client's traceparent is heeded, whether traces are made here or not: a run that the request asks for keeps it, and so belongs to
the client's trace. A span has the method, the route as it is declared and the status; of GraphQL the names of the schema's fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Final

from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.instruments import Instruments
from blocks.span_context import context_below, current_span
from schema.tracing import parse_traceparent

OTHER: Final = "other"
#: Whoever knows a webhook's address is nobody's client: its traceparent is left alone.
_STRANGERS: Final = "/webhooks/"
#: Asked every few seconds by whoever watches.
_UNTRACED: Final = frozenset({"/healthz", "/readyz"})
#: Files of the web app, of which a screen has dozens.
_FILES: Final = "/assets/"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FAULT: Final = 500


class Observed:
    """Stands before every route."""

    def __init__(self, app: ASGIApp, instruments: Instruments, tracer: Tracer | None) -> None:
        self.app, self.instruments, self.tracer = app, instruments, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            with self.instruments.sockets.track_inprogress():
                await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, began = _FAULT, perf_counter()

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        method = scope["method"] if scope["method"] in _METHODS else OTHER
        with self._span(scope, method) as span:
            try:
                await self.app(scope, receive, note)
            finally:
                route = getattr(scope.get("route"), "path", OTHER)
                self.instruments.requests.labels(method, route, str(status)).inc()
                self.instruments.request_seconds.labels(route).observe(perf_counter() - began)
                _tell(span, method, route, status)

    @contextmanager
    def _span(self, scope: Scope, method: str) -> Iterator[Span]:
        """Have a span around the request, below its client's, and the request's log lines say its trace."""
        is_client = not scope["path"].startswith(_STRANGERS)
        above = parse_traceparent(_header(scope, b"traceparent")) if is_client else None
        context = Context() if above is None else context_below(above)
        span: Span = INVALID_SPAN
        if self.tracer is not None and scope["path"] not in _UNTRACED and not scope["path"].startswith(_FILES):
            span = self.tracer.start_span(method, context, kind=SpanKind.SERVER)
            context = set_span_in_context(span, context)
        token = attach(context)
        here = current_span()
        bound: dict[str, Any] = {} if here is None else {"trace_id": here.trace_id}
        try:
            with bound_contextvars(**bound):
                yield span
        finally:
            span.end()
            detach(token)


def name_operation(name: str) -> None:
    """Have the span of the request say which field of the schema was asked for."""
    span = get_current_span()
    if span.is_recording():
        span.update_name(f"GraphQL {name}")
        span.set_attribute("graphql.field", name)


def _tell(span: Span, method: str, route: str, status: int) -> None:
    if not span.is_recording():
        return
    if route != "/graphql":
        span.update_name(f"{method} {route}")
    span.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= _FAULT:
        span.set_status(Status(StatusCode.ERROR))


def _header(scope: Scope, name: bytes) -> str | None:
    found = next((value for key, value in scope["headers"] if key == name), None)
    return None if found is None else found.decode("latin-1")
