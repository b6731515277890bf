"""How a run goes, point by point of agent-graphs.md sections 3, 4, 7 and 8: each test's name is the fact."""

from __future__ import annotations

from typing import Any

import pytest

from schema.errors import EngineFault
from tests.engine.graphs import make_plan
from tests.engine.hand import Hand
from workflows.engine import flow
from workflows.engine.events import (
    BUDGET,
    Cancelled,
    Dispatch,
    Emitted,
    Failed,
    Finished,
    Held,
    Limited,
    Released,
    Returned,
    Started,
    Woken,
)
from workflows.engine.flow import NAMED_FAILURES_MAX
from workflows.engine.plan import Plan
from workflows.engine.scheduler import (
    DISPATCH_INLINE_CHARS_MAX,
    IN_FLIGHT_MAX,
    LISTED_WAITING_MAX,
    Scheduler,
)

#: 0 and 1 feed the pins x and y of 2.
JOIN = make_plan([{}, {}, {}], [(0, "a", 2, "x", False), (1, "a", 2, "y", False)])
#: 0 feeds x of 2 by a plain link, 1 feeds y of 2 by a static one.
SIDE = make_plan([{}, {}, {}], [(0, "a", 2, "x", False), (1, "a", 2, "y", True)])
#: 0 feeds 1.
CHAIN = make_plan([{}, {}], [(0, "a", 1, "x", False)])


def values(*numbers: Any) -> list[tuple[str, Any]]:
    return [("a", number) for number in numbers]


def ended(hand: Hand) -> tuple[str, str | None]:
    assert hand.end is not None
    return hand.end.status, hand.end.code


# Section 3: the start


def test_nodes_without_incoming_links_start() -> None:
    hand = Hand(JOIN)
    assert [dispatch.node for dispatch in hand.dispatches] == [0, 1]


def test_an_input_node_starts_with_its_run_input() -> None:
    plan = make_plan([{"kind": "INPUT", "input_name": "topic"}, {}], [(0, "result", 1, "x", False)])
    hand = Hand(plan, topic="walls")
    assert hand.inputs_of(0) == [{"value": "walls"}]


def test_an_input_node_without_a_run_input_starts_with_nothing() -> None:
    plan = make_plan([{"kind": "INPUT", "input_name": "topic"}], [])
    assert Hand(plan).inputs_of(0) == [{}]


def test_an_input_node_starts_although_a_link_leads_to_it() -> None:
    rows = [{"kind": "INPUT", "input_name": "topic"}, {}]
    hand = Hand(make_plan(rows, [(1, "a", 0, "value", False)]), topic="walls")
    assert [dispatch.node for dispatch in hand.dispatches] == [0, 1]


def test_a_run_of_nothing_is_completed_at_once() -> None:
    hand = Hand(make_plan([], []))
    assert ended(hand) == ("COMPLETED", None)


# Section 4: how values flow


def test_the_oldest_execution_without_a_pin_gets_its_next_value() -> None:
    hand = Hand(JOIN)
    hand.finish(0, *values(1, 2, 3))
    hand.finish(1, *values(10, 20, 30))
    assert hand.inputs_of(2) == [{"x": 1, "y": 10}, {"x": 2, "y": 20}, {"x": 3, "y": 30}]


def test_a_linked_pin_is_always_awaited() -> None:
    hand = Hand(JOIN)
    hand.finish(0, *values(1))
    assert hand.inputs_of(2) == []
    hand.finish(1)
    assert ended(hand) == ("COMPLETED", None)
    assert hand.inputs_of(2) == []


def test_streams_of_unequal_length_leave_executions_incomplete_and_listed() -> None:
    hand = Hand(JOIN)
    hand.finish(0, *values(1, 2, 3))
    hand.finish(1, *values(10))
    hand.finish(2)
    assert ended(hand) == ("COMPLETED", None)
    assert hand.end is not None
    assert hand.end.waiting == [(2, [("x", [1, 1, 0, 2])]), (2, [("x", [1, 2, 0, 3])])]


def test_the_list_of_incomplete_executions_is_bounded() -> None:
    hand = Hand(JOIN)
    hand.finish(0, *values(*range(LISTED_WAITING_MAX + 50)))
    hand.finish(1)
    assert hand.end is not None
    assert len(hand.end.waiting) == LISTED_WAITING_MAX


def test_a_static_value_is_reused_and_never_used_up() -> None:
    hand = Hand(SIDE)
    hand.finish(1, *values("side"))
    hand.finish(0, *values(1, 2, 3))
    assert hand.inputs_of(2) == [{"x": n, "y": "side"} for n in (1, 2, 3)]


def test_three_waiting_values_fire_when_one_static_value_arrives() -> None:
    hand = Hand(SIDE)
    hand.finish(0, *values(1, 2, 3))
    assert hand.inputs_of(2) == []
    hand.finish(1, *values("side"))
    assert hand.inputs_of(2) == [{"x": n, "y": "side"} for n in (1, 2, 3)]


def test_a_static_pin_takes_the_value_of_the_newest_execution() -> None:
    hand = Hand(SIDE)
    hand.emit(1, *values("old"))
    hand.emit(0, *values(1))
    hand.emit(1, *values("new"))
    hand.emit(0, *values(2))
    hand.finish(0, *values(3))
    assert hand.inputs_of(2) == [{"x": 1, "y": "old"}, {"x": 2, "y": "new"}, {"x": 3, "y": "new"}]


def test_a_node_fed_only_by_static_links_fires_once_for_each_value() -> None:
    hand = Hand(make_plan([{}, {}], [(0, "a", 1, "x", True)]))
    hand.finish(0, *values(1, 2, 3))
    assert hand.inputs_of(1) == [{"x": 1}, {"x": 2}, {"x": 3}]


def test_two_static_pins_fire_once_for_each_value_of_either() -> None:
    hand = Hand(make_plan([{}, {}, {}], [(0, "a", 2, "x", True), (1, "a", 2, "y", True)]))
    hand.emit(0, *values(1))
    hand.emit(1, *values("a"))
    hand.emit(1, *values("b"))
    hand.emit(0, *values(2))
    assert hand.inputs_of(2) == [{"x": 1, "y": "a"}, {"x": 1, "y": "b"}, {"x": 2, "y": "b"}]


def test_a_null_on_the_same_pin_is_delivered() -> None:
    hand = Hand(CHAIN)
    hand.finish(0, ("a", None))
    assert hand.inputs_of(1) == [{"x": None}]


def test_a_path_that_finds_nothing_delivers_nothing() -> None:
    plan = make_plan([{}, {}, {}], [(0, "a_#_key", 1, "x", False), (0, "a_$_1", 2, "x", False)])
    hand = Hand(plan)
    hand.finish(0, ("a", {"key": None}), ("a", {}), ("a", [1]), ("a", "text"))
    assert hand.given == [(0, {})]
    assert ended(hand) == ("COMPLETED", None)


def test_a_path_delivers_what_it_finds() -> None:
    plan = make_plan([{}, {}, {}], [(0, "a_#_key", 1, "x", False), (0, "a_$_1", 2, "x", False)])
    hand = Hand(plan)
    hand.finish(0, ("a", {"key": 1}), ("a", [2, 3]))
    assert hand.inputs_of(1) == [{"x": 1}]
    assert hand.inputs_of(2) == [{"x": 3}]


def test_an_emission_goes_to_each_of_its_links() -> None:
    hand = Hand(make_plan([{}, {}, {}], [(0, "a", 1, "x", False), (0, "a", 2, "x", False)]))
    hand.finish(0, *values(7))
    assert hand.inputs_of(1) == hand.inputs_of(2) == [{"x": 7}]


def test_two_links_to_one_pin_are_one_queue() -> None:
    hand = Hand(make_plan([{}, {}, {}], [(0, "a", 2, "x", False), (1, "a", 2, "x", False)]))
    hand.finish(1, *values(10))
    hand.finish(0, *values(1, 2))
    assert hand.inputs_of(2) == [{"x": 10}, {"x": 1}, {"x": 2}]


def test_a_cycle_runs_for_as_long_as_values_come() -> None:
    hand = Hand(make_plan([{}, {}], [(0, "a", 1, "x", False), (1, "again", 1, "x", False)]))
    hand.finish(0, *values(0))
    for number in range(5):
        hand.finish(1, *([("again", number + 1)] if number < 4 else []))
    assert hand.inputs_of(1) == [{"x": number} for number in range(5)]
    assert ended(hand) == ("COMPLETED", None)


# Section 4: the order


def test_emissions_are_handed_on_while_their_execution_runs() -> None:
    hand = Hand(CHAIN)
    hand.emit(0, *values(1))
    assert hand.inputs_of(1) == [{"x": 1}]
    assert 1 in hand.running


def test_executions_of_one_node_hand_on_in_the_order_in_which_they_were_queued() -> None:
    plan = make_plan([{}, {}, {}], [(0, "a", 1, "x", False), (1, "a", 2, "x", False)])
    hand = Hand(plan)
    hand.finish(0, *values(1, 2, 3))
    first, second, third = sorted(hand.running)
    for number in (third, second):
        hand.feed(Finished(number, 0, 1, [[0, 1, number]]))
    assert hand.inputs_of(2) == []
    hand.feed(Finished(first, 0, 1, [[0, 1, first]]))
    assert hand.inputs_of(2) == [{"x": first}, {"x": second}, {"x": third}]


def test_different_nodes_hand_on_independently() -> None:
    plan = make_plan([{}, {}, {}, {}], [(0, "a", 2, "x", False), (1, "a", 3, "x", False)])
    hand = Hand(plan)
    hand.finish(1, *values("early"))
    assert hand.inputs_of(3) == [{"x": "early"}]


def test_executions_of_a_batchable_node_share_a_dispatch() -> None:
    hand = Hand(make_plan([{}, {"batch_max": 3}], [(0, "a", 1, "x", False)]))
    hand.finish(0, *values(1, 2, 3, 4))
    assert [len(dispatch.items) for dispatch in hand.dispatches] == [1, 3, 1]


def test_no_more_than_the_window_is_in_flight() -> None:
    hand = Hand(CHAIN)
    hand.finish(0, *values(*range(IN_FLIGHT_MAX * 2)))
    assert len(hand.running) == IN_FLIGHT_MAX
    hand.finish(1)
    assert len(hand.running) == IN_FLIGHT_MAX
    assert hand.scheduler.ready_count == IN_FLIGHT_MAX - 1


def test_nodes_take_turns() -> None:
    plan = make_plan([{}, {}, {}], [(0, "a", 1, "x", False), (0, "a", 2, "x", False)])
    hand = Hand(plan)
    hand.finish(0, *values(1, 2))
    assert [dispatch.node for dispatch in hand.dispatches] == [0, 1, 2, 1, 2]


# Section 7: errors


def policy(name: str, *links: tuple[int, str, int, str, bool], on_error: str = "route") -> Plan:
    """Give a plan of a node that fails (0), one beside it (1), and one for what they say (2)."""
    return make_plan([{"on_error": on_error}, {}, {}], [(1, "a", 2, "x", False), *links], policy=name)


def test_an_error_travels_along_the_links_from_the_error_pin() -> None:
    hand = Hand(make_plan([{}, {}], [(0, "error", 1, "x", False)]))
    hand.fail(0, "no such town")
    assert hand.inputs_of(1) == [{"x": "no such town"}]


def test_what_was_emitted_before_an_error_stays_emitted() -> None:
    hand = Hand(CHAIN)
    hand.fail(0, "broken", *values(1, 2))
    assert hand.inputs_of(1) == [{"x": 1}, {"x": 2}]


def test_with_continue_a_failed_node_does_not_fail_the_run() -> None:
    hand = Hand(policy("continue"))
    hand.fail(0)
    hand.finish(1)
    assert ended(hand) == ("COMPLETED", None)
    assert hand.scheduler.error_count == 1
    assert hand.scheduler.first_error == ["n0", "n0", "BLOCK_FAILED", "broken"]


def test_with_fail_other_branches_finish_before_the_run_is_failed() -> None:
    hand = Hand(policy("fail"))
    hand.fail(0)
    assert hand.end is None
    hand.finish(1, *values(1))
    hand.finish(2)
    assert ended(hand) == ("FAILED", "NODE_FAILED")
    assert hand.end is not None
    assert "n0 (n0): broken" in (hand.end.message or "")


def test_with_stop_the_run_ends_at_once() -> None:
    hand = Hand(policy("stop"))
    hand.fail(0)
    assert ended(hand) == ("FAILED", "NODE_FAILED")
    assert 2 in hand.running


@pytest.mark.parametrize("name", ["fail", "stop"])
def test_a_linked_error_pin_handles_the_failure(name: str) -> None:
    hand = Hand(policy(name, (0, "error", 2, "x", False)))
    hand.fail(0)
    hand.finish(1)
    hand.finish(2)
    assert ended(hand) == ("COMPLETED", None)
    assert hand.scheduler.error_count == 1


@pytest.mark.parametrize("name", ["fail", "stop"])
def test_a_node_that_continues_on_error_handles_its_failure(name: str) -> None:
    hand = Hand(policy(name, on_error="continue"))
    hand.fail(0)
    hand.finish(1)
    assert ended(hand) == ("COMPLETED", None)


def test_a_node_that_stops_on_error_ends_the_run_even_with_a_linked_error_pin() -> None:
    hand = Hand(policy("continue", (0, "error", 2, "x", False), on_error="stop"))
    hand.fail(0)
    assert ended(hand) == ("FAILED", "NODE_FAILED")


def test_the_reason_of_a_run_names_a_bounded_number_of_nodes() -> None:
    hand = Hand(make_plan([{}] * (NAMED_FAILURES_MAX + 5), [], policy="fail"))
    for node in range(NAMED_FAILURES_MAX + 5):
        hand.fail(node, "x" * 10_000)
    assert ended(hand) == ("FAILED", "NODE_FAILED")
    assert hand.end is not None
    assert len(hand.end.message or "") <= 10_000
    assert hand.scheduler.error_count == NAMED_FAILURES_MAX + 5


def test_outputs_are_told_in_order_and_failed_ones_are_not() -> None:
    hand = Hand(make_plan([{}, {"kind": "OUTPUT"}], [(0, "a", 1, "value", False)]))
    hand.finish(0, *values(1, 2, 3))
    first, second, third = sorted(hand.running)
    hand.feed(Finished(third, 0, 0, []))
    assert hand.scheduler.take_outputs() == []
    hand.feed(Finished(first, 0, 0, []))
    assert hand.scheduler.take_outputs() == [first]
    hand.feed(Failed(second, 0, 1, [], "BLOCK_FAILED", "broken"))
    assert hand.scheduler.take_outputs() == [third]


# Section 8 and limits


def test_the_limit_of_executions_halts_the_run_until_it_is_raised() -> None:
    plan = make_plan(
        [{}, {}], [(0, "a", 1, "x", False), (1, "again", 1, "x", False)], executions_max=10, policy="continue"
    )
    hand = Hand(plan)
    hand.finish(0, *values(0))
    while hand.running:
        hand.finish(1, ("again", 1))
    assert hand.end is None
    assert list(hand.scheduler.halts) == [BUDGET]
    assert len(hand.given) == 10
    hand.feed(Limited(executions_max=12))
    while hand.running:
        hand.finish(1, ("again", 1))
    assert len(hand.given) == 12
    assert list(hand.scheduler.halts) == [BUDGET]


def test_so_many_waiting_executions_that_they_cannot_travel_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "OPEN_MAX", 10)
    hand = Hand(make_plan([{}, {}], [(0, "a", 1, "x", False)], policy="continue"))
    hand.finish(0, *values(*range(20)))
    assert ended(hand) == ("FAILED", "BUDGET_EXCEEDED")


def test_cancel_ends_the_run_as_terminated() -> None:
    hand = Hand(CHAIN)
    hand.feed(Cancelled("Cancelled by Ann."))
    assert ended(hand) == ("TERMINATED", "CANCELLED")
    assert hand.end is not None
    assert hand.end.message == "Cancelled by Ann."


def test_after_the_end_nothing_more_is_asked_for() -> None:
    hand = Hand(CHAIN)
    hand.feed(Cancelled("enough"))
    assert hand.feed(Finished(1, 0, 1, [[0, 0, "late"]])) == []
    assert hand.feed(Cancelled("again")) == []


# Waiting


def test_a_parked_execution_goes_on_one_step_later_when_it_is_woken() -> None:
    hand = Hand(CHAIN)
    number = hand.park(0, *values(1))
    assert [wait.execution for wait in hand.waits] == [number]
    assert hand.inputs_of(1) == [{"x": 1}]
    hand.wake(number, "arrival")
    node, item = hand.running[number]
    assert (node, item.step, item.base, item.received, item.arrivals) == (0, 1, 1, 1, ["arrival"])
    hand.finish(0, *values(2))
    assert hand.inputs_of(1) == [{"x": 1}, {"x": 2}]


def test_one_that_is_woken_before_it_parks_does_not_wait() -> None:
    hand = Hand(CHAIN)
    hand.wake(1, "early")
    assert hand.running[1][1].step == 0
    hand.park(0)
    assert hand.waits == []
    assert hand.running[1][1].step == 1
    assert hand.running[1][1].arrivals == ["early"]


def test_all_that_arrived_before_a_step_comes_with_it() -> None:
    hand = Hand(CHAIN)
    hand.wake(1, "a")
    hand.wake(1, "b", "c")
    hand.park(0)
    assert hand.running[1][1].arrivals == ["a", "b", "c"]
    hand.wake(1, "d")
    hand.park(0)
    assert hand.running[1][1].arrivals == ["d"]


def test_waking_what_is_over_is_harmless() -> None:
    hand = Hand(CHAIN)
    hand.finish(0, *values(1))
    hand.wake(1, "late")
    assert 1 not in hand.running


def test_a_parked_execution_keeps_its_place_in_the_line() -> None:
    plan = make_plan([{}, {}, {}], [(0, "a", 1, "x", False), (1, "a", 2, "x", False)])
    hand = Hand(plan)
    hand.finish(0, *values(1, 2))
    number = hand.park(1)
    hand.finish(1, *values("second"))
    assert hand.inputs_of(2) == []
    hand.wake(number)
    hand.finish(1, *values("first"))
    assert hand.inputs_of(2) == [{"x": "first"}, {"x": "second"}]


# What is said twice, what is lost, what comes back


def test_an_emission_that_is_told_twice_counts_once() -> None:
    hand = Hand(CHAIN)
    hand.feed(Emitted(1, 0, 2, [[0, 0, "a"], [1, 0, "b"]]))
    hand.feed(Emitted(1, 0, 2, [[0, 0, "a"], [1, 0, "b"]]))
    hand.feed(Emitted(1, 1, 3, [[1, 0, "b"], [2, 0, "c"]]))
    hand.feed(Finished(1, 0, 3, [[0, 0, "a"], [1, 0, "b"], [2, 0, "c"]]))
    assert hand.inputs_of(1) == [{"x": "a"}, {"x": "b"}, {"x": "c"}]


def test_an_emission_beyond_a_gap_is_not_taken() -> None:
    hand = Hand(CHAIN)
    hand.feed(Emitted(1, 5, 6, [[5, 0, "far"]]))
    assert hand.inputs_of(1) == []


def test_a_gap_before_the_end_leads_to_another_dispatch() -> None:
    hand = Hand(CHAIN)
    hand.feed(Finished(1, 2, 3, [[2, 0, "c"]]))
    assert hand.inputs_of(1) == []
    assert [(d.number, d.node, d.items[0].is_again) for d in hand.dispatches] == [(1, 0, False), (2, 0, True)]
    hand.feed(Finished(1, 0, 3, [[0, 0, "a"], [1, 0, "b"], [2, 0, "c"]]))
    assert hand.inputs_of(1) == [{"x": "a"}, {"x": "b"}, {"x": "c"}]


def test_what_is_heard_of_an_execution_that_is_over_is_left_out() -> None:
    hand = Hand(CHAIN)
    hand.finish(0, *values(1))
    hand.feed(Emitted(1, 0, 2, [[0, 0, 1], [1, 0, "late"]]))
    assert hand.inputs_of(1) == [{"x": 1}]


def test_a_dispatch_that_comes_back_is_dispatched_again_and_looks_into_the_ledger() -> None:
    hand = Hand(CHAIN)
    hand.emit(0, *values(1))
    hand.feed(Returned([1]))
    _, item = hand.running[1]
    assert (item.is_again, item.step, item.base, item.received) == (True, 0, 0, 1)
    assert hand.dispatches[-1].number > hand.dispatches[0].number


def test_the_next_step_after_a_return_does_not_look_again() -> None:
    hand = Hand(CHAIN)
    hand.feed(Returned([1]))
    hand.wake(hand.park(0))
    assert hand.running[1][1].is_again is False


def test_while_held_nothing_is_dispatched_and_events_are_taken_in() -> None:
    hand = Hand(CHAIN)
    hand.feed(Held())
    hand.finish(0, *values(1, 2))
    assert hand.inputs_of(1) == []
    assert hand.end is None
    hand.feed(Released())
    assert hand.inputs_of(1) == [{"x": 1}, {"x": 2}]


def test_a_held_run_without_anything_open_ends() -> None:
    hand = Hand(CHAIN)
    hand.feed(Held())
    hand.finish(0)
    assert ended(hand) == ("COMPLETED", None)


@pytest.mark.parametrize("event", [Finished(7, 0, 0, []), Returned([7])])
def test_an_end_of_what_does_not_run_is_our_fault(event: Any) -> None:
    with pytest.raises(EngineFault):
        Hand(CHAIN).feed(event)


def test_an_arrival_for_nobody_is_harmless() -> None:
    hand = Hand(CHAIN)
    assert hand.feed(Woken(7)) == []
    assert hand.feed(Emitted(7, 0, 1, [[0, 0, 1]])) == []


def test_inline_values_beyond_the_room_of_a_dispatch_are_left_to_the_ledger() -> None:
    scheduler = Scheduler(make_plan([{}, {"batch_max": 100}], [(0, "a", 1, "x", False)]))
    scheduler.feed(Started({}))
    kilobyte = "x" * 1_000
    (dispatch,) = scheduler.feed(Finished(1, 0, 40, [[n, 0, kilobyte] for n in range(40)]))
    assert isinstance(dispatch, Dispatch)
    tokens = [item.tokens[0][1] for item in dispatch.items]
    assert sum(len(token) == 4 for token in tokens) == DISPATCH_INLINE_CHARS_MAX // len(kilobyte)
    assert [token[:3] for token in tokens] == [[1, n, 0] for n in range(40)]
