"""Gauges of a process: pool, disk and counts, looked at when its page is asked for, and how late its loop is; none is a limit."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncEngine

LAG_PAUSE_SECONDS: Final = 0.25
_LAGS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


@dataclass(frozen=True, eq=False)
class ProcessGauges(Collector):
    """What is read when somebody asks."""

    engine: AsyncEngine
    data_dir: Path
    #: {name of a counter: (what it counts, its number)}.
    counts: Mapping[str, tuple[str, Callable[[], float]]]

    def collect(self) -> Iterator[Metric]:
        pool: Any = self.engine.pool
        held = GaugeMetricFamily("drystone_pool_connections", "Connections to PostgreSQL.", labels=["state"])
        for state, number in (("size", pool.size()), ("in_use", pool.checkedout()), ("waiters", _waiters(pool))):
            held.add_metric([state], number)
        yield held
        yield from self._disk()
        for name, (meaning, number_of) in self.counts.items():
            counted = CounterMetricFamily(name, meaning)
            counted.add_metric([], number_of())
            yield counted

    def _disk(self) -> Iterator[Metric]:
        try:
            disk = shutil.disk_usage(self.data_dir)
        except OSError:
            return
        yield GaugeMetricFamily("drystone_disk_free_bytes", "Free on the disk of the data folder.", value=disk.free)
        yield GaugeMetricFamily("drystone_disk_size_bytes", "The size of that disk.", value=disk.total)


def _waiters(pool: Any) -> int:
    """Give how many tasks wait for a connection. SQLAlchemy keeps them to itself, so this may find none."""
    queue = getattr(getattr(pool, "_pool", None), "_queue", None)
    return len(getattr(queue, "_getters", ()))


async def watch_loop(registry: CollectorRegistry) -> None:
    """Measure how late the event loop is, until cancelled: what holds it holds everything."""
    lag = Histogram(
        "drystone_loop_lag_seconds", "How late the event loop wakes who asked for it.", buckets=_LAGS, registry=registry
    )
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_PAUSE_SECONDS
        await asyncio.sleep(LAG_PAUSE_SECONDS)
        lag.observe(max(0.0, loop.time() - due))
