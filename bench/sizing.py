"""How large an installation is for so many runs a day, computed from what one run was measured to take; it measures nothing.

What is measured is in bench/results (`kept.json`, `latest.json`); what is assumed stands here, each with its reason. Of each
resource a load takes so much at its peak; the resource of which it takes the most gives out first.

    .venv/bin/python -m bench.sizing     prints the tables of docs/sizing.md
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bench.report import RESULTS

DAY_SECONDS: Final = 86_400
#: The busiest hour is so many times the mean one: days of people are like that.
PEAK: Final = 3.0
#: No processor is planned to be busier than this: queues grow without bound towards 1.
BUSY: Final = 0.6
#: What was measured is the development server, one process on SQLite. Four services on PostgreSQL take more; how much more is not
#: measured here, so their cost is doubled, and as much again is taken by Temporal's own database.
TEMPORAL_SERVICES: Final = 2.0
TEMPORAL_DATABASE: Final = 1.0
#: Nodes that wait for somebody else (HTTP, models) take a slot for so long, and next to no processor.
WAIT_SECONDS: Final = 2.0
SLOTS: Final = 100
POOL: Final = 10
#: One process of ours is one busy core. These are beside the engines, the workers of blocks and the API, and next to idle.
BESIDE: Final = {"starter": 2, "reconciler": 2, "platform": 2}
#: Whoever starts a run asks for a list as often.
READS: Final = 2
RETENTION_DAYS: Final = 30
TEMPORAL_RETENTION_DAYS: Final = 3
GIGABYTE: Final = 1e9


@dataclass(frozen=True)
class Cluster:
    """The machines of the page."""

    name: str
    #: Cores for our processes, for PostgreSQL, and for Temporal with its database.
    our_cores: int
    postgresql_cores: int
    temporal_cores: int
    temporal_database_cores: int
    #: Megabytes a second that PostgreSQL's log may take, and its connections.
    wal_megabytes: float
    connections: int
    #: Of Temporal: shards, and events a second that each of them takes. That figure is a cautious guess: nobody's is known to us.
    shards: int
    shard_events: float


CLUSTER: Final = Cluster("three", 32, 8, 16, 8, 100.0, 500, 512, 20.0)


@dataclass(frozen=True)
class Run:
    """What one run of a kind takes."""

    kind: str
    nodes: int
    waiting_seconds: float
    cpu_ms: Mapping[str, float]
    bytes: float
    wal_bytes: float
    commits: float
    history_events: float
    history_bytes: float
    rows: Mapping[str, float]
    #: Of the API: starting it and reading lists; server and client were one process, so it is less.
    api_ms: float


def measured() -> tuple[dict[str, Run], dict[str, float]]:
    """Give what a run of each kind takes, and the loads of the machine (docs say them).

    Processor time is that of the quiet measurement (W4) where there is one; of the other kind it is that times the ratio that both
    had in one run.
    """
    kept = orjson.loads((RESULTS / "kept.json").read_bytes())
    latest = orjson.loads((RESULTS / "latest.json").read_bytes())
    asked = {one["title"]: one["p50_ms"] for one in orjson.loads((RESULTS / "api.json").read_bytes())["operations"]}
    api_ms = asked["start a run"] + READS * asked["list 50 runs among 100,000"]
    (many,) = [one for one in latest["workloads"] if one["key"] == "W4"]
    quiet = {name: many["nodes"] * value for name, value in many["sides"]["ours"]["cpu_ms_per_node"].items()}
    plain = kept["kinds"]["without effects"]["cpu_ms"]
    runs = {}
    for kind, left in kept["kinds"].items():
        # The blocks' workers do nothing in the quiet one; their own time is put in proportion to all of ours.
        slower = sum(plain.values()) / sum(quiet.values())
        cpu = quiet if kind == "without effects" else {name: value / slower for name, value in left["cpu_ms"].items()}
        waits = WAIT_SECONDS * kept["nodes"] if kind == "with effects" else 0.0
        rest = {
            name: left[name] for name in ("bytes", "wal_bytes", "commits", "history_events", "history_bytes", "rows")
        }
        runs[kind] = Run(kind=kind, nodes=kept["nodes"], waiting_seconds=waits, cpu_ms=cpu, api_ms=api_ms, **rest)
    return runs, {"kept": kept["settings"]["load"], "latest": latest["settings"]["load"]}


@dataclass(frozen=True)
class Size:
    """What so many runs a day need."""

    runs_a_day: int
    kind: str
    peak_runs_per_second: float
    #: Cores at the peak, with room, by who has them.
    cores: Mapping[str, float]
    engines: int
    block_workers: int
    api_processes: int
    connections: int
    wal_megabytes_per_second: float
    commits_per_second: float
    disk_gigabytes: float
    temporal_events_per_second: float
    temporal_gigabytes: float


def size_of(run: Run, runs_a_day: int) -> Size:
    """Compute what is needed."""
    peak = runs_a_day / DAY_SECONDS * PEAK
    busy = {name: peak * value / 1e3 / BUSY for name, value in run.cpu_ms.items()}
    cores = {
        "api": peak * run.api_ms / 1e3 / BUSY,
        "engine": busy["engine"], "blocks": busy["blocks"], "postgresql": busy["postgres"],
        "temporal": busy["temporal"] * TEMPORAL_SERVICES, "temporal's database": busy["temporal"] * TEMPORAL_DATABASE,
    }  # fmt: skip
    engines, api_processes = (max(2, math.ceil(cores[name])) for name in ("engine", "api"))
    slots = peak * run.waiting_seconds / BUSY / SLOTS
    block_workers = max(2, math.ceil(cores["blocks"]), math.ceil(slots))
    return Size(
        runs_a_day=runs_a_day,
        kind=run.kind,
        peak_runs_per_second=peak,
        cores=cores,
        engines=engines,
        block_workers=block_workers,
        api_processes=api_processes,
        connections=POOL * (engines + block_workers + api_processes + sum(BESIDE.values())),
        wal_megabytes_per_second=peak * run.wal_bytes / 1e6,
        commits_per_second=peak * run.commits,
        disk_gigabytes=runs_a_day * RETENTION_DAYS * run.bytes / GIGABYTE,
        temporal_events_per_second=peak * run.history_events,
        temporal_gigabytes=runs_a_day * TEMPORAL_RETENTION_DAYS * run.history_bytes / GIGABYTE,
    )


#: Resource -> what moves it.
REMEDIES: Final = {
    "our cores": "more processes: they share nothing",
    "PostgreSQL's cores": "a larger machine: one PostgreSQL takes all that is written",
    "PostgreSQL's log": "a faster disk; `wal_compression`; larger `max_wal_size`",
    "connections": "`DRYSTONE_DATABASE_POOL_SIZE`, `max_connections`",
    "Temporal's cores": "more history and matching services; `matching.numTaskqueueReadPartitions`",
    "Temporal's database": "a larger machine for it, or a store that spreads",
    "Temporal's shards": "`numHistoryShards`, which is set once and for ever; `history.transferProcessorMaxPollRPS`",
}


def taken(size: Size, cluster: Cluster) -> dict[str, float]:
    """Give the part of each resource of a cluster that the load takes at its peak, the largest first."""
    cores = size.cores
    found = {
        "our cores": (cores["api"] + cores["engine"] + cores["blocks"] + len(BESIDE)) / cluster.our_cores,
        "PostgreSQL's cores": cores["postgresql"] / cluster.postgresql_cores,
        "PostgreSQL's log": size.wal_megabytes_per_second / cluster.wal_megabytes,
        "connections": size.connections / cluster.connections,
        "Temporal's cores": cores["temporal"] / cluster.temporal_cores,
        "Temporal's database": cores["temporal's database"] / cluster.temporal_database_cores,
        "Temporal's shards": size.temporal_events_per_second / (cluster.shards * cluster.shard_events),
    }
    return dict(sorted(found.items(), key=lambda one: -one[1]))


LOADS: Final = (10_000, 100_000, 1_000_000)
#: Beyond it nobody looks.
LOAD_MAX: Final = 1_000_000_000


def limit_of(run: Run, cluster: Cluster, resource: str) -> int:
    """Give the runs a day at which a cluster has nothing left of a resource."""
    low, high = 0, LOAD_MAX
    while high - low > 1_000:
        middle = (low + high) // 2
        is_enough = taken(size_of(run, middle), cluster)[resource] <= 1
        low, high = (middle, high) if is_enough else (low, middle)
    return low


def figure(value: float) -> str:
    """Write a figure with two digits that count, and no more than it has."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def tables() -> dict[str, str]:
    """Give the page's tables by name."""
    runs, _ = measured()
    return {
        "a run": "\n".join(_run_table(runs)),
        "sizes": "\n".join(_size_table(runs)),
        "what gives out": "\n".join(_taken_table(runs)),
    }


def _run_table(runs: Mapping[str, Run]) -> Iterator[str]:
    yield "| one run of ten nodes | " + " | ".join(runs) + " |"
    yield "| --- |" + " --- |" * len(runs)
    lines: dict[str, Any] = {
        "processor ms: API, one start and two lists": lambda run: run.api_ms,
        "processor ms: engine": lambda run: run.cpu_ms["engine"],
        "processor ms: workers of blocks": lambda run: run.cpu_ms["blocks"],
        "processor ms: PostgreSQL": lambda run: run.cpu_ms["postgres"],
        "processor ms: Temporal, the development server": lambda run: run.cpu_ms["temporal"],
        "rows in PostgreSQL": lambda run: sum(run.rows.values()),
        "KB in PostgreSQL, with indexes": lambda run: run.bytes / 1e3,
        "KB of its log": lambda run: run.wal_bytes / 1e3,
        "transactions": lambda run: run.commits,
        "history events": lambda run: run.history_events,
        "KB of history": lambda run: run.history_bytes / 1e3,
    }
    for name, value in lines.items():
        yield f"| {name} | " + " | ".join(figure(value(run)) for run in runs.values()) + " |"


def _sizes(runs: Mapping[str, Run]) -> list[Size]:
    return [size_of(run, load) for run in runs.values() for load in LOADS]


def _size_table(runs: Mapping[str, Run]) -> Iterator[str]:
    sizes = _sizes(runs)
    yield "| | " + " | ".join(f"{size.runs_a_day:,} {size.kind}" for size in sizes) + " |"
    yield "| --- |" + " --- |" * len(sizes)
    lines: dict[str, Any] = {
        "runs a second at the peak": lambda size: size.peak_runs_per_second,
        "cores: API": lambda size: size.cores["api"],
        "cores: engine": lambda size: size.cores["engine"],
        "cores: workers of blocks": lambda size: size.cores["blocks"],
        "cores: PostgreSQL": lambda size: size.cores["postgresql"],
        "cores: Temporal": lambda size: size.cores["temporal"],
        "cores: Temporal's database": lambda size: size.cores["temporal's database"],
        "processes of the API": lambda size: size.api_processes,
        "processes of `graph-engine`": lambda size: size.engines,
        "processes of the blocks' queues": lambda size: size.block_workers,
        "connections to PostgreSQL": lambda size: size.connections,
        "MB of PostgreSQL's log a second, peak": lambda size: size.wal_megabytes_per_second,
        "transactions a second, peak": lambda size: size.commits_per_second,
        f"GB in PostgreSQL, {RETENTION_DAYS} days kept": lambda size: size.disk_gigabytes,
        "events a second in Temporal, peak": lambda size: size.temporal_events_per_second,
        f"GB in Temporal, {TEMPORAL_RETENTION_DAYS} days kept": lambda size: size.temporal_gigabytes,
    }
    for name, value in lines.items():
        yield f"| {name} | " + " | ".join(_cell(value(size)) for size in sizes) + " |"


def _cell(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else figure(value)


def _taken_table(runs: Mapping[str, Run]) -> Iterator[str]:
    found = {run.kind: taken(size_of(run, LOADS[-1]), CLUSTER) for run in runs.values()}
    yield (
        "| resource | " + " | ".join(f"{kind}: taken; gives out at runs a day" for kind in found) + " | what moves it |"
    )
    yield "| --- |" + " --- |" * (len(found) + 1)
    worst = sorted(REMEDIES, key=lambda name: -max(one[name] for one in found.values()))
    for name in worst:
        limits = (limit_of(run, CLUSTER, name) / 1e6 for run in runs.values())
        cells = (
            f"{100 * one[name]:.0f} %; {figure(most)} million" for one, most in zip(found.values(), limits, strict=True)
        )
        yield f"| {name} | " + " | ".join(cells) + f" | {REMEDIES[name]} |"


if __name__ == "__main__":
    for title, lines in tables().items():
        print(f"<!-- {title} -->\n{lines}\n")
