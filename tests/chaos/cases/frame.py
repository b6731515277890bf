"""What a case is and what it gives back; it starts nothing and judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from tests.chaos.oracle import Violation

if TYPE_CHECKING:
    from tests.chaos.cases.world import World

#: How an operation of a client ended. REFUSED: with an error that says to come again; AWAY: nobody answered; BROKEN: with INTERNAL,
#: or with what is no answer of the API at all, which must never be.
OK: Final = "ok"
ANSWERED: Final = "answered"
REFUSED: Final = "refused"
AWAY: Final = "away"
BROKEN: Final = "broken"

CALM: Final = "calm"
FAULT: Final = "fault"


@dataclass(frozen=True)
class Operation:
    """What a client asked for: when it began, in seconds of the loop's clock, how long it took and how it ended."""

    name: str
    phase: str
    began: float
    seconds: float
    outcome: str
    said: str = ""


@dataclass
class Acknowledged:
    """A run that the API acknowledged, and what must become of it."""

    run_id: UUID
    #: {name: values}; None: what it gives is not compared.
    outputs: dict[str, list[Any]] | None
    statuses: frozenset[str] = frozenset({"COMPLETED"})
    key: str | None = None


@dataclass
class CaseResult:
    """What a case found. `proofs` say whether each planned fault happened: one that is false makes the case void (I9)."""

    id: str
    title: str
    proofs: dict[str, bool] = field(default_factory=dict)
    figures: dict[str, float | int | str] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    runs: int = 0
    seconds: float = 0.0
    #: Why the case could not be run here at all; None: it was.
    skipped: str | None = None

    def prove(self, what: str, is_proven: bool) -> None:
        """Note a fault that was planned; proven once, it must be proven each time."""
        self.proofs[what] = self.proofs.get(what, True) and is_proven

    def measure(self, what: str, figure: float | int | str) -> None:
        self.figures[what] = round(figure, 2) if isinstance(figure, float) else figure

    def violate(self, kind: str, what: str) -> None:
        self.violations.append(Violation(kind, what))

    def need(self, is_right: bool, kind: str, what: str) -> None:
        """Note a violation unless something is right."""
        if not is_right:
            self.violate(kind, what)

    @property
    def is_void(self) -> bool:
        return self.skipped is None and (not self.proofs or not all(self.proofs.values()))

    def outcomes(self, phase: str | None = None) -> Counter[str]:
        return Counter(one.outcome for one in self.operations if phase in (None, one.phase))


@dataclass(frozen=True)
class Case:
    """A case of the specification. `is_short`: it belongs to the form that every change goes through."""

    id: str
    title: str
    run: Callable[[World], Awaitable[CaseResult]]
    is_short: bool = False

    def result(self) -> CaseResult:
        return CaseResult(self.id, self.title)
