"""The fleet's gauges: what holds for all processes together, looked at by those with the reconciler's role; it mends nothing.

Where several have that role, each shows the same, and a query takes the greatest (`max`), never the sum. What could not be looked
at is not shown, rather than as it was: an alert sees that it is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import time
from typing import Final

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from activities.task_queues import Described, described
from activities.tools import Tools
from schema.db.census import Census, take_census

log = structlog.get_logger()

LOOK_SECONDS: Final = 15.0
#: Of one look: PostgreSQL's own limit for a statement is a minute.
_ANSWER_SECONDS: Final = 10.0


@dataclass(eq=False)
class FleetGauges(Collector):
    """The loop that looks, and what it saw last."""

    tools: Tools
    _census: Census | None = None
    _queues: list[Described] = field(default_factory=list)
    _looked_at: float = 0.0
    _away: frozenset[str] = frozenset({"postgresql", "temporal"})

    async def run(self) -> None:
        """Look again and again, until cancelled; meanwhile the gauges are on the process's page."""
        registry = self.tools.instruments.registry
        registry.register(self)
        try:
            while True:
                await self.look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            registry.unregister(self)

    async def look(self) -> None:
        """Look at PostgreSQL and at Temporal; what is away keeps neither the other nor the next look."""
        away = set()
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                self._census = await take_census(self.tools.engine)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            self._census = None
            away.add("postgresql")
            log.warning("the runs cannot be counted", error=type(error).__name__)
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                self._queues = await described(self.tools.client)
        except (RPCError, RuntimeError, OSError, TimeoutError) as error:  # RuntimeError: a client that never connected.
            self._queues = []
            away.add("temporal")
            log.warning("the task queues cannot be described", error=type(error).__name__)
        self._away, self._looked_at = frozenset(away), time()

    def collect(self) -> Iterator[Metric]:
        """Give what was seen last; nothing before the first look."""
        if not self._looked_at:
            return
        yield _gauge("drystone_fleet_looked_at_seconds", "When the fleet was looked at, by Unix time.", self._looked_at)
        yield _gauges(
            "drystone_up",
            "Whether PostgreSQL and Temporal answer.",
            "service",
            {service: float(service not in self._away) for service in ("postgresql", "temporal")},
        )
        if self._census is not None:
            yield from _of_runs(self._census)
        if self._queues:
            yield from _of_queues(self._queues)


def _of_runs(census: Census) -> Iterable[Metric]:
    yield _gauges("drystone_runs", "Open runs by state, at most 100,000 of each.", "state", dict(census.states))
    yield _gauge("drystone_runs_with_problem", "Open runs with a problem.", census.problems)
    yield _gauge(
        "drystone_runs_without_progress",
        "RUNNING runs, of the oldest 500, in which nothing happens or waits.",
        census.silent,
    )
    yield _gauge("drystone_outbox_runs", "Runs that were accepted and not started.", census.outbox_runs)
    yield _gauge("drystone_outbox_oldest_seconds", "How long the oldest of them waits.", census.outbox_seconds)
    yield _gauge("drystone_orders_oldest_seconds", "How long the oldest order waits.", census.orders_seconds)
    yield _gauge("drystone_database_bytes", "The size of the database.", census.database_bytes)


def _of_queues(queues: list[Described]) -> Iterable[Metric]:
    yield _gauges("drystone_queue_backlog", "Tasks that wait, about.", "queue", {q.queue: q.backlog for q in queues})
    ages = {q.queue: q.backlog_seconds for q in queues}
    yield _gauges("drystone_queue_backlog_seconds", "How long the oldest of them waits, about.", "queue", ages)
    yield _gauges("drystone_queue_pollers", "Who asks for tasks.", "queue", {q.queue: q.pollers for q in queues})


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _gauges(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
