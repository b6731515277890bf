"""A simulated world whose plan has regions, stepped through in memory: bounds, put-asides and lost results come at random."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from tests.engine.world import Outcome, World
from workflows.engine.events import Command, DispatchRegion, Failed, Stepped
from workflows.engine.execution import Execution
from workflows.engine.plan import Plan
from workflows.engine.region_flow import RegionFlow, RegionUnfit, RegionWider, unfit_result, wider_result
from workflows.engine.regions import find_regions


def with_regions(plan: Plan, seed: int) -> Plan:
    """Give the plan with some of its nodes, chosen at random, in regions."""
    choice = random.Random(f"regions {seed}")
    pure = [choice.random() < 0.7 for _ in plan.nodes]
    links = [(link.source, link.sink) for link in plan.links]
    return replace(plan, regions=find_regions(len(plan.nodes), links, lambda index: pure[index]))


@dataclass
class FusedWorld(World):
    """Runs a plan with regions."""

    #: How likely a region's step ends after each thing that it does, and that it gives up.
    bound_probability: float = 0.1
    unfit_probability: float = 0.0
    #: The ledger's steps: whichever attempt was first counts.
    steps: dict[tuple[int, int], list[Any]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def _obey(self, command: Command) -> None:
        if not isinstance(command, DispatchRegion):
            super()._obey(command)
            return
        if self.choice.random() < 0.5:
            # Written at once, whether or not the run ever hears of it from this attempt.
            self._step(command)
        self.pending.append(lambda: [Stepped(command.region, self._step(command))])

    def _step(self, command: DispatchRegion) -> list[Any]:
        key = (command.region, command.step)
        if key in self.steps:
            self.counts["repeated"] += 1
        else:
            try:
                unfit = self.choice.random() < self.unfit_probability
                self.steps[key] = unfit_result() if unfit else self._stepped(command)
            except RegionUnfit:
                self.steps[key] = unfit_result()
            except RegionWider:
                self.steps[key] = wider_result()
            self.counts[str(self.steps[key][0])] += 1
        result: list[Any] = orjson.loads(orjson.dumps(self.steps[key]))
        return result

    def _stepped(self, command: DispatchRegion) -> list[Any]:
        part = orjson.loads(orjson.dumps(command.part))
        flow = RegionFlow(
            self.plan,
            command.region,
            part,
            dispatch=command.number,
            first=command.first,
            room=command.room,
            numbers=command.numbers,
        )
        begun: list[tuple[Execution, Outcome]] = []
        is_over = False
        while not is_over:
            execution = flow.take()
            if execution is not None:
                outcome = self._outcome(execution)
                if outcome.is_parked:
                    self.counts["aside"] += 1
                    flow.suspend(execution, is_aside=True)
                    break
                begun.append((execution, outcome))
            elif not begun:
                break
            execution, outcome = begun.pop()
            if self._go_on(flow, execution, outcome):
                begun.append((execution, outcome))
            is_over = self.choice.random() < self.bound_probability
        self.counts["suspended"] += len(begun)
        for execution, _ in reversed(begun):
            flow.suspend(execution)
        return flow.result()

    def _outcome(self, execution: Execution) -> Outcome:
        inputs = {pin: self._read(token) for pin, token in execution.tokens}
        outcome = self.behaviour(execution.node, inputs, 0)
        if not outcome.is_parked:
            _, outcomes = self.seen.setdefault((execution.node, execution.ordinal), (inputs, []))
            outcomes[:] = [outcome]
        return outcome

    def _go_on(self, flow: RegionFlow, execution: Execution, outcome: Outcome) -> bool:
        """Let an execution emit some more; say whether it has more to say."""
        emissions = [*outcome.emissions, *([("error", outcome.error)] if outcome.error is not None else [])]
        for sequence, emission in enumerate(emissions):
            self.ledger[execution.number, sequence] = emission
        first, upto = execution.received, len(emissions)
        if first < upto and self.choice.random() < 0.5:
            cut = self.choice.randint(first, upto)
            flow.emit(execution, cut, self._deliveries(execution.node, execution.number, first, cut))
            return True
        rest = self._deliveries(execution.node, execution.number, first, upto)
        if outcome.error is None:
            flow.finish(execution, upto, rest)
        else:
            flow.fail(execution, Failed(execution.number, first, upto, rest, "BLOCK_FAILED", outcome.error))
        return False
