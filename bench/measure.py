"""Measuring: samples of both sides in turn (A B A B ...), and the figures of each; it judges nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import psutil
from temporalio.client import Client

from bench.sides import Hand, Ours, Taken, taken
from bench.workloads import Workload


@dataclass(frozen=True)
class Sample:
    """All runs of one workload, once, on one side."""

    seconds: float
    runs: list[Taken]
    worker_cpu_seconds: float
    server_cpu_seconds: float


@dataclass(frozen=True)
class Figures:
    """The figures of one side for one workload: medians over its samples."""

    #: Of one run: from accepted (ours) or asked for (by hand) to told that it is over, and as Temporal dates it.
    run_ms: float
    temporal_ms: float
    ms_per_node: float
    nodes_per_second: float
    events_per_node: float
    worker_cpu_ms_per_node: float
    server_cpu_ms_per_node: float
    samples: int


@dataclass(frozen=True)
class Compared:
    """Both sides, and ours as a multiple of by hand."""

    key: str
    title: str
    nodes: int
    ours: Figures
    by_hand: Figures
    #: Time per node; for several runs at once, of all of them together.
    ratio: float
    #: The same from Temporal's start to its close.
    temporal_ratio: float

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Processes:
    """Who works for whom: process ids by side, and those of the servers."""

    workers: dict[str, list[int]]
    servers: list[int]


async def compare(
    client: Client, sides: Sequence[Ours | Hand], workload: Workload, processes: Processes, samples: int
) -> Compared:
    """Measure both sides in turn, after a warm-up of each."""
    found: dict[str, list[Sample]] = {side.name: [] for side in sides}
    for number in range(samples + 1):
        for side in sides:
            sample = await _sample(client, side, workload, processes)
            if number > 0:
                found[side.name].append(sample)
    ours, by_hand = (_figures(workload, found[side.name]) for side in sides)
    return Compared(
        workload.key,
        workload.title,
        workload.nodes,
        ours,
        by_hand,
        ours.ms_per_node / by_hand.ms_per_node,
        ours.temporal_ms / by_hand.temporal_ms,
    )


async def _sample(client: Client, side: Ours | Hand, workload: Workload, processes: Processes) -> Sample:
    pids = processes.workers[side.name]
    cpu, server = cpu_seconds(pids), cpu_seconds(processes.servers)
    began = time.monotonic()
    keys = await _at_once(lambda: side.run(workload), workload.runs, workload.at_once)
    seconds = time.monotonic() - began
    runs = [await taken(client, side, key) for key in keys]
    return Sample(seconds, runs, cpu_seconds(pids) - cpu, cpu_seconds(processes.servers) - server)


async def _at_once(work: Callable[[], Any], times: int, at_once: int) -> list[str]:
    room = asyncio.Semaphore(at_once)

    async def one() -> str:
        async with room:
            return str(await work())

    return list(await asyncio.gather(*(one() for _ in range(times))))


def _figures(workload: Workload, samples: list[Sample]) -> Figures:
    runs = [run for sample in samples for run in sample.runs]
    nodes = workload.nodes * workload.runs
    run_seconds = median(run.wall_seconds for run in runs)
    # Runs beside one another are judged by what they give together, a run alone by itself.
    seconds = median(sample.seconds for sample in samples) if workload.runs > 1 else run_seconds
    return Figures(
        run_ms=run_seconds * 1e3,
        temporal_ms=median(run.temporal_seconds for run in runs) * 1e3,
        ms_per_node=seconds / nodes * 1e3,
        nodes_per_second=nodes / seconds,
        events_per_node=median(run.events for run in runs) / workload.nodes,
        worker_cpu_ms_per_node=median(s.worker_cpu_seconds for s in samples) / nodes * 1e3,
        server_cpu_ms_per_node=median(s.server_cpu_seconds for s in samples) / nodes * 1e3,
        samples=len(samples),
    )


def cpu_seconds(pids: Iterable[int]) -> float:
    """Give the processor time of processes and their children so far."""
    total = 0.0
    for pid in pids:
        for process in _family(pid):
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system
    return total


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
