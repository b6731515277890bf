"""A world whose nodes call others as tools, round by round, at any depth; every choice from one random source."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from tests.engine.graphs import make_plan
from tests.engine.world import Outcome, World
from workflows.engine.events import TOOLS, Emitted, Event, Failed, Finished, Item, Parked
from workflows.engine.plan import Plan


@dataclass
class Calls(Outcome):
    """A step that calls: (call id, node, {pin: value}) each."""

    calls: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)


@dataclass
class Calling(World):
    """`behaviour` finds what the calls of the step before gave under `results`: (call id, emissions) each."""

    #: How often each call was run: by (execution of the caller, call id).
    called: Counter[tuple[int, str]] = field(default_factory=Counter)

    def _reports(self, node: int, item: Item) -> list[Event]:
        inputs = {pin: self._read(token) for pin, token in item.tokens}
        if item.arrivals:
            inputs["results"] = [[call, self._said_by(number)] for call, number in item.arrivals[0][1]]
        outcome = self.behaviour(node, inputs, item.step)
        if not isinstance(outcome, Calls):
            return self._ended(node, item, inputs, outcome)
        self._note(node, item, inputs, outcome)
        said = list(outcome.emissions)
        rows = []
        for call, tool, arguments in outcome.calls:
            pins = []
            for pin, value in arguments.items():
                pins.append([pin, item.base + len(said)])
                said.append((f"argument_^_{call}_~_{pin}", value))
            rows.append([call, tool, pins])
        said.append(("round_^_", rows))
        for offset, emission in enumerate(said):
            self.ledger[item.execution, item.base + offset] = emission
        upto = item.base + len(said)
        deliveries = self._deliveries(node, item.execution, item.received, upto)
        return [Parked(item.execution, item.received, upto, deliveries, [TOOLS, rows])]

    def _ended(self, node: int, item: Item, inputs: dict[str, Any], outcome: Outcome) -> list[Event]:
        self._note(node, item, inputs, outcome)
        said = [*outcome.emissions, *([("error", outcome.error)] if outcome.error is not None else [])]
        for offset, emission in enumerate(said):
            self.ledger[item.execution, item.base + offset] = emission
        upto, first, events = item.base + len(said), item.received, list[Event]()
        while self.choice.random() < 0.4 and first < upto:
            cut = self.choice.randint(first, upto)
            events.append(Emitted(item.execution, first, cut, self._deliveries(node, item.execution, first, cut)))
            first = cut
        rest = self._deliveries(node, item.execution, first, upto)
        if outcome.error is not None:
            return [*events, Failed(item.execution, first, upto, rest, "BLOCK_FAILED", outcome.error)]
        if outcome.is_parked:
            return [*events, Parked(item.execution, first, upto, rest, ["sleep", 1])]
        return [*events, Finished(item.execution, first, upto, rest)]

    def _note(self, node: int, item: Item, inputs: dict[str, Any], outcome: Outcome) -> None:
        _, outcomes = self.seen.setdefault((node, item.ordinal), (inputs, []))
        if len(outcomes) == item.step:
            outcomes.append(outcome)
            if item.caller is not None and item.step == 0:
                self.called[item.caller[0], item.caller[1]] += 1

    def _said_by(self, execution: int) -> list[Any]:
        """Give what an execution emitted, as its caller reads it: it must be over."""
        assert not self.scheduler.is_open(execution), "a caller is given what is not over"
        rows = sorted(key for key in self.ledger if key[0] == execution)
        return [list(self.ledger[key]) for key in rows if "_^_" not in self.ledger[key][0]]

    def outcome_of(self, node: int) -> list[str]:
        """Give what a node's executions were given and gave; where several callers call it at once, in no order."""
        return sorted(orjson.dumps([inputs, outcomes]).decode() for inputs, outcomes in self._of(node))

    def _of(self, node: int) -> list[tuple[Any, list[Any]]]:
        return [
            (inputs, [[outcome.emissions, outcome.error] for outcome in outcomes])
            for (index, _), (inputs, outcomes) in self.seen.items()
            if index == node
        ]


def a_plan() -> Plan:
    """Give a caller of two tools, one of which calls the other; both also feed nodes of their own, and one leads back."""
    links = [
        (0, "tools", 1, "x", False),
        (0, "tools", 2, "x", False),
        (1, "tools", 2, "y", False),
        (1, "a", 3, "p", False),
        (2, "a", 4, "p", False),
        (1, "a", 0, "back", False),
        (0, "done", 5, "p", False),
    ]
    plan = make_plan([{}, {}, {}, {}, {}, {}], links)
    caller = replace(plan.nodes[0], loop_pins=(0,))
    return replace(plan, nodes=(caller, *plan.nodes[1:]), starts=(0,))


def behave(seed: int) -> Any:
    """Give a behaviour: random rounds of random sizes whose arguments depend on what the calls before gave."""

    def behaviour(node: int, inputs: Mapping[str, Any], step: int) -> Outcome:
        choice = random.Random(orjson.dumps([seed, node, step, sorted(inputs.items())]).decode())
        value = choice.randint(0, 99)
        if node in (0, 1) and step < choice.choice([1, 2, 4]) * (2 - node):
            tools = (1, 2) if node == 0 else (2,)
            calls = [
                (f"{step}.{n}", choice.choice(tools), {"x" if node == 0 else "y": [value, n]})
                for n in range(choice.choice([0, 1, 1, 2, 5]))
            ]
            return Calls([("note", step)] if choice.random() < 0.3 else [], calls=calls)
        if node == 2:
            error = f"broken {value}" if choice.random() < 0.2 else None
            return Outcome([("a", [value, n]) for n in range(choice.randint(0, 2))], error, step < 1 and value < 20)
        return Outcome([("done", value), ("a", value)])

    return behaviour
