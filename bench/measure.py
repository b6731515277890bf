"""Measuring: samples of all sides in turn (A B C A B C ...), and the figures of each; it judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Final

from bench.processes import cpu_of, forget_peak, peak_mebibytes
from bench.side import Cannot, Sample, Side
from bench.workloads import Unit, Workload

SERVERS: Final = ("temporal", "postgres")
#: Seconds after which a side has given enough samples of a workload, however few.
BUDGET_SECONDS: Final = 15.0
#: What of W4 and W5 warms up.
WARM_UP: Final = 0.1


@dataclass(frozen=True)
class Taken:
    """A sample, and what it took of each process."""

    sample: Sample
    cpu_seconds: dict[str, float]
    #: The most memory of the side's own processes: servers serve all.
    peak_mebibytes: dict[str, float]


@dataclass(frozen=True)
class Figures:
    """The figures of one side for one workload: medians over its samples."""

    #: Of one run: from accepted (ours) or asked for (the others) to told that it is over, and as Temporal dates it.
    run_ms: float
    low_ms: float
    high_ms: float
    temporal_ms: float | None
    #: Of all runs of a sample together; of one run where a sample is one.
    seconds: float
    runs_per_second: float
    nodes_per_second: float
    ms_per_node: float
    events_per_node: float | None
    #: Means over all samples, by process.
    cpu_ms_per_node: dict[str, float]
    peak_mebibytes: dict[str, float]
    samples: int
    #: Runs and node executions of one sample.
    runs: int
    nodes: int

    def value(self, unit: Unit) -> float:
        """Give the figure by which a workload is judged."""
        return {"ms": self.run_ms, "runs/s": self.runs_per_second, "executions/s": self.nodes_per_second}[unit]


@dataclass(frozen=True)
class Row:
    """One workload on all sides."""

    key: str
    title: str
    unit: Unit
    nodes: int
    sides: dict[str, Figures] = field(default_factory=dict)
    #: {side: why it cannot}.
    cannot: dict[str, str] = field(default_factory=dict)
    #: All of them, in the order in which they were measured.
    order: Sequence[str] = ()

    def ratio(self, side: str, to: str = "by hand") -> float | None:
        """Give the time per node of a side as a multiple of another's."""
        if side not in self.sides or to not in self.sides:
            return None
        return self.sides[side].ms_per_node / self.sides[to].ms_per_node

    def to_wire(self) -> dict[str, Any]:
        return {**asdict(self), "ratios": {side: self.ratio(side) for side in self.sides}}


async def compare(sides: Sequence[Side], workload: Workload, samples: int) -> Row:
    """Measure all sides in turn, after a warm-up of each."""
    order = [side.name for side in sides]
    row = Row(workload.key, workload.title, workload.unit, workload.nodes, order=order)
    found: dict[str, list[Taken]] = {}
    for side in sides:
        try:
            await side.sample(workload.part(WARM_UP * side.share))
            found[side.name] = []
        except Cannot as reason:
            row.cannot[side.name] = str(reason)
    for _ in range(samples):
        for side in sides:
            taken = found.get(side.name)
            if taken is None or sum(one.sample.seconds for one in taken) > BUDGET_SECONDS:
                continue
            try:
                taken.append(await _take(side, workload.part(side.share)))
            except Cannot as reason:
                row.cannot[side.name] = str(reason)
                del found[side.name]
    for side in sides:
        if side.name in found:
            row.sides[side.name] = figures(workload.part(side.share), found[side.name])
    return row


async def _take(side: Side, workload: Workload) -> Taken:
    pids = side.processes()
    own = {name: pid for name, pid in pids.items() if name not in SERVERS}
    for pid in own.values():
        forget_peak(pid)
    before = cpu_of(pids)
    sample = await side.sample(workload)
    after = cpu_of(pids)
    # To ask Temporal about its runs is no work of the side's.
    peaks = {name: peak_mebibytes(pid) for name, pid in own.items()}
    return Taken(await side.known(sample), {name: after[name] - before[name] for name in pids}, peaks)


def figures(workload: Workload, taken: Sequence[Taken]) -> Figures:
    """Make the figures of samples."""
    walls = [wall for one in taken for wall in one.sample.walls]
    temporal = [seconds for one in taken for seconds in one.sample.temporal]
    events = [count for one in taken for count in one.sample.events]
    nodes = workload.nodes * workload.runs
    # Runs beside one another are judged by what they give together, a run alone by itself.
    seconds = median(one.sample.seconds for one in taken) if workload.runs > 1 else median(walls)
    names = taken[0].cpu_seconds
    return Figures(
        run_ms=median(walls) * 1e3,
        low_ms=min(walls) * 1e3,
        high_ms=max(walls) * 1e3,
        temporal_ms=median(temporal) * 1e3 if temporal else None,
        seconds=seconds,
        runs_per_second=workload.runs / seconds,
        nodes_per_second=nodes / seconds,
        ms_per_node=seconds / nodes * 1e3,
        events_per_node=median(events) / workload.nodes if events else None,
        cpu_ms_per_node={
            name: sum(one.cpu_seconds[name] for one in taken) / len(taken) / nodes * 1e3 for name in names
        },
        peak_mebibytes={name: max(one.peak_mebibytes[name] for one in taken) for name in taken[0].peak_mebibytes},
        samples=len(taken),
        runs=workload.runs,
        nodes=nodes,
    )
