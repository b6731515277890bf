"""Instruments: what an API process counts and measures, built once on its registry; they know no caller and no argument.

Labels are of closed sets: a route as it is declared, never a path; an operation by the field of the schema that it is, never by the
name that a client gave it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from api.errors import Forbidden, Unauthenticated, as_known

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass
class Told:
    """How an operation ended."""

    outcome: str = "ok"


@dataclass(frozen=True)
class Instruments:
    """The instruments of an API process."""

    registry: CollectorRegistry
    requests: Counter
    request_seconds: Histogram
    operations: Counter
    operation_seconds: Histogram
    sockets: Gauge
    deliveries: Counter

    @classmethod
    def on(cls, registry: CollectorRegistry) -> Instruments:
        """Make the instruments, on a registry that has none of them yet."""
        route, operation = ["route"], ["operation"]
        made = cls(
            registry=registry,
            requests=Counter(
                "drystone_http_requests_total",
                "Requests that were answered.",
                ["method", "route", "status"],
                registry=registry,
            ),
            request_seconds=Histogram(
                "drystone_http_seconds", "One request.", route, buckets=_SECONDS, registry=registry
            ),
            operations=Counter(
                "drystone_graphql_operations_total",
                "Fields of the GraphQL roots that were resolved.",
                [*operation, "outcome"],
                registry=registry,
            ),
            operation_seconds=Histogram(
                "drystone_graphql_seconds",
                "One of them, without what is below it.",
                operation,
                buckets=_SECONDS,
                registry=registry,
            ),
            sockets=Gauge("drystone_sockets_open", "Sockets that are open.", registry=registry),
            deliveries=Counter(
                "drystone_webhook_deliveries_total", "Deliveries that were kept.", ["outcome"], registry=registry
            ),
        )
        # From nothing on: what first appears with a number has not grown, for Prometheus.
        for outcome in ("new", "repeated"):
            made.deliveries.labels(outcome)
        return made

    @contextmanager
    def operation(self, name: str) -> Iterator[Told]:
        """Count an operation and how it ended; what it raises goes through."""
        told, began = Told(), perf_counter()
        try:
            yield told
        except (Forbidden, Unauthenticated):
            told.outcome = "denied"
            raise
        except Exception as error:  # It goes on to whoever answers; here it only says whose fault it was.
            known = as_known(error)
            told.outcome = "refused" if known is not None and known.fault == "theirs" else "failed"
            raise
        finally:
            self.operations.labels(name, told.outcome).inc()
            self.operation_seconds.labels(name).observe(perf_counter() - began)
