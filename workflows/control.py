"""Control: what people and systems tell a run while it runs, turned into events for the scheduler and facts for PostgreSQL.

An order is `[number, word, detail]`. The API gives it its number in the run, in PostgreSQL, before anybody is told; a number
counts once, however often it is delivered. An order without a number came by Temporal itself: from a person at its command line
or UI, or from the run that started this one. What became of an order is a fact, `["order", number, outcome, detail]`.

No clock and no I/O is here, and nothing of Temporal: GraphRun asks this, and does what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from workflows.engine.events import (
    BUDGET,
    OPERATOR,
    ORDER_WORDS,
    Cleared,
    Command,
    Event,
    Halt,
    Limited,
    Ordered,
    Paused,
    Woken,
)
from workflows.engine.mailbox import Heard, Mailbox
from workflows.engine.scheduler import Scheduler

PAUSE: Final = "pause"
RESUME: Final = "resume"
LIMITS: Final = "limits"
EVENT: Final = "event"
ANSWER: Final = "answer"

#: The halt under which a run waits for the one that started it, and the one for its time.
PARENT_KEY: Final = "parent"
WALL_KEY: Final = "wall time"

#: What became of an order. KEPT: an event that nobody waits for yet.
APPLIED: Final = "APPLIED"
KEPT: Final = "KEPT"
REFUSED: Final = "REFUSED"

#: Characters of the JSON of an event that comes by Temporal itself: it travels in the run's state until it is taken.
RAW_EVENT_CHARS_MAX: Final = 16_000
EVENT_NAME_CHARS_MAX: Final = 200

Fact = list[Any]


@dataclass
class Control:
    """The control of one run."""

    scheduler: Scheduler
    mailbox: Mailbox = field(default_factory=Mailbox)
    heard: Heard = field(default_factory=Heard)
    #: What PostgreSQL and Temporal's UI were told last.
    status: str = "RUNNING"
    #: What is to be done: taken by GraphRun.
    events: list[Event] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    #: A new limit of time, in seconds from the start of the run.
    wall_seconds_max: float | None = None
    is_time_new: bool = False

    # Orders in

    def take(self, order: list[Any]) -> None:
        """Take one order in. One that is malformed is dropped: anybody may signal a workflow, and none must bring it down."""
        if not is_order(order):
            return
        number, word, detail = order
        if number is not None and not self.heard.is_new(number):
            return
        if word == PAUSE:
            self._pause(number, detail)
        elif word == RESUME:
            self._resume(number, detail)
        elif word == LIMITS:
            self._limit(number, detail)
        elif word == EVENT:
            self.hear_event(detail["name"], [number], number)
        elif word == ANSWER:
            self.events.append(Woken(detail["execution"], [["answer", detail.get("approval")]]))
            self._tell(number, APPLIED)
        elif word in ORDER_WORDS:
            self._order(number, word, detail["execution"])
        else:
            self._tell(number, REFUSED, f"This version knows no order {word!r}.")

    def _pause(self, number: int | None, detail: dict[str, Any]) -> None:
        key = detail.get("key") or (f"operator/{number}" if number is not None else "operator")
        reason = str(detail.get("reason") or "Paused by an operator.")
        self.events.append(Paused(key, OPERATOR, "PAUSED", reason, detail.get("mode") == "hard", number))
        self._tell(number, APPLIED)

    def _resume(self, number: int | None, detail: dict[str, Any]) -> None:
        asked = detail.get("key")
        keys = [key for key in self.operator_keys() if asked in (None, key)]
        self.events += [Cleared(key, number) for key in keys]
        refusal = "An operator's pause of this key does not halt the run."
        self._tell(number, APPLIED if keys else REFUSED, None if keys else refusal)

    def operator_keys(self) -> list[str]:
        """Give the keys of the pauses that operators, or the run that started this one, asked for."""
        return [key for key in self.scheduler.halts if key == PARENT_KEY or key.partition("/")[0] == OPERATOR]

    def _limit(self, number: int | None, detail: dict[str, Any]) -> None:
        self.events.append(Limited(detail.get("executions_max"), detail.get("in_flight_max"), number))
        if detail.get("wall_seconds_max") is not None:
            self.wall_seconds_max = float(detail["wall_seconds_max"])
            self.is_time_new = True
            self.events.append(Cleared(WALL_KEY, number))
        self._tell(number, APPLIED)

    def _order(self, number: int | None, word: str, execution: int) -> None:
        refusal = self.scheduler.refusal_of(execution, word)
        if refusal is None:
            self.events.append(Ordered(execution, [word, number]))
        self._tell(number, APPLIED if refusal is None else REFUSED, refusal)

    def hear_event(self, name: str, mail: list[Any], number: int | None) -> None:
        """Take a named event in: for who waits for it, or to be kept."""
        if self.mailbox.is_full and name not in self.mailbox.waiting:
            self._tell(number, REFUSED, "The run keeps as many events as it can that nobody has taken.")
            return
        execution = self.mailbox.arrive(name, mail)
        if execution is None:
            self._tell(number, KEPT)
        else:
            self.deliver(execution, mail)

    def deliver(self, execution: int, mail: list[Any]) -> None:
        """Give an event to who waited for it."""
        self.events.append(Woken(execution, [["event", *mail]]))
        self._tell(mail[0], APPLIED)

    def _tell(self, number: int | None, outcome: str, detail: str | None = None) -> None:
        if number is not None:
            self.facts.append(["order", number, outcome, detail])

    # Halts and status out

    def meet_wall(self, seconds: float) -> None:
        """Halt the run: its time is over."""
        text = f"The run met its limit of {seconds:g} s: raise it, or cancel the run."
        self.events.append(Paused(WALL_KEY, BUDGET, "BUDGET_EXCEEDED", text))

    def tell_halt(self, halt: Halt, node_id: str | None) -> None:
        self.facts.append(
            ["halt", halt.number, halt.key, halt.kind, halt.code, halt.message, node_id, halt.execution, halt.by]
        )

    def news_of_status(self, reviews: int) -> str | None:
        """Give the run's status where it is another than was told last; `reviews` wait for a person."""
        status = self._status(reviews)
        if status == self.status:
            return None
        self.status = status
        self.facts.append(["status", status])
        return status

    def _status(self, reviews: int) -> str:
        scheduler = self.scheduler
        if scheduler.in_flight or (scheduler.ready_count and not scheduler.is_halted):
            return "RUNNING"
        if scheduler.is_halted and not scheduler.is_held:
            return "PAUSED"
        if reviews:
            return "REVIEW"
        return "PAUSED" if scheduler.stuck else "RUNNING"

    # Lasting

    def to_lists(self) -> list[Any]:
        return [
            self.mailbox.to_lists(),
            [self.heard.upto, self.heard.beyond],
            self.status,
            self.wall_seconds_max,
        ]

    @classmethod
    def from_lists(cls, scheduler: Scheduler, lists: list[Any]) -> Control:
        mailbox, (upto, beyond), status, wall_seconds_max = lists
        heard = Heard(upto, list(beyond))
        return cls(scheduler, Mailbox.from_lists(mailbox), heard, status, wall_seconds_max=wall_seconds_max)


def read_raw_event(said: Sequence[Any]) -> tuple[str, Any, str | None]:
    """Give (name, payload, what is wrong with it) of an event that somebody sent by hand."""
    first = said[0] if said else None
    name, payload = (first.get("name"), first.get("payload")) if isinstance(first, dict) else (first, None)
    if not isinstance(first, dict) and len(said) > 1:
        payload = said[1]
    if not isinstance(name, str) or not 1 <= len(name) <= EVENT_NAME_CHARS_MAX:
        return str(name)[:EVENT_NAME_CHARS_MAX], None, 'An event is {"name": ..., "payload": ...}.'
    return name, payload, None


def is_order(order: Any) -> bool:
    """Say whether something is an order: [number or None, word, detail], with what its word needs."""
    if not (isinstance(order, list) and len(order) == 3):
        return False
    number, word, detail = order
    if not (number is None or isinstance(number, int)) or not isinstance(word, str) or not isinstance(detail, dict):
        return False
    if word == EVENT:
        return isinstance(detail.get("name"), str)
    if word == LIMITS:
        return all(value is None or isinstance(value, int | float) for value in detail.values())
    if word in (ANSWER, *ORDER_WORDS):
        return isinstance(detail.get("execution"), int)
    return True


def is_cascading(command: Command) -> bool:
    """Say whether a halt reaches the runs that this one started: an operator's pause does."""
    return isinstance(command, Halt) and command.kind == OPERATOR and command.execution is None
