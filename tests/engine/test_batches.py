"""Batches of effects: each execution counts, one that comes again keeps none of the others, and what is told twice counts once."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.errors import EngineFault
from tests.engine.graphs import behave, make_plan, random_plan
from tests.engine.hand import Hand
from tests.engine.test_order import outcome_of
from tests.engine.world import World
from workflows.engine.events import (
    SKIP,
    Again,
    Command,
    Event,
    Finished,
    Limited,
    Ordered,
    Parked,
    Recall,
    Returned,
    Together,
)
from workflows.engine.plan import BATCH_MAX, EFFECTS_BATCH_MAX, Plan
from workflows.engine.scheduler import IN_FLIGHT_MAX, Scheduler
from workflows.wire import again_record

SEEDS = st.integers(min_value=0, max_value=2**32)


class Counted(World):
    """A world that counts what is in flight after each event."""

    def _feed(self, event: Event) -> None:
        super()._feed(event)
        scheduler = self.scheduler
        shared = [members for members in scheduler.in_flight.values() if self._is_of_effects(members)]
        assert scheduler.sharing == sum(len(members) - 1 for members in shared)
        assert len(scheduler.in_flight) + scheduler.sharing <= scheduler.in_flight_max
        lists = orjson.loads(orjson.dumps(scheduler.to_lists()))
        assert Scheduler.from_lists(self.plan, lists).sharing == scheduler.sharing

    def _is_of_effects(self, members: list[int]) -> bool:
        return self.plan.nodes[self.scheduler.open[members[0]].node].is_batch_of_effects


def batched(seed: int) -> Plan:
    """Give a random plan all of whose nodes have effects and are batched."""
    plan = random_plan(seed)
    choice = random.Random(f"batches {seed}")
    nodes = [replace(node, batch_max=choice.choice([2, 3, EFFECTS_BATCH_MAX])) for node in plan.nodes]
    return replace(plan, nodes=tuple(nodes))


@settings(max_examples=200, deadline=None)
@given(SEEDS, SEEDS, SEEDS, st.sampled_from([0.0, 0.1]))
def test_what_is_handed_back_told_early_or_told_twice_changes_nothing(
    plan_seed: int, first: int, second: int, crash_probability: float
) -> None:
    calm = outcome_of(plan_seed, first)
    handed = Counted(
        batched(plan_seed),
        behave(plan_seed),
        random.Random(second),
        crash_probability=crash_probability,
        again_probability=0.3,
    ).run()
    assert handed.result() == calm.result()
    assert handed.ended is not None
    assert calm.ended is not None
    assert handed.ended.status == calm.ended.status
    assert handed.scheduler.executions == calm.scheduler.executions


def test_the_random_graphs_hand_executions_back() -> None:
    worlds = [World(batched(seed), behave(seed), random.Random(seed), again_probability=0.3) for seed in range(200)]
    assert sum(world.run().handed_back > 0 for world in worlds) >= 20


def test_taking_in_what_is_told_twice_makes_the_property_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scheduler, "_is_late", lambda _self, _event: False)
    failed = 0
    for seed in range(60):
        try:
            World(batched(seed), behave(seed), random.Random(seed), again_probability=0.3).run()
        except EngineFault:
            failed += 1
    assert failed >= 10


def fanned_out(count: int, batch_max: int = EFFECTS_BATCH_MAX) -> Hand:
    """Give a run whose first node is done: so many executions of the second are ready or out."""
    hand = Hand(make_plan([{}, {"batch_max": batch_max}, {}], [(0, "a", 1, "x", False), (1, "a", 2, "x", False)]))
    hand.finish(0, *[("a", number) for number in range(count)])
    return hand


def sizes(hand: Hand) -> list[int]:
    return [len(dispatch.items) for dispatch in hand.dispatches[1:]]


def end_all(hand: Hand, at: int) -> list[Command]:
    """Let all executions of the how-many-th dispatch end."""
    dispatch = hand.dispatches[at]
    return hand.feed(Together([Finished(item.execution, 0, 0, [], dispatch.number) for item in dispatch.items]))


def test_each_execution_of_a_batch_of_effects_counts_as_one_in_flight() -> None:
    assert sizes(fanned_out(200)) == [EFFECTS_BATCH_MAX] * (IN_FLIGHT_MAX // EFFECTS_BATCH_MAX)


def test_those_of_a_pure_block_count_together() -> None:
    assert sizes(fanned_out(200, BATCH_MAX)) == [BATCH_MAX, BATCH_MAX]


def test_a_single_one_that_is_ready_goes_alone_and_at_once() -> None:
    assert sizes(fanned_out(1)) == [1]


def test_the_room_that_a_batch_leaves_is_given_to_a_batch() -> None:
    hand = fanned_out(200)
    end_all(hand, 1)
    assert sizes(hand) == [25, 25, 25]


def test_a_batch_waits_for_more_room_while_others_of_its_node_are_out() -> None:
    hand = fanned_out(200)
    first = hand.dispatches[1]
    for item in first.items[:11]:
        hand.feed(Finished(item.execution, 0, 0, [], first.number))
    assert sizes(hand) == [25, 25]
    hand.feed(Finished(first.items[11].execution, 0, 0, [], first.number))
    assert sizes(hand) == [25, 25, 12]


def test_where_none_of_its_node_is_out_a_batch_takes_the_room_that_there_is() -> None:
    links = [(0, "a", 2, "x", False), (1, "a", 3, "x", False)]
    hand = Hand(make_plan([{}, {}, {}, {"batch_max": EFFECTS_BATCH_MAX}], links))
    hand.finish(0, *[("a", number) for number in range(45)])
    hand.finish(1, *[("a", number) for number in range(30)])
    assert (hand.dispatches[-1].node, len(hand.dispatches[-1].items)) == (3, 5)


def test_a_small_window_is_filled_one_by_one() -> None:
    hand = Hand(make_plan([{}, {"batch_max": EFFECTS_BATCH_MAX}], [(0, "a", 1, "x", False)]))
    hand.feed(Limited(in_flight_max=3))
    hand.finish(0, *[("a", number) for number in range(10)])
    assert [len(dispatch.items) for dispatch in hand.dispatches] == [1, 3]
    dispatch = hand.dispatches[1]
    hand.feed(Finished(dispatch.items[0].execution, 0, 0, [], dispatch.number))
    assert [len(dispatch.items) for dispatch in hand.dispatches] == [1, 3, 1]


def test_one_that_comes_again_is_dispatched_by_itself_and_looks_into_the_ledger() -> None:
    hand = fanned_out(3)
    dispatch = hand.dispatches[1]
    again = [item.execution for item in dispatch.items[:2]]
    hand.feed(Together([Again(execution, dispatch.number) for execution in again]))
    assert sizes(hand) == [3, 1, 1]
    assert [(d.items[0].execution, d.items[0].is_again) for d in hand.dispatches[2:]] == [(2, True), (3, True)]
    assert hand.scheduler.in_flight[dispatch.number] == [4]


def test_an_engine_that_does_not_know_the_word_dispatches_it_again_all_the_same() -> None:
    hand = fanned_out(1)
    execution, _, first, upto, deliveries, wait = again_record(hand.of(1))
    hand.feed(Parked(execution, first, upto, deliveries, wait))
    assert [(d.items[0].execution, d.items[0].is_again) for d in hand.dispatches[1:]] == [(2, False), (2, True)]


def test_what_came_again_stays_by_itself_after_a_restore() -> None:
    hand = fanned_out(3)
    dispatch = hand.dispatches[1]
    hand.feed(Again(2, dispatch.number))
    scheduler = Scheduler.from_lists(hand.plan, orjson.loads(orjson.dumps(hand.scheduler.to_lists())))
    commands: list[Any] = scheduler.feed(Returned(scheduler.running))
    assert [[item.execution for item in command.items] for command in commands] == [[2], [3, 4]]


def test_a_record_of_a_dispatch_that_the_execution_left_is_not_heard() -> None:
    hand = fanned_out(3)
    number = hand.dispatches[1].number
    hand.feed(Again(2, number))
    state = hand.scheduler.to_lists()
    assert hand.feed(Finished(2, 0, 1, [[0, 1, "late"]], number)) == []
    assert hand.feed(Returned([2], number)) == []
    assert hand.scheduler.to_lists() == state
    hand.feed(Finished(2, 0, 1, [[0, 1, "in time"]], hand.dispatches[2].number))
    assert hand.inputs_of(2) == [{"x": "in time"}]


def test_an_order_for_one_of_a_batch_leaves_the_others_where_they_are() -> None:
    hand = fanned_out(3)
    commands = hand.feed(Ordered(3, [SKIP, 1]))
    assert not any(isinstance(command, Recall) for command in commands)
    assert [item.orders for item in hand.dispatches[2].items] == [([SKIP, 1],)]
    assert hand.scheduler.in_flight[hand.dispatches[1].number] == [2, 4]
    # By itself it is recalled, as any other.
    assert hand.feed(Ordered(3, [SKIP, 2])) == [Recall(hand.dispatches[2].number)]
