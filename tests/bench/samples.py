"""Made-up figures for the tests of the bench; nothing is measured."""

from __future__ import annotations

from bench.measure import Figures, Row, Taken, figures
from bench.side import Sample
from bench.workloads import Unit, Workload, chains


def taken(*walls: float, seconds: float | None = None, cpu: float = 0.1, events: list[int] | None = None) -> Taken:
    """Give a sample with these times of its runs."""
    sample = Sample(
        max(walls) if seconds is None else seconds, list(walls), [], list(walls) if events else [], events or []
    )
    return Taken(sample, {"engine": cpu, "postgres": cpu * 2}, {"engine": 100.0})


def one(*walls: float, workload: Workload | None = None) -> Figures:
    """Give the figures of samples of one run each."""
    return figures(workload or chains("W1", 10, 3, 1), [taken(wall) for wall in walls])


def row(key: str = "W1", unit: Unit = "ms", **sides: float) -> Row:
    """Give a row of sides with these seconds; `by_hand` is the side by hand."""
    return Row(
        key, f"title of {key}", unit, 10, {name.replace("_", " "): one(seconds) for name, seconds in sides.items()}
    )
