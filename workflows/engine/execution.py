"""The two records of a scheduler's state: an execution, and a node; plain data that turns into lists and back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from workflows.engine.events import FAIL, SKIP, TOOLS, Delivery, Item, Token

READY: Final = 0
RUNNING: Final = 1
PARKED: Final = 2
DONE: Final = 3
#: It cannot go on by itself: it waits for an operator.
STUCK: Final = 4


@dataclass(slots=True)
class Execution:
    """One execution of a node, from when its input was complete until its emissions are handed on."""

    number: int
    node: int
    #: The how-many-th execution of its node, from 1.
    ordinal: int
    tokens: list[tuple[str, Token]]
    state: int = READY
    step: int = 0
    #: Its first emission in this step, and the first that was not received yet.
    base: int = 0
    received: int = 0
    dispatch: int = 0
    is_again: bool = False
    #: Received and not handed on, because it is not first in its node's line.
    deliveries: list[Delivery] = field(default_factory=list)
    wait: list[Any] = field(default_factory=list)
    #: What woke it for this step, and what came since.
    arrivals: list[Any] = field(default_factory=list)
    pending: list[list[Any]] = field(default_factory=list)
    is_failed: bool = False
    #: What operators said of it, oldest first, each [word, number].
    orders: list[list[Any]] = field(default_factory=list)
    #: How many of them its last dispatch knew.
    known_orders: int = 0
    #: [execution, call id, node] of what called it as a tool.
    caller: list[Any] | None = None
    #: It is to be dispatched by itself, not with its region: something about it is out of the ordinary.
    is_alone: bool = False
    #: It shares no dispatch with others of its node: it did not end in one that it shared.
    is_apart: bool = False

    def dispatched(self, dispatch: int, room: int) -> tuple[Item, int]:
        """Go into a dispatch as this item; inline values that do not fit the room are left to be read from the ledger. Gives the
        characters of those that do, too."""
        tokens, size = [], 0
        for pin, token in self.tokens:
            length = len(str(token[3])) if len(token) > 3 else 0
            is_small = size + length <= room
            tokens.append((pin, token if is_small else token[:3]))
            size += length if is_small else 0
        self.state = RUNNING
        self.dispatch = dispatch
        self.known_orders = len(self.orders)
        item = Item(
            self.number,
            self.ordinal,
            self.step,
            self.base,
            self.received,
            self.is_again,
            tokens,
            self.arrivals,
            tuple(self.orders),
            self.caller,
        )
        return item, size

    @property
    def is_ordinary(self) -> bool:
        """Say whether its region may run it."""
        return not self.is_alone and not self.orders and self.caller is None and self.step == 0

    @property
    def has_news(self) -> bool:
        """Say whether an order came that its last dispatch did not know."""
        return self.known_orders < len(self.orders)

    @property
    def is_given_up(self) -> bool:
        """Say whether an operator ended it. One that an operator has run again goes on as any other."""
        return bool(self.orders) and self.orders[-1][0] in (SKIP, FAIL)

    @property
    def waits_for_calls(self) -> bool:
        """Say whether it waits for what it called as tools: nothing else wakes it then, but who ends it."""
        return self.state == PARKED and self.wait[0] == TOOLS

    def fresh(self, arrivals: list[Any]) -> list[Any]:
        """Give of what came what is not for a wait that is over: one that something else ended in the same moment."""
        return [arrival for arrival in arrivals if not self._is_stale(arrival)]

    def _is_stale(self, arrival: Any) -> bool:
        """Say whether it is the time of a wait that is over, or an answer to something else than what it waits for. An answer
        may come before the wait: while it runs, each is kept."""
        kind = arrival[0] if isinstance(arrival, list) and arrival else None
        if self.waits_for_calls:
            return kind != TOOLS
        if kind == "timeout":
            return self.state != PARKED
        return kind == "answer" and self.state == PARKED and self.wait[:2] != arrival[:2]

    def to_lists(self, inline_chars_max: int | None) -> list[Any]:
        tokens = [[pin, trim(token, 3, inline_chars_max)] for pin, token in self.tokens]
        deliveries = [trim(delivery, 2, inline_chars_max) for delivery in self.deliveries]
        row = [
            self.number,
            self.node,
            self.ordinal,
            tokens,
            self.state,
            self.step,
            self.base,
            self.received,
            self.dispatch,
            self.is_again,
            deliveries,
            self.wait,
            self.arrivals,
            self.pending,
            self.is_failed,
        ]
        if self.is_apart:
            return [*row, self.orders, self.known_orders, self.caller, self.is_alone, True]
        if self.is_alone:
            return [*row, self.orders, self.known_orders, self.caller, True]
        if self.caller is not None:
            return [*row, self.orders, self.known_orders, self.caller]
        return [*row, self.orders, self.known_orders] if self.orders else row

    @classmethod
    def from_lists(cls, row: list[Any]) -> Execution:
        return cls(row[0], row[1], row[2], [(pin, token) for pin, token in row[3]], *row[4:])


@dataclass(slots=True)
class NodeState:
    """What one node has collected and what it is doing."""

    #: Executions that are not complete, oldest first: a slot a linked pin.
    waiting: deque[list[Token | None]]
    #: For each pin, how many of the waiting (the first so many) have it.
    filled: list[int]
    #: For each static pin, its token in the execution that was queued last.
    last: list[Token | None]
    #: Queued and not wholly handed on, in the order in which they were queued.
    line: deque[int]
    #: Queued and not dispatched.
    ready: deque[int]
    #: Executions queued so far.
    count: int = 0

    @classmethod
    def new(cls, pins: int) -> NodeState:
        return cls(deque(), [0] * pins, [None] * pins, deque(), deque())

    def has_complete(self, loop_pins: tuple[int, ...]) -> bool:
        """Say whether the oldest waiting execution has all that it waits for: of a loop's pins, all or none."""
        if not loop_pins:
            return min(self.filled) > 0
        loop = [self.filled[pin] > 0 for pin in loop_pins]
        others = [count for pin, count in enumerate(self.filled) if pin not in loop_pins]
        return all(others) and (all(loop) or not any(loop))

    def to_lists(self, inline_chars_max: int | None) -> list[Any]:
        return [
            [[trim(token, 3, inline_chars_max) for token in slots] for slots in self.waiting],
            self.filled,
            [trim(token, 3, inline_chars_max) for token in self.last],
            list(self.line),
            list(self.ready),
            self.count,
        ]

    @classmethod
    def from_lists(cls, row: list[Any]) -> NodeState:
        waiting, filled, last, line, ready, count = row
        return cls(deque(waiting), filled, last, deque(line), deque(ready), count)


def trim(token: Any, inline_at: int, inline_chars_max: int | None) -> Any:
    """Leave an inline value out where it is longer than the bound: the ledger has it."""
    if token is None or inline_chars_max is None or len(token) <= inline_at:
        return token
    return token if len(str(token[inline_at])) <= inline_chars_max else token[:inline_at]
