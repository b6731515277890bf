"""What a session of the long mode has seen: plain records, and the document that is made of them; it measures nothing itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from tests.chaos.oracle import Violation


@dataclass
class Struck:
    """One fault: when it began, in seconds of the session, how long it stood and what proves it."""

    fault: str
    window: int
    began: float
    stood: float = 0.0
    #: Until the API and all parts were well again.
    healed: float = 0.0
    proof: str | None = None
    #: For each run that was in progress: seconds until its next commit, from the harm, or from its end where it stood for long.
    recoveries: list[float] = field(default_factory=list)
    #: Wall clock, in seconds, from which recovery is counted.
    counted_from: float = 0.0


@dataclass
class Window:
    """Some minutes of the session, judged."""

    number: int
    began: float
    seconds: float = 0.0
    runs: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    #: {phase: {outcome: count}} of what the API was asked.
    operations: dict[str, dict[str, int]] = field(default_factory=dict)
    faults: list[Struck] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)

    @property
    def is_void(self) -> bool:
        """Say whether a fault that was planned did not happen: then nothing is proven."""
        return any(one.proof is None for one in self.faults)


@dataclass
class Session:
    """All of it."""

    parameters: dict[str, Any]
    commit: str
    machine: dict[str, Any]
    began_at: str
    seconds: float = 0.0
    windows: list[Window] = field(default_factory=list)
    #: What was found behind all windows, such as a secret somewhere.
    others: list[Violation] = field(default_factory=list)
    dumps: list[str] = field(default_factory=list)

    @property
    def violations(self) -> list[Violation]:
        return [*(one for window in self.windows for one in window.violations), *self.others]

    @property
    def faults(self) -> list[Struck]:
        return [one for window in self.windows for one in window.faults]

    @property
    def runs(self) -> int:
        """Give the runs of windows that are not void."""
        return sum(window.runs for window in self.windows if not window.is_void)

    def document(self) -> dict[str, Any]:
        """Give the report as JSON has it."""
        kinds = Counter(one.kind for one in self.violations)
        return {
            "parameters": self.parameters,
            "commit": self.commit,
            "machine": self.machine,
            "began_at": self.began_at,
            "seconds": round(self.seconds, 1),
            "runs": self.runs,
            "runs_of_void_windows": sum(window.runs for window in self.windows) - self.runs,
            "executions": sum(int(window.figures.get("executions", 0)) for window in self.windows),
            "effects": sum(int(window.figures.get("effects", 0)) for window in self.windows),
            "effects_repeated": sum(int(window.figures.get("effects repeated", 0)) for window in self.windows),
            "model_calls": sum(int(window.figures.get("model calls", 0)) for window in self.windows),
            "replayed": sum(int(window.figures.get("histories replayed", 0)) for window in self.windows),
            **{
                name: kinds[name] for name in ("lost", "stuck", "doubled", "charged", "wrong", "leak", "secret", "void")
            },
            "nemeses": self._nemeses(),
            "recovery": spread([one for struck in self.faults for one in struck.recoveries]),
            "windows": [{**asdict(window), "is_void": window.is_void} for window in self.windows],
            "others": [asdict(one) for one in self.others],
            "dumps": self.dumps,
        }

    def _nemeses(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for one in self.faults:
            row = found.setdefault(one.fault, {"times": 0, "proven": 0, "recoveries": []})
            row["times"] += 1
            row["proven"] += one.proof is not None
            row["recoveries"] += one.recoveries
        return {
            name: {"times": row["times"], "proven": row["proven"], "recovery": spread(row["recoveries"])}
            for name, row in sorted(found.items())
        }


def spread(seconds: list[float]) -> dict[str, float] | None:
    """Give the middle, what 95 of a hundred are not above, and the largest of some durations."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    top = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return {"count": len(ordered), "p50": round(median(ordered), 2), "p95": round(top, 2), "max": round(ordered[-1], 2)}
