"""A world with an operator in it, who pauses, resumes, raises limits and retries at any moment; the random source decides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from tests.engine.world import World
from workflows.engine.events import (
    FAILED_NODE,
    OPERATOR,
    RETRY,
    Cleared,
    Command,
    Event,
    Failed,
    Finished,
    Item,
    Limited,
    Ordered,
    Parked,
    Paused,
    Recall,
    Returned,
    Started,
    Stuck,
)
from workflows.engine.execution import RUNNING
from workflows.engine.scheduler import Scheduler


@dataclass
class Operated(World):
    """The same run as a `World`'s, and the same result, however it is operated."""

    operate_probability: float = 0.2
    stuck_probability: float = 0.1
    budget: int = 3
    orders: int = 0
    #: The dispatch that made each report: what a recalled one would have said is never heard.
    made: list[tuple[Event, int]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def run(self) -> Operated:
        nodes = tuple(replace(node, is_resumable=self.choice.random() < 0.5) for node in self.plan.nodes)
        self.plan = replace(self.plan, nodes=nodes)
        self.scheduler = Scheduler(self.plan)
        self.pending = []
        self.scheduler.limit(self.budget, None)
        self._feed(Started({}))
        steps = 0
        while self.ended is None:
            steps += 1
            assert steps < 200_000, "the run does not end"
            if self.choice.random() < self.crash_probability:
                self._crash()
            elif self.choice.random() < self.operate_probability:
                self._operate()
            elif not self.pending:
                self._release()
            else:
                for event in self.pending.pop(self.choice.randrange(len(self.pending)))():
                    self._feed(event)
            self._check_lists()
        return self

    def _check_lists(self) -> None:
        if self.choice.random() < 0.05:
            lists = orjson.loads(orjson.dumps(self.scheduler.to_lists()))
            again = Scheduler.from_lists(self.plan, lists)
            assert orjson.loads(orjson.dumps(again.to_lists())) == lists
            # In which order a dispatch's members stand says nothing.
            members = {number: sorted(each) for number, each in self.scheduler.in_flight.items()}
            assert {number: sorted(each) for number, each in again.in_flight.items()} == members

    def _operate(self) -> None:
        self.orders += 1
        match self.choice.choice(["pause", "hard pause", "clear", "window", "retry"]):
            case "pause":
                self._note("pause", Paused(f"operator/{self.orders}", OPERATOR, "PAUSED", "x", False, self.orders))
            case "hard pause":
                self._note("hard pause", Paused(f"operator/{self.orders}", OPERATOR, "PAUSED", "x", True, self.orders))
            case "clear":
                keys = [key for key in self.scheduler.halts if key.startswith("operator")]
                if keys:
                    self._note("clear", Cleared(self.choice.choice(keys), self.orders))
            case "window":
                self._note("window", Limited(in_flight_max=self.choice.randint(1, 50), by=self.orders))
            case "retry":
                wanted = [*self.scheduler.running, *self.scheduler.stuck]
                if wanted:
                    self._note("retry", Ordered(self.choice.choice(wanted), [RETRY, self.orders]))

    def _release(self) -> None:
        """Clear what keeps the run from going on."""
        for key, (_, execution) in list(self.scheduler.halts.items()):
            self.orders += 1
            if execution is not None:
                self._note("stuck", Ordered(execution, [RETRY, self.orders]))
            elif key == "budget":
                self._note("budget", Limited(executions_max=self.scheduler.executions_max + 3, by=self.orders))
            else:
                self._note("clear", Cleared(key, self.orders))

    def _note(self, what: str, event: Event) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1
        self._feed(event)

    def _feed(self, event: Event) -> None:
        if isinstance(event, Finished | Failed | Parked | Stuck):
            execution = self.scheduler.open.get(event.execution)
            made = next(number for one, number in self.made if one is event)
            if execution is None or execution.state != RUNNING or execution.dispatch != made:
                return
        super()._feed(event)

    def _obey(self, command: Command) -> None:
        if isinstance(command, Recall):
            self.pending.append(lambda: self._come_back(command.number))
        else:
            super()._obey(command)

    def _come_back(self, number: int) -> list[Event]:
        members = list(self.scheduler.in_flight.get(number, ()))
        return [Returned(members)] if members else []

    def _reports(self, node: int, item: Item) -> list[Event]:
        events = super()._reports(node, item)
        if self.choice.random() < self.stuck_probability:
            stuck = Stuck(item.execution, item.received, item.received, [], FAILED_NODE, "BLOCK_FAILED", "broken")
            events = [stuck]
        dispatch = self.scheduler.open[item.execution].dispatch
        self.made += [(event, dispatch) for event in events]
        return events

    def _crash(self) -> None:
        halts: dict[str, Any] = dict(self.scheduler.halts)
        super()._crash()
        assert halts.items() <= self.scheduler.halts.items()
