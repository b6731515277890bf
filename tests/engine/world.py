"""A simulated world for the scheduler: workers, ledger and crashes in memory, every choice from one random source."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from schema.pins import NOTHING, select
from workflows.engine.events import (
    Again,
    Command,
    Dispatch,
    Emitted,
    End,
    Event,
    Failed,
    Finished,
    Item,
    Parked,
    Returned,
    Started,
    Together,
    Wait,
    Woken,
)
from workflows.engine.plan import Plan
from workflows.engine.scheduler import Scheduler


@dataclass
class Outcome:
    """What a simulated block does in one step: its emissions, and how the step ends."""

    emissions: list[tuple[str, Any]]
    error: str | None = None
    is_parked: bool = False


#: (node index, inputs by pin, step) -> what the block does; the same for the same arguments.
Behaviour = Callable[[int, Mapping[str, Any], int], Outcome]


@dataclass
class World:
    """Runs one plan to its end, in an order that `choice` decides."""

    plan: Plan
    behaviour: Behaviour
    choice: random.Random
    inputs: Mapping[str, Any] = field(default_factory=dict)
    crash_probability: float = 0.0
    #: How likely one of several that share a dispatch is handed back, and that what became of one is told twice, or with others.
    again_probability: float = 0.0
    ledger: dict[tuple[int, int], tuple[str, Any]] = field(default_factory=dict)
    #: (node index, ordinal) -> (inputs, steps' outcomes)
    seen: dict[tuple[int, int], tuple[dict[str, Any], list[Outcome]]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    ended: End | None = None
    crashes: int = 0
    handed_back: int = 0

    def run(self) -> World:
        self.scheduler = Scheduler(self.plan)
        self.pending: list[Callable[[], list[Event]]] = []
        tokens = {}
        for position, (name, value) in enumerate(self.inputs.items()):
            self.ledger[0, position] = (name, value)
            tokens[name] = [0, position, -1]
        self._feed(Started(tokens))
        steps = 0
        while self.ended is None:
            steps += 1
            assert steps < 200_000, "the run does not end"
            if self.choice.random() < self.crash_probability:
                self._crash()
                continue
            assert self.pending, f"stuck: {self.scheduler.to_lists()}"
            position = self.choice.randrange(len(self.pending))
            for event in self.pending.pop(position)():
                self._feed(event)
        return self

    def result(self) -> dict[str, list[Any]]:
        """Give what each node was given and gave, in the order in which its executions were queued."""
        rows: dict[str, list[Any]] = {}
        for (node, _ordinal), (inputs, outcomes) in sorted(self.seen.items(), key=lambda row: row[0]):
            said = [(outcome.emissions, outcome.error) for outcome in outcomes]
            rows.setdefault(self.plan.nodes[node].id, []).append((inputs, said))
        return rows

    def _feed(self, event: Event) -> None:
        commands = self.scheduler.feed(event)
        self.log.append(f"{event} -> {commands}")
        for command in commands:
            self._obey(command)

    def _obey(self, command: Command) -> None:
        match command:
            case Dispatch(number, node, items) if len(items) > 1 and self.again_probability:
                self._work_together(number, node, list(items))
            case Dispatch(_, node, items):
                self._work(node, list(items))
            case Wait(execution, _):
                self.pending.append(lambda: [Woken(execution)])
            case End():
                self.ended = command

    def _work(self, node: int, items: list[Item]) -> None:
        """Queue the dispatch's reports: what it emits on the way, in pieces, and what it ends with."""
        reports: list[list[Event]] = [self._reports(node, item) for item in items]
        for position, events in enumerate(reports):
            if len(events) > 1 and position == 0 and len(items) == 1:
                self._in_turn(events)
            else:
                self.pending.append(lambda events=events: events)  # type: ignore[misc]

    def _work_together(self, number: int, node: int, items: list[Item]) -> None:
        """Queue the reports of a batch: some of it comes early, some together at the end, and some of that was told before."""
        ends: list[Event] = []
        for item in items:
            *_, end = self._reports(node, item)
            assert isinstance(end, Finished | Failed | Parked)
            # Of pieces only the last: what came before it is told with it.
            end = replace(end, first=item.received, deliveries=self._told(node, item, end.next), dispatch=number)
            if self.choice.random() < self.again_probability and not item.is_again:
                self.handed_back += 1
                end = Again(item.execution, number)
            if self.choice.random() < 0.5:
                self.pending.append(lambda end=end: [end])  # type: ignore[misc]
            if self.choice.random() < 0.8 or not isinstance(end, Finished):
                ends.append(end)
            else:
                self.pending.append(lambda end=end: [end])  # type: ignore[misc]
        together = [end for end in ends if isinstance(end, Finished | Failed | Again)]
        self.pending.append(lambda: [Together(together), *(end for end in ends if isinstance(end, Parked))])

    def _told(self, node: int, item: Item, upto: int) -> list[list[Any]]:
        return self._deliveries(node, item.execution, item.received, upto)

    def _in_turn(self, events: list[Event]) -> None:
        """Let a streaming dispatch report its pieces one after another, with others between."""

        def report() -> list[Event]:
            if len(events) > 1:
                self._in_turn(events[1:])
            return events[:1]

        self.pending.append(report)

    def _reports(self, node: int, item: Item) -> list[Event]:
        inputs = {pin: self._read(token) for pin, token in item.tokens}
        outcome = self.behaviour(node, inputs, item.step)
        _, outcomes = self.seen.setdefault((node, item.ordinal), (inputs, []))
        if len(outcomes) == item.step:
            outcomes.append(outcome)
        emissions = [*outcome.emissions, *([("error", outcome.error)] if outcome.error is not None else [])]
        for offset, emission in enumerate(emissions):
            self.ledger[item.execution, item.base + offset] = emission
        upto = item.base + len(emissions)
        first, events = item.received, []
        while self.choice.random() < 0.5 and first < upto:
            cut = self.choice.randint(first, upto)
            events.append(Emitted(item.execution, first, cut, self._deliveries(node, item.execution, first, cut)))
            first = cut
        rest = self._deliveries(node, item.execution, first, upto)
        if outcome.error is not None:
            events.append(Failed(item.execution, first, upto, rest, "BLOCK_FAILED", outcome.error))
        elif outcome.is_parked:
            events.append(Parked(item.execution, first, upto, rest, ["sleep", 1]))
        else:
            events.append(Finished(item.execution, first, upto, rest))
        return events

    def _deliveries(self, node: int, execution: int, first: int, upto: int) -> list[list[Any]]:
        rows: list[list[Any]] = []
        for sequence in range(first, upto):
            pin, value = self.ledger[execution, sequence]
            for index in self.plan.links_from[node]:
                link = self.plan.links[index]
                sink = self.plan.nodes[link.sink]
                taken = select(pin, value, link.source_name, sink.id, sink.pins[link.sink_pin])
                if taken is not NOTHING:
                    rows.append([sequence, index] if self.choice.random() < 0.5 else [sequence, index, taken])
        return rows

    def _read(self, token: list[Any]) -> Any:
        if len(token) > 3:
            return token[3]
        pin, value = self.ledger[token[0], token[1]]
        if token[2] < 0:
            return value
        link = self.plan.links[token[2]]
        sink = self.plan.nodes[link.sink]
        return select(pin, value, link.source_name, sink.id, sink.pins[link.sink_pin])

    def _crash(self) -> None:
        """Lose everything but the scheduler's lists and the ledger, as a continue-as-new or a cold replay does."""
        self.crashes += 1
        state = orjson.loads(orjson.dumps(self.scheduler.to_lists(self.choice.choice([None, 2]))))
        self.scheduler = Scheduler.from_lists(self.plan, state)
        self.pending = []
        running = self.scheduler.running
        for execution, wait in self.scheduler.parked:
            self._obey(Wait(execution, wait))
        self._feed(Returned(running))
