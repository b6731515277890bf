"""The engine while it is operated: pauses, orders, limits and crashes change when things happen, and never what comes out."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.limits import LIMITS
from tests.engine.graphs import behave, make_plan, random_plan
from tests.engine.hand import Hand
from tests.engine.operated import Operated
from tests.engine.world import World
from workflows.engine.events import (
    BUDGET,
    EDIT,
    FAIL,
    FAILED_NODE,
    OPERATOR,
    ORDER_WORDS,
    RETRY,
    SKIP,
    Cancelled,
    Clear,
    Cleared,
    Dispatch,
    Halt,
    Limited,
    Ordered,
    Paused,
    Recall,
    Returned,
    Spent,
    Stuck,
)
from workflows.engine.plan import Plan
from workflows.engine.scheduler import Scheduler

SEEDS = st.integers(min_value=0, max_value=2**32)
OVER = "The node execution is over."


def calm(seed: int) -> World:
    return World(random_plan(seed), behave(seed), random.Random(seed)).run()


def operated(seed: int, order: int, crash_probability: float = 0.0) -> Operated:
    return Operated(random_plan(seed), behave(seed), random.Random(order), crash_probability=crash_probability).run()


@settings(max_examples=150, deadline=None)
@given(SEEDS, SEEDS)
def test_however_a_run_is_operated_its_result_is_the_same(seed: int, order: int) -> None:
    one, other = calm(seed), operated(seed, order)
    assert one.result() == other.result()
    assert (one.ended.status, one.scheduler.executions) == (other.ended.status, other.scheduler.executions)


@settings(max_examples=150, deadline=None)
@given(SEEDS, SEEDS)
def test_crashes_while_it_is_operated_change_nothing_either(seed: int, order: int) -> None:
    one, other = calm(seed), operated(seed, order, 0.1)
    assert one.result() == other.result()
    assert one.ended.status == other.ended.status


def test_the_operator_does_all_that_it_is_meant_to_try() -> None:
    counts: Counter[str] = Counter()
    for seed in range(60):
        world = operated(seed, seed, 0.05)
        counts.update(world.counts)
        counts["crash"] += world.crashes
    wanted = ("pause", "hard pause", "clear", "window", "retry", "stuck", "budget", "crash")
    assert all(counts[what] >= 10 for what in wanted), counts


def test_forgetting_halts_in_the_lists_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    to_lists = Scheduler.to_lists
    monkeypatch.setattr(Scheduler, "to_lists", lambda self, *rest: to_lists(self, *rest)[:4])
    assert any(_fails(seed) for seed in range(40))


def _fails(seed: int) -> bool:
    try:
        operated(seed, seed, 0.2)
    except AssertionError:
        return True
    return False


# Orders, in every state


def a_line() -> Plan:
    return make_plan([{}, {}], [(0, "a", 1, "x", False)])


def in_state(state: str) -> Hand:
    """Give a run whose execution 1 is in a state."""
    hand = Hand(a_line())
    if state == "ready":
        hand.feed(Paused("operator", OPERATOR, "PAUSED", "x"))
        hand.feed(Returned([1]))
    elif state == "parked":
        hand.park(0)
    elif state == "stuck":
        hand.feed(Stuck(1, 0, 0, [], FAILED_NODE, "BLOCK_FAILED", "broken"))
    elif state == "over":
        hand.finish(0, ("a", 1))
    elif state == "ended":
        hand.feed(Cancelled("x"))
    return hand


#: What an order does to an execution in a state: the word of the first command, nothing (it is done later), or why it is refused.
TABLE = {
    "ready": {RETRY: "The node execution is about to run.", SKIP: None, EDIT: None, FAIL: None},
    "running": {RETRY: Recall, SKIP: Recall, EDIT: Recall, FAIL: Recall},
    "parked": {
        RETRY: "The node execution waits; it can be skipped or failed.",
        EDIT: "The node execution waits; it can be skipped or failed.",
        SKIP: Dispatch,
        FAIL: Dispatch,
    },
    "stuck": {RETRY: Clear, SKIP: Clear, EDIT: Clear, FAIL: Clear},
    "over": dict.fromkeys(ORDER_WORDS, OVER),
    "ended": dict.fromkeys(ORDER_WORDS, OVER),
}


@pytest.mark.parametrize("word", ORDER_WORDS)
@pytest.mark.parametrize("state", TABLE)
def test_an_order_does_what_the_table_says(state: str, word: str) -> None:
    hand, expected = in_state(state), TABLE[state][word]
    refusal = hand.scheduler.refusal_of(1, word)
    commands = hand.feed(Ordered(1, [word, 7]))
    if isinstance(expected, str):
        assert (refusal, commands) == (expected, [])
        return
    assert refusal is None
    assert [type(command) for command in commands][:1] == ([] if expected is None else [expected])
    assert hand.scheduler.open[1].orders == [[word, 7]]


def test_an_order_to_what_was_never_there_is_refused() -> None:
    assert Hand(a_line()).scheduler.refusal_of(99, RETRY) == OVER


def test_what_waits_behind_a_pause_is_dispatched_with_the_orders_that_it_got() -> None:
    hand = in_state("ready")
    hand.feed(Ordered(1, [EDIT, 7]))
    hand.feed(Ordered(1, [EDIT, 8]))
    clear, dispatch = hand.feed(Cleared("operator", 9))
    assert clear == Clear(1, "resume", 9)
    assert dispatch.items[0].orders == ([EDIT, 7], [EDIT, 8])


def test_a_stuck_executions_halt_names_it_and_is_cleared_by_the_order() -> None:
    hand = Hand(a_line())
    (halt,) = hand.feed(Stuck(1, 0, 0, [], FAILED_NODE, "BLOCK_FAILED", "broken"))
    assert halt == Halt(1, "node/1", FAILED_NODE, "BLOCK_FAILED", "broken", 1, None)
    clear, again = hand.feed(Ordered(1, [SKIP, 3]))
    assert clear == Clear(1, SKIP, 3)
    assert again.items[0].is_again


def test_a_second_pause_of_one_key_changes_nothing_and_each_key_is_cleared_by_itself() -> None:
    hand = Hand(a_line())
    assert len(hand.feed(Paused("operator/1", OPERATOR, "PAUSED", "x"))) == 1
    assert hand.feed(Paused("operator/1", OPERATOR, "PAUSED", "x")) == []
    hand.feed(Paused("operator/2", OPERATOR, "PAUSED", "y"))
    assert hand.feed(Cleared("operator/3")) == []
    hand.feed(Cleared("operator/1"))
    assert hand.scheduler.is_stopped
    hand.feed(Cleared("operator/2"))
    assert not hand.scheduler.is_stopped


def test_a_hard_pause_recalls_what_is_resumable_and_nothing_else() -> None:
    plan = make_plan([{}, {}], [])
    nodes = (replace(plan.nodes[0], is_resumable=True), plan.nodes[1])
    hand = Hand(replace(plan, nodes=nodes))
    commands = hand.feed(Paused("operator", OPERATOR, "PAUSED", "x", is_hard=True))
    assert [command for command in commands if isinstance(command, Recall)] == [Recall(1)]
    assert hand.feed(Returned([1])) == []
    assert [execution.number for execution in hand.scheduler.ready(10)] == [1]


# Budgets


def test_a_run_halts_exactly_at_its_budget_and_each_raise_gives_exactly_so_many_more() -> None:
    hand = Hand(make_plan([{}, {}], [(0, "a", 1, "x", False)], executions_max=3))
    hand.finish(0, *[("a", number) for number in range(6)])
    assert len(hand.dispatches) == 3
    assert list(hand.scheduler.halts) == [BUDGET]
    clear, *more = hand.feed(Limited(5, None, 9))
    assert clear == Clear(1, "raise", 9)
    assert [type(command) for command in more] == [Dispatch, Dispatch, Halt]


def test_what_children_used_counts_and_what_was_dispatched_before_is_not_counted_again() -> None:
    hand = Hand(make_plan([{}, {}], [(0, "a", 1, "x", False)], executions_max=4))
    hand.feed(Spent(4))
    (again,) = hand.feed(Returned([1]))
    assert isinstance(again, Dispatch)
    hand.finish(0, ("a", 1))
    assert list(hand.scheduler.halts) == [BUDGET]


def test_no_limit_is_above_the_platforms_own_and_that_one_says_that_it_cannot_be_raised() -> None:
    hand = Hand(make_plan([{}, {}], [(0, "a", 1, "x", False)]))
    hand.feed(Limited(10**9))
    assert hand.scheduler.executions_max == LIMITS.run_executions_max
    hand.feed(Spent(LIMITS.run_executions_max))
    hand.scheduler.feed(Returned([1]))
    hand.finish(0, ("a", 1))
    lists = hand.scheduler.to_lists()
    assert lists[4][4][0][0] == BUDGET


# Lasting


def test_the_lists_of_a_version_that_knew_no_halts_are_read() -> None:
    hand = Hand(a_line())
    old = [*hand.scheduler.to_lists()[:4]]
    restored = Scheduler.from_lists(a_line(), old)
    assert restored.halts == {}
    assert restored.executions_max == a_line().executions_max
    assert restored.running == [1]


def test_halts_orders_and_what_was_spent_survive_the_lists() -> None:
    hand = in_state("stuck")
    hand.feed(Paused("operator/1", OPERATOR, "PAUSED", "x"))
    hand.feed(Ordered(1, [RETRY, 4]))
    hand.feed(Spent(12))
    again = Scheduler.from_lists(a_line(), hand.scheduler.to_lists())
    assert (again.halts, again.halt_count, again.spent) == ({"operator/1": (2, None)}, 2, 12)
    assert (again.open[1].orders, again.open[1].has_news) == ([[RETRY, 4]], True)


def test_one_that_is_run_again_is_not_given_up_and_one_that_is_ended_is() -> None:
    hand = in_state("stuck")
    hand.feed(Ordered(1, [RETRY, 1]))
    hand.park(0)
    assert not hand.scheduler.is_given_up(1)
    hand.feed(Ordered(1, [SKIP, 2]))
    assert hand.scheduler.is_given_up(1)


def test_thousands_of_stuck_executions_do_not_slow_each_dispatch_down() -> None:
    hand = Hand(make_plan([{}, {"batch_max": 100}], [(0, "a", 1, "x", False)]))
    hand.finish(0, *[("a", number) for number in range(5_000)])
    while hand.running:
        for number in list(hand.running):
            del hand.running[number]
            hand.feed(Stuck(number, 0, 0, [], FAILED_NODE, "BLOCK_FAILED", "broken"))
    began = process_time()
    for _ in range(2_000):
        assert not hand.scheduler.is_halted
    assert process_time() - began < 0.1
    assert len(hand.scheduler.stuck) == 5_000
