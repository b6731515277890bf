"""The goals as data, and whether a measurement meets them, and by how much; it measures nothing and stops nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from bench.measure import Row


@dataclass(frozen=True)
class Goal:
    """A bar for one figure of ours: what it is at the most, or at the least."""

    key: str
    title: str
    bar: float
    unit: str
    is_most: bool = True


#: The goal row of the table that the engine's speed is judged by: on two cores, medians.
GOALS: Final = (
    Goal("W1", "chain of 10", 40, "ms"),
    Goal("W2", "chain of 100", 60, "ms"),
    Goal("W3", "fan-out of 100", 60, "ms"),
    Goal("W4", "200 runs, 50 at once", 45, "runs/s", is_most=False),
    Goal("W5", "1,000 items through 3 nodes", 20_000, "executions/s", is_most=False),
    Goal("W7", "after kill -9, beyond the undisturbed time", 10, "s"),
    Goal("W8", "a foreign tenant's single run", 5, "s"),
)
#: A side of ours that is this little slower than another counts as no slower: rounds differ by so much.
NOISE: Final = 1.05


@dataclass(frozen=True)
class Verdict:
    """A goal and what was measured; no value: it was not measured, or there is none."""

    goal: Goal
    value: float | None

    @property
    def is_met(self) -> bool:
        if self.value is None:
            return False
        return self.value < self.goal.bar if self.goal.is_most else self.value > self.goal.bar

    @property
    def margin(self) -> float | None:
        """Give how many times better than the bar it is; below one where it is worse."""
        if not self.value:
            return None
        return self.goal.bar / self.value if self.goal.is_most else self.value / self.goal.bar

    def words(self) -> str:
        """Say whether it is met, and by how much."""
        if self.margin is None:
            return "not measured"
        if self.is_met:
            return f"met: {self.margin:.1f} times better than the bar"
        return f"not met: {1 / self.margin:.1f} times off the bar"

    def to_wire(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met, "margin": self.margin}


def verdicts(values: Mapping[str, float | None], keys: Sequence[str] | None = None) -> list[Verdict]:
    """Judge the figures of ours by key; only these keys where they are given."""
    return [Verdict(goal, values.get(goal.key)) for goal in GOALS if keys is None or goal.key in keys]


def slower_than(rows: Sequence[Row], other: str = "by hand", ours: str = "ours") -> dict[str, float]:
    """Give {workload: ratio} where ours takes longer per node than another side."""
    ratios = {
        row.key: (row.sides[ours].ms_per_node / row.sides[other].ms_per_node) for row in rows if _has(row, ours, other)
    }
    return {key: ratio for key, ratio in ratios.items() if ratio > NOISE}


def _has(row: Row, *sides: str) -> bool:
    return all(side in row.sides for side in sides)
