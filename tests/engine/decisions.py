"""Decision logs: what the scheduler decided for fixed plans in a fixed order of completion, as text, a line an event.

    finished n0#1 [0:2] a>n2.x b>n3.y => dispatch 4 n2#1{x=1.0}; dispatch 5 n3#1{y=1.1}

says: the first execution of n0 ended with its emissions 0 and 1, which the links to n2.x and n3.y take; so dispatch 4 runs
n2 with emission 0 of execution 1. Temporal replays only the kinds and the order of commands; these logs see every decision.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cases.executor_rows import run_case
from tests.engine.graphs import behave, make_plan, random_plan
from tests.engine.test_executor_cases import CASES, REGISTRY
from tests.engine.world import Behaviour, Outcome, World
from workflows.engine.events import (
    Again,
    Cancelled,
    Command,
    Dispatch,
    Emitted,
    End,
    Event,
    Failed,
    Finished,
    Parked,
    Returned,
    Started,
    Together,
    Wait,
    Woken,
)
from workflows.engine.plan import Plan

FOLDER = Path(__file__).parent / "golden"


class Oldest(random.Random):
    """No chance at all: what was begun first ends first, nothing is told early, every value stands inline."""

    def random(self) -> float:
        return 0.99

    def randrange(self, *_: Any) -> int:
        return 0


class Newest(Oldest):
    """The same, and what was begun last ends first."""

    def randrange(self, stop: int, *_: Any) -> int:
        return stop - 1


class Logged(World):
    """A world that notes each event and what the scheduler asked for."""

    def _feed(self, event: Event) -> None:
        if not hasattr(self, "names"):
            self.names: dict[int, str] = {}
        commands = self.scheduler.feed(event)
        told = self._tell(event)
        self.log.append(f"{told} => {'; '.join(self._ask(command) for command in commands) or 'nothing'}")
        for command in commands:
            self._obey(command)

    def _tell(self, event: Event) -> str:
        match event:
            case Started(inputs):
                return f"started {{{', '.join(inputs)}}}"
            case Emitted(number, first, upto, rows):
                return f"emitted {self.names[number]} [{first}:{upto}]{self._links(rows)}"
            case Finished(number, first, upto, rows):
                return f"finished {self.names[number]} [{first}:{upto}]{self._links(rows)}"
            case Failed(number, first, upto, rows, code, message):
                return f"failed {self.names[number]} [{first}:{upto}]{self._links(rows)} {code} {message!r}"
            case Parked(number, first, upto, rows, wait):
                return f"parked {self.names[number]} [{first}:{upto}]{self._links(rows)} for {wait}"
            case Woken(number, arrivals):
                return f"woken {self.names[number]} {list(arrivals)}"
            case Returned(numbers):
                return f"returned {', '.join(self.names[number] for number in numbers)}"
            case Again(number, dispatch):
                return f"again {self.names[number]} of {dispatch}"
            case Together(events):
                return f"together ({'; '.join(self._tell(each) for each in events)})"
            case Cancelled(reason):
                return f"cancelled {reason!r}"
            case _:
                return type(event).__name__.lower()

    def _links(self, rows: Any) -> str:
        places = []
        for row in rows:
            link = self.plan.links[row[1]]
            sink = self.plan.nodes[link.sink]
            places.append(f" {row[0]}:{link.source_name}>{sink.title}.{sink.pins[link.sink_pin]}")
        return "".join(places)

    def _ask(self, command: Command) -> str:
        match command:
            case Dispatch(number, node, items):
                title = self.plan.nodes[node].title
                for item in items:
                    self.names[item.execution] = f"{title}#{item.ordinal}"
                return f"dispatch {number} {' '.join(self._item(title, item) for item in items)}"
            case Wait(number, wait):
                return f"wait {self.names[number]} for {wait}"
            case End(status, code, message, waiting):
                left = " ".join(f"{self.plan.nodes[node].title}{_pins(tokens)}" for node, tokens in waiting)
                return f"end {status} {code or ''} {message or ''} waiting: {left or 'none'}"

    def _item(self, title: str, item: Any) -> str:
        step = f".{item.step}" if item.step else ""
        return f"{title}#{item.ordinal}{step}{'!' if item.is_again else ''}{_pins(item.tokens)}"


def _pins(tokens: Any) -> str:
    return "{" + ", ".join(f"{pin}={token[0]}.{token[1]}" for pin, token in tokens) + "}"


@dataclass(frozen=True)
class Case:
    """A plan, what its nodes do, and in which order they end."""

    plan: Plan
    behaviour: Behaviour
    order: Callable[[], random.Random]
    inputs: Mapping[str, Any]
    crash_probability: float = 0.0
    again_probability: float = 0.0

    def log(self) -> str:
        world = Logged(
            self.plan,
            self.behaviour,
            self.order(),
            inputs=self.inputs,
            crash_probability=self.crash_probability,
            again_probability=self.again_probability,
        )
        return "\n".join(world.run().log) + "\n"


def stream(*sizes: int) -> Behaviour:
    """Node n emits as many values on `a` as it has a size; a node without one emits a value for each it gets."""

    def behaviour(node: int, inputs: Mapping[str, Any], step: int) -> Outcome:
        return Outcome([("a", number) for number in range(sizes[node] if node < len(sizes) else 1)])

    return behaviour


def count_down(node: int, inputs: Mapping[str, Any], step: int) -> Outcome:
    left = 3 if node == 0 else inputs["x"] - 1
    return Outcome([("again", left)] if left else [("done", node)])


def fail_odd(node: int, inputs: Mapping[str, Any], step: int) -> Outcome:
    if node == 0:
        return Outcome([("a", number) for number in range(4)])
    return Outcome([("a", 1)], error=f"odd: {inputs['x']}" if inputs.get("x", 0) == 1 else None)


def park_twice(node: int, inputs: Mapping[str, Any], step: int) -> Outcome:
    return Outcome([("a", step)], is_parked=node == 1 and step < 2)


def _of_executor_case(name: str) -> Case:
    case = next(case for case in CASES["graph_runs"] if case["name"] == name)
    world, work = run_case(case, 0, REGISTRY)
    return Case(world.plan, work, Newest, case["run_inputs"])


def cases() -> dict[str, Case]:
    """Give every case by the name of its file."""
    join = make_plan([{}, {}, {}], [(0, "a", 2, "x", False), (1, "a", 2, "y", False)])
    side = make_plan([{}, {}, {}], [(0, "a", 2, "x", False), (1, "a", 2, "y", True)])
    fan = make_plan([{}, {"batch_max": 3}, {}], [(0, "a", 1, "x", False), (1, "a", 2, "x", False)])
    diamond = make_plan(
        [{}, {}, {}, {}],
        [(0, "a", 1, "x", False), (0, "a", 2, "x", False), (1, "a", 3, "x", False), (2, "a", 3, "y", False)],
    )
    cycle = make_plan(
        [{}, {}, {}], [(0, "again", 1, "x", False), (1, "again", 1, "x", False), (1, "done", 2, "x", False)]
    )
    errors = make_plan([{}, {}, {}], [(0, "a", 1, "x", False), (1, "error", 2, "x", False), (1, "a", 2, "x", False)])
    waits = make_plan([{}, {}, {}], [(0, "a", 1, "x", False), (1, "a", 2, "x", False)])
    return {
        "join_of_unequal_streams": Case(join, stream(3, 2), Oldest, {}),
        "static_side_input": Case(side, stream(3, 1), Newest, {}),
        "stream_in_batches": Case(fan, stream(7), Newest, {}),
        "batches_handed_back": Case(fan, stream(7), lambda: random.Random(6), {}, again_probability=0.4),
        "diamond_newest_first": Case(diamond, stream(2), Newest, {}),
        "cycle_that_counts_down": Case(cycle, count_down, Oldest, {}),
        "error_branch": Case(errors, fail_odd, Newest, {}),
        "parked_twice": Case(waits, park_twice, Newest, {}),
        "executor_case_static_link": _of_executor_case("static_link_reused"),
        "executor_case_sample": _of_executor_case("sample_graph"),
        "random_graph_with_crashes": Case(random_plan(16), behave(16), lambda: random.Random(16), {}, 0.1),
    }
