"""The first property of the project: the order in which executions finish, and crashes on the way, change nothing."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.graphs import behave, make_plan, random_plan
from tests.engine.world import Outcome, World
from workflows.engine.scheduler import Scheduler

SEEDS = st.integers(min_value=0, max_value=2**32)


def outcome_of(plan_seed: int, order_seed: int, crash_probability: float = 0.0) -> World:
    return World(
        random_plan(plan_seed), behave(plan_seed), random.Random(order_seed), crash_probability=crash_probability
    ).run()


@settings(max_examples=300, deadline=None)
@given(SEEDS, SEEDS, SEEDS)
def test_the_result_does_not_depend_on_who_finishes_first(plan_seed: int, first: int, second: int) -> None:
    assert outcome_of(plan_seed, first).result() == outcome_of(plan_seed, second).result()


@settings(max_examples=300, deadline=None)
@given(SEEDS, SEEDS, SEEDS)
def test_a_crash_and_restore_at_any_moment_changes_nothing(plan_seed: int, first: int, second: int) -> None:
    calm, crashed = outcome_of(plan_seed, first), outcome_of(plan_seed, second, crash_probability=0.2)
    assert calm.result() == crashed.result()
    assert calm.ended is not None
    assert crashed.ended is not None
    assert calm.ended.status == crashed.ended.status
    assert calm.scheduler.executions == crashed.scheduler.executions


def test_the_random_graphs_have_what_they_are_meant_to_try() -> None:
    features: Counter[str] = Counter()
    for seed in range(200):
        world = outcome_of(seed, seed, crash_probability=0.05)
        plan = world.plan
        features["cycle"] += any(link.source == link.sink for link in plan.links)
        features["join"] += any(len(node.pins) > 1 for node in plan.nodes)
        features["static"] += any(link.is_static for link in plan.links)
        features["error"] += world.scheduler.error_count > 0
        features["crash"] += world.crashes > 0
        features["stream"] += any(ordinal > 1 for _, ordinal in world.seen)
        features["parked"] += any(len(outcomes) > 1 for _, outcomes in world.seen.values())
        features["batch"] += any(node.batch_max > 1 for node in plan.nodes)
    assert min(features.values()) >= 20, features
    assert len(features) == 8


def test_taking_out_in_order_hand_on_makes_the_property_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def hand_on_at_once(self: Scheduler, index: int) -> None:
        line = self.nodes[index].line
        for number in list(line):
            execution = self.open[number]
            deliveries, execution.deliveries = execution.deliveries, []
            for delivery in deliveries:
                self._attach(delivery[1], [number, *delivery])
            if execution.state == 3:
                line.remove(number)
                del self.open[number]

    monkeypatch.setattr(Scheduler, "_hand_on", hand_on_at_once)
    differences = sum(outcome_of(seed, 1).result() != outcome_of(seed, 2).result() for seed in range(150))
    assert differences > 5


def test_the_nth_value_of_one_pin_meets_the_nth_of_another() -> None:
    plan = make_plan([{}, {}, {}], [(0, "a", 2, "x", False), (1, "a", 2, "y", False)])

    def behaviour(node: int, inputs: dict[str, int], step: int) -> Outcome:
        if node == 2:
            return Outcome([])
        return Outcome([("a", node * 100 + number) for number in range(5 - node)])

    for seed in range(20):
        world = World(plan, behaviour, random.Random(seed)).run()
        pairs = [tuple(inputs.values()) for inputs, _ in world.result()["n2"]]
        assert pairs == [(0, 100), (1, 101), (2, 102), (3, 103)]
        assert world.ended is not None
        assert [index for index, _ in world.ended.waiting] == [2]
