"""A scheduler driven by hand: the test says what each execution does, and sees what the scheduler asks for."""

from __future__ import annotations

from typing import Any

from schema.pins import NOTHING, select
from workflows.engine.events import (
    Command,
    Dispatch,
    Emitted,
    End,
    Event,
    Failed,
    Finished,
    Item,
    Parked,
    Started,
    Wait,
    Woken,
)
from workflows.engine.plan import Plan
from workflows.engine.scheduler import Scheduler

Said = tuple[str, Any]


class Hand:
    """One run. Nodes are given by their index; `of(node)` is the oldest of its executions that runs."""

    def __init__(self, plan: Plan, **inputs: Any) -> None:
        self.plan = plan
        self.scheduler = Scheduler(plan)
        #: What runs: execution -> (node, item).
        self.running: dict[int, tuple[int, Item]] = {}
        #: What every dispatched execution was given, in the order of the dispatches.
        self.given: list[tuple[int, dict[str, Any]]] = []
        self.dispatches: list[Dispatch] = []
        self.waits: list[Wait] = []
        self.end: End | None = None
        #: How many emissions each execution has said.
        self.said: dict[int, int] = {}
        self.feed(Started({name: [0, at, -1, value] for at, (name, value) in enumerate(inputs.items())}))

    def feed(self, event: Event) -> list[Command]:
        commands = self.scheduler.feed(event)
        for command in commands:
            match command:
                case Dispatch(_, node, items):
                    self.dispatches.append(command)
                    for item in items:
                        self.running[item.execution] = (node, item)
                        self.given.append(
                            (node, {pin: token[3] if len(token) > 3 else None for pin, token in item.tokens})
                        )
                case Wait():
                    self.waits.append(command)
                case End():
                    self.end = command
        return commands

    def of(self, node: int) -> int:
        return min(number for number, (index, _) in self.running.items() if index == node)

    def inputs_of(self, node: int) -> list[dict[str, Any]]:
        """Give what the node's executions were given, in the order in which they were dispatched."""
        return [inputs for index, inputs in self.given if index == node]

    def emit(self, node: int, *said: Said) -> None:
        """Let the node's oldest running execution say something and go on."""
        number = self.of(node)
        self.feed(Emitted(number, *self._range(number, said)))

    def finish(self, node: int, *said: Said) -> None:
        number = self.of(node)
        event = Finished(number, *self._range(number, said))
        del self.running[number]
        self.feed(event)

    def fail(self, node: int, message: str = "broken", *said: Said) -> None:
        number = self.of(node)
        event = Failed(number, *self._range(number, (*said, ("error", message))), "BLOCK_FAILED", message)
        del self.running[number]
        self.feed(event)

    def park(self, node: int, *said: Said) -> int:
        """Let it wait; give its number, by which it is woken."""
        number = self.of(node)
        event = Parked(number, *self._range(number, said), ["sleep", 1.0])
        del self.running[number]
        self.feed(event)
        return number

    def wake(self, number: int, *arrivals: Any) -> None:
        self.feed(Woken(number, arrivals))

    def _range(self, number: int, said: tuple[Said, ...]) -> tuple[int, int, list[list[Any]]]:
        """Give (first, next, deliveries) of what an execution says next."""
        first = self.said.get(number, 0)
        self.said[number] = first + len(said)
        node = self.running[number][0]
        return first, first + len(said), deliveries_of(self.plan, node, first, said)


def deliveries_of(plan: Plan, node: int, first: int, said: tuple[Said, ...]) -> list[list[Any]]:
    """Give the deliveries of emissions as a worker makes them: one for each link that takes a value."""
    rows: list[list[Any]] = []
    for sequence, (pin, value) in enumerate(said, first):
        for index in plan.links_from[node]:
            link = plan.links[index]
            sink = plan.nodes[link.sink]
            taken = select(pin, value, link.source_name, sink.id, sink.pins[link.sink_pin])
            if taken is not NOTHING:
                rows.append([sequence, index, taken])
    return rows
