"""What a side of the comparison does: it runs a workload once, and tells what it took; nothing here knows which side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from bench.workloads import Workload

#: A run that takes longer counts as one that does not end.
RUN_SECONDS = 180.0


#: Why a side does not do what it is not told to do.
LEFT_OUT = "left out"


class Cannot(Exception):
    """A side cannot do a workload; its text says why."""


@dataclass(frozen=True)
class Sample:
    """All runs of one workload, once, on one side."""

    #: From the first that began until the last that ended.
    seconds: float
    #: Of each run, from accepted or asked for until told that it is over.
    walls: list[float]
    #: Their workflows, where they are some.
    keys: list[str] = field(default_factory=list)
    #: Of each run, where Temporal knows it: from its start to its close, and its history's events.
    temporal: list[float] = field(default_factory=list)
    events: list[int] = field(default_factory=list)


class Side(Protocol):
    """One side."""

    name: str

    @property
    def share(self) -> float:
        """Give the part of W4's runs and W5's items that it does: less than all where all would take minutes."""

    def processes(self) -> dict[str, int]:
        """Give the ids of the processes that work for it, servers included, by name; they may change."""

    async def sample(self, workload: Workload) -> Sample:
        """Do all runs of a workload once; raise Cannot."""

    async def known(self, sample: Sample) -> Sample:
        """Give a sample with what Temporal knows of its runs, if it knows any."""

    async def begin(self, workload: Workload) -> Any:
        """Begin a run of a workload and give what it is known by."""

    def victims(self, begun: Any) -> list[int]:
        """Give the ids of the processes that work at a run."""

    async def finish(self, workload: Workload, begun: Any) -> str:
        """Wait for a run whose processes were killed, doing what its user would have to do; say what became of it."""
