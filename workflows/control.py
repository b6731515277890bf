"""Control: what people and systems tell a run while it runs, turned into events for the scheduler and facts for PostgreSQL.

An order is `[number, word, detail]`. The API gives it its number in the run, in PostgreSQL, before anybody is told; a number
counts once, however often it is delivered. An order without a number came by Temporal itself: from a person at its command line
or UI, or from the run that started this one. What became of an order is a fact, `["order", number, outcome, detail]`.

No clock and no I/O is here, and nothing of Temporal: GraphRun asks this, and does what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from schema.limits import LIMITS as RUN_LIMITS
from workflows.engine.events import (
    BUDGET,
    OPERATOR,
    ORDER_WORDS,
    Clear,
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
from workflows.messages import KEY_CHARS_MAX, is_amount, is_event_name, is_key, is_number, text_of

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

#: Executions that wait behind a halt of the whole run and are shown, so that an operator can name them.
SHOWN_MAX: Final = 1_000
#: Characters of them in one fact: one payload over 2 MB would fail the workflow task for ever.
SHOWN_CHARS_MAX: Final = 200_000
#: Numbers heard before others that are lower: more than the API lets be on their way.
BEYOND_MAX: Final = 10_000

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
    time_order: int | None = None
    #: Events that came by Temporal itself until now.
    raw_events: int = 0
    #: (execution, dispatches it had) of those that are shown; the next run of the chain shows them again, which changes nothing.
    shown: set[tuple[int, int]] = field(default_factory=set)

    # Orders in

    def take(self, order: Any) -> None:
        """Take one order in. One that is malformed is refused, or dropped where it has no number: anybody may signal a workflow,
        and none must bring it down."""
        said: Any = order[0] if isinstance(order, list) and order else None
        number = said if is_number(said, 1) else None
        if number is not None and (len(self.heard.beyond) >= BEYOND_MAX or not self.heard.is_new(number)):
            return
        if not is_order(order):
            self._tell(number, REFUSED, "This is no order.")
            return
        _, word, detail = order
        if word == PAUSE:
            self._pause(number, detail)
        elif word == RESUME:
            self._resume(number, detail)
        elif word == LIMITS:
            self._limit(number, detail)
        elif word == EVENT and number is not None:
            self.hear_event(detail["name"], number)
        elif word == ANSWER:
            self.events.append(Woken(detail["execution"], [["answer", detail.get("approval")]]))
            self._tell(number, APPLIED)
        elif word in ORDER_WORDS:
            self._order(number, word, detail["execution"])
        else:
            self._tell(number, REFUSED, f"This version knows no order {word[:KEY_CHARS_MAX]!r}.")

    def _pause(self, number: int | None, detail: dict[str, Any]) -> None:
        key = detail.get("key") or (f"operator/{number}" if number is not None else "operator")
        reason = text_of(detail.get("reason"), "Paused by an operator.")
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
            self.wall_seconds_max = min(float(detail["wall_seconds_max"]), RUN_LIMITS.run_wall_seconds_max)
            self.is_time_new, self.time_order = True, number
        self._tell(number, APPLIED)

    def _order(self, number: int | None, word: str, execution: int) -> None:
        refusal = self.scheduler.refusal_of(execution, word)
        if refusal is None:
            # An event that comes from now on is for another.
            self.mailbox.leave(execution)
            self.events.append(Ordered(execution, [word, number]))
        self._tell(number, APPLIED if refusal is None else REFUSED, refusal)

    def hear_event(self, name: str, number: int) -> None:
        """Take a named event in: for who waits for it, or to be kept."""
        if self.mailbox.is_full and name not in self.mailbox.waiting:
            self._tell(number, REFUSED, "The run keeps as many events as it can that nobody has taken.")
            return
        execution = self.mailbox.arrive(name, [number])
        if execution is None:
            self._tell(number, KEPT)
        else:
            self.deliver(execution, [number])

    def hear_raw_event(self, name: str, payload: Any, refusal: str | None) -> None:
        """Take in an event that somebody sent by Temporal itself. It gets a number here: they count down from -1. What it carries
        goes into its order's row, where its node finds it like any other's."""
        self.raw_events += 1
        number = -self.raw_events
        self.facts.append(["signal", number, name, None if refusal else payload, refusal])
        if refusal is None:
            self.hear_event(name, number)

    def deliver(self, execution: int, mail: list[Any]) -> None:
        """Give an event to who waited for it."""
        self.events.append(Woken(execution, [["event", *mail]]))
        self._tell(mail[0], APPLIED)

    def _tell(self, number: int | None, outcome: str, detail: str | None = None) -> None:
        if number is not None:
            self.facts.append(["order", number, outcome, detail])

    # Halts and status out

    def have_time(self) -> None:
        """Let the run go on, where it halts because its time was over: it has more."""
        if WALL_KEY in self.scheduler.halts:
            self.events.append(Cleared(WALL_KEY, self.time_order, "raise"))

    def meet_wall(self, seconds: float) -> None:
        """Halt the run: its time is over."""
        text = f"The run met its limit of {seconds:g} s: raise it, or cancel the run."
        self.events.append(Paused(WALL_KEY, BUDGET, "BUDGET_EXCEEDED", text))

    def tell_halt(self, halt: Halt, node_id: str | None) -> None:
        self.facts.append(
            ["halt", halt.number, halt.key, halt.kind, halt.code, halt.message, node_id, halt.execution, halt.by]
        )

    def show_ready(self) -> None:
        """Have the executions shown that wait behind a halt of the whole run: otherwise nobody knows of them until they run.

        The fact is ["ready", [[execution, node, ordinal, step, last dispatch, [[pin, token]]], ...]], the node by its index.
        """
        if not self.scheduler.is_stopped:
            return
        rows: list[Any] = []
        size = 0
        for execution in self.scheduler.ready(SHOWN_MAX):
            key = (execution.number, execution.dispatch)
            if key not in self.shown:
                self.shown.add(key)
                tokens = [[pin, token[:3]] for pin, token in execution.tokens]
                place = [execution.number, execution.node, execution.ordinal, execution.step, execution.dispatch]
                rows.append([*place, tokens])
                size += len(str(rows[-1]))
                if size > SHOWN_CHARS_MAX:
                    self.facts.append(["ready", rows])
                    rows, size = [], 0
        if rows:
            self.facts.append(["ready", rows])

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
        # A run that drains, to go on as new, has only put aside what is ready: it is no other run than before.
        if scheduler.is_busy or (scheduler.ready_count and not scheduler.is_stopped):
            return "RUNNING"
        if scheduler.is_stopped:
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
            self.raw_events,
        ]

    @classmethod
    def from_lists(cls, scheduler: Scheduler, lists: list[Any]) -> Control:
        mailbox, (upto, beyond), status, wall_seconds_max, raw_events = lists
        control = cls(scheduler, Mailbox.from_lists(mailbox), Heard(upto, list(beyond)), status)
        control.wall_seconds_max, control.raw_events = wall_seconds_max, raw_events
        return control


def is_order(order: Any) -> bool:
    """Say whether something is an order: [number or None, word, detail], with what its word needs."""
    if not (isinstance(order, list) and len(order) == 3):
        return False
    number, word, detail = order
    if not (number is None or is_number(number, 1)) or not isinstance(word, str) or not isinstance(detail, dict):
        return False
    if word == EVENT:
        return number is not None and is_event_name(detail.get("name"))
    if word == LIMITS:
        counts = [detail.get("executions_max"), detail.get("in_flight_max")]
        return all(one is None or is_number(one, 1) for one in counts) and _is_absent_or_amount(detail)
    if word in (PAUSE, RESUME):
        return detail.get("key") is None or is_key(detail["key"])
    if word == ANSWER:
        return is_number(detail.get("execution"), 1) and is_key(detail.get("approval"))
    return word not in ORDER_WORDS or is_number(detail.get("execution"), 1)


def _is_absent_or_amount(detail: dict[str, Any]) -> bool:
    return detail.get("wall_seconds_max") is None or is_amount(detail["wall_seconds_max"])


def is_of_run(command: Command) -> bool:
    """Say whether the whole run halts, or halts so no more: that reaches the runs that this one started, too."""
    if isinstance(command, Clear):
        return command.answer not in ORDER_WORDS
    return isinstance(command, Halt) and command.execution is None
