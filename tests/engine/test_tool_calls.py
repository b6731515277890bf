"""Calls of tools in the engine: whatever ends first or crashes, a caller gets the same, and nothing is called twice."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.limits import LIMITS
from schema.values import encode, make_handle
from tests.engine.calling import Calling, a_plan, behave
from tests.engine.graphs import make_plan
from tests.engine.hand import Hand
from tests.engine.test_reuse import nodes_of, target_of
from workflows.engine.continuation import Continuation, Source, Wish
from workflows.engine.events import (
    FAIL,
    RETRY,
    SKIP,
    TOOLS,
    Dispatch,
    Limited,
    Ordered,
    Parked,
    Paused,
    Recall,
    Released,
    Returned,
    Started,
    Stuck,
    Woken,
)
from workflows.engine.plan import Plan
from workflows.engine.recorded import Kept, Recorded
from workflows.engine.reuse import continue_run, wanted_handles
from workflows.engine.scheduler import Scheduler
from workflows.engine.tool_calls import given_up_with

SEEDS = st.integers(min_value=0, max_value=2**32)


def outcome_of(seed: int, order: int, crash_probability: float = 0.0) -> Calling:
    return Calling(a_plan(), behave(seed), random.Random(order), crash_probability=crash_probability).run()


def results(world: Calling) -> list[list[str]]:
    return [world.outcome_of(node) for node in range(len(world.plan.nodes))]


@settings(max_examples=200, deadline=None)
@given(SEEDS, SEEDS, SEEDS)
def test_a_caller_gets_the_same_whichever_call_ends_first(seed: int, first: int, second: int) -> None:
    assert results(outcome_of(seed, first)) == results(outcome_of(seed, second))


@settings(max_examples=200, deadline=None)
@given(SEEDS, SEEDS, SEEDS)
def test_a_crash_in_the_middle_of_a_round_changes_nothing_and_calls_nothing_twice(
    seed: int, first: int, second: int
) -> None:
    calm, crashed = outcome_of(seed, first), outcome_of(seed, second, crash_probability=0.2)
    assert results(calm) == results(crashed)
    assert (calm.scheduler.executions, calm.scheduler.error_count) == (
        crashed.scheduler.executions,
        crashed.scheduler.error_count,
    )
    assert max(crashed.called.values(), default=1) == 1


def test_the_random_rounds_have_what_they_are_meant_to_try() -> None:
    features: Counter[str] = Counter()
    for seed in range(150):
        world = outcome_of(seed, seed, crash_probability=0.05)
        rounds = [calls for (node, _), (_, outcomes) in world.seen.items() for calls in outcomes if node < 2]
        sizes = [len(calls.calls) for calls in rounds if hasattr(calls, "calls")]
        features["several rounds"] += sum(node == 0 for node, _ in world.seen) > 0 and len(sizes) > 3
        features["an empty round"] += 0 in sizes
        features["five at once"] += 5 in sizes
        features["nested"] += any(node == 1 and len(outcomes) > 1 for (node, _), (_, outcomes) in world.seen.items())
        features["a failed call"] += world.scheduler.error_count > 0
        features["a call that waits"] += any(
            node == 2 and len(outcomes) > 1 for (node, _), (_, outcomes) in world.seen.items()
        )
        features["crash"] += world.crashes > 0
    assert min(features.values()) >= 20, features
    assert len(features) == 7


def test_taking_the_results_of_half_a_round_makes_the_property_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def report_at_once(self: Scheduler, caller: int) -> None:
        execution = self.open.get(caller)
        if execution is not None and execution.waits_for_calls:
            self._wake(caller, [[TOOLS, execution.wait[1]]])

    monkeypatch.setattr(Scheduler, "_report", report_at_once)
    with pytest.raises(AssertionError, match="not over"):
        [outcome_of(seed, 1) for seed in range(40)]


class Caller(Hand):
    """A caller (node 0) of a tool (node 1), of which an output (node 2) takes what it gives."""

    def __init__(self, **settings: Any) -> None:
        plan = make_plan([{}, {}, {}], [(0, "tools", 1, "x", False), (1, "a", 2, "p", False)], **settings)
        super().__init__(replace(plan, starts=(0,)))

    def call(self, *values: Any, node: int = 1) -> int:
        """Let node 0 call the tool with each value; give its number."""
        number = self.of(0)
        first = self.said.get(number, 0)
        rows = [[f"c{n}", node, [["x", first + n]]] for n, _ in enumerate(values)]
        self.said[number] = first + len(values) + 1
        del self.running[number]
        self.feed(Parked(number, first, self.said[number], [], [TOOLS, rows]))
        return number

    def feed(self, event: Any) -> list[Any]:
        commands = self.scheduler.feed(event)
        for command in commands:
            if isinstance(command, Dispatch):
                self.dispatches.append(command)
                self.running.update({item.execution: (command.node, item) for item in command.items})
        return commands

    @property
    def state(self) -> int:
        return self.scheduler.open[1].state


def test_a_caller_waits_for_all_of_its_calls_and_gets_them_in_their_order() -> None:
    hand = Caller()
    hand.call("one", "two")
    hand.finish(1, ("a", 1))
    assert hand.scheduler.is_parked(1)
    hand.finish(1, ("a", 2))
    _, item = hand.running[1]
    assert item.step == 1
    assert item.arrivals == [[TOOLS, [["c0", 2], ["c1", 3]]]]


def test_a_round_of_no_calls_is_only_kept_and_the_caller_goes_on() -> None:
    hand = Caller()
    hand.call()
    _, item = hand.running[1]
    assert (item.step, item.arrivals) == (1, [[TOOLS, []]])


@pytest.mark.parametrize("arrivals", [(), (["end"],), (["out", 0, 1],), (["timeout"],), (["answer", "x"],)])
def test_nothing_else_wakes_a_caller(arrivals: tuple[Any, ...]) -> None:
    hand = Caller()
    hand.call("one")
    hand.feed(Woken(1, arrivals))
    assert hand.scheduler.is_parked(1)
    hand.finish(1)
    assert hand.running[1][1].arrivals == [[TOOLS, [["c0", 2]]]]


def test_what_woke_it_while_it_chose_does_not_drop_the_calls() -> None:
    hand = Caller()
    hand.feed(Woken(1, [["end"]]))
    hand.feed(Woken(1))
    hand.call("one")
    assert hand.scheduler.is_parked(1)
    assert 2 in hand.running


def test_a_retry_that_comes_too_late_for_a_step_does_not_drop_its_calls() -> None:
    hand = Caller()
    assert any(isinstance(command, Recall) for command in hand.feed(Ordered(1, [RETRY, 1])))
    hand.call("one")
    assert hand.scheduler.is_parked(1)
    hand.finish(1)
    assert hand.running[1][1].orders == ([RETRY, 1],)


def test_a_skip_that_comes_too_late_for_a_step_calls_nothing_more() -> None:
    hand = Caller()
    hand.feed(Ordered(1, [SKIP, 1]))
    hand.call("one")
    assert list(hand.running) == [1]
    assert hand.running[1][1].orders == ([SKIP, 1],)


def test_what_an_ended_caller_had_called_is_let_fail_at_any_depth() -> None:
    plan = make_plan([{}, {}, {}], [(0, "tools", 1, "x", False), (1, "tools", 2, "y", False)])
    hand = Caller()
    hand.plan, hand.scheduler = plan, Scheduler(replace(plan, starts=(0,)))
    hand.running.clear()
    hand.feed(Started({}))
    hand.call("one")
    hand.feed(Parked(2, 0, 2, [], [TOOLS, [["d0", 2, [["y", 0]]], ["d1", 2, [["y", 0]]]]]))
    hand.running.pop(2)
    hand.feed(Parked(3, 0, 0, [], ["event", "never", None]))
    commands = hand.feed(Ordered(1, [SKIP, 7]))
    assert given_up_with(1, hand.scheduler.open) == [1, 2, 3, 4]
    assert [hand.scheduler.open[n].orders for n in (1, 2, 3, 4)] == [[[SKIP, 7]], [[FAIL, 7]], [[FAIL, 7]], [[FAIL, 7]]]
    # What waited is dispatched to end, what runs comes back for it.
    assert [command.number for command in commands if isinstance(command, Recall)] == [4]
    assert {item.execution for one in commands if isinstance(one, Dispatch) for item in one.items} == {1, 2, 3}
    assert given_up_with(2, hand.scheduler.open) == [2, 3, 4]


def test_an_order_reaches_what_was_called_however_deep_it_stands() -> None:
    scheduler, depth = Scheduler(replace(make_plan([{}], [(0, "tools", 0, "x", False)]), starts=(0,))), 5_000
    scheduler.feed(Started({}))
    for number in range(1, depth + 1):
        scheduler.feed(Parked(number, 0, 1, [], [TOOLS, [["c", 0, [["x", 0]]]]]))
    scheduler.feed(Ordered(1, [SKIP, 7]))
    assert given_up_with(1, scheduler.open) == list(range(1, depth + 2))
    assert scheduler.open[depth].orders == [[FAIL, 7]]


def test_a_caller_that_goes_on_gives_nothing_up() -> None:
    hand = Caller()
    hand.call("one")
    assert given_up_with(1, hand.scheduler.open) == []


def test_a_budget_that_is_met_in_a_round_is_raised_and_the_round_goes_on() -> None:
    hand = Caller(executions_max=2)
    hand.call("one", "two", "three")
    assert sorted(hand.running) == [2]
    assert "budget" in hand.scheduler.halts
    hand.feed(Limited(executions_max=10, by=1))
    assert sorted(hand.running) == [2, 3, 4]


def test_a_paused_run_keeps_its_round_and_its_lists_bring_it_back() -> None:
    hand = Caller()
    hand.call("one", "two")
    hand.feed(Paused("operator/1", "operator", "PAUSED", "Lunch."))
    hand.finish(1)
    hand.finish(1)
    assert 1 not in hand.running
    scheduler = Scheduler.from_lists(hand.plan, orjson.loads(orjson.dumps(hand.scheduler.to_lists())))
    assert scheduler.open[1].arrivals == [[TOOLS, [["c0", 2], ["c1", 3]]]]
    assert scheduler.to_lists() == hand.scheduler.to_lists()


def test_a_call_that_waits_for_an_operator_keeps_its_caller_waiting() -> None:
    hand = Caller()
    hand.call("one")
    hand.feed(Stuck(2, 0, 0, [], "provider down", "UNAVAILABLE", "Away."))
    assert hand.scheduler.is_parked(1)
    hand.running.pop(2)
    hand.feed(Ordered(2, [RETRY, 1]))
    hand.finish(1)
    assert 1 in hand.running


def test_a_round_of_as_many_calls_as_may_be_runs_within_the_window() -> None:
    hand = Caller()
    hand.call(*range(LIMITS.round_calls_max))
    assert len(hand.running) == LIMITS.round_calls_max
    for _ in range(LIMITS.round_calls_max):
        hand.finish(1)
    assert [call for call, _ in hand.running[1][1].arrivals[0][1]] == [f"c{n}" for n in range(LIMITS.round_calls_max)]


def test_a_node_that_calls_itself_waits_for_itself_without_a_knot() -> None:
    plan: Plan = make_plan([{}], [(0, "tools", 0, "x", False)])
    hand = Caller()
    hand.plan, hand.scheduler = plan, Scheduler(replace(plan, starts=(0,)))
    hand.running.clear()
    hand.feed(Started({}))
    hand.call("again", node=0)
    assert list(hand.running) == [2]
    hand.finish(0)
    assert list(hand.running) == [1]
    hand.finish(0)
    assert hand.scheduler.ended is not None
    assert hand.scheduler.ended.status == "COMPLETED"


NESTED: Plan = make_plan(
    [{}, {}, {}, {}],
    [(0, "tools", 1, "x", False), (1, "tools", 2, "y", False), (2, "a", 3, "p", False)],
)


def recorded_rounds() -> list[Recorded]:
    """Give what a run recorded, in the order of ending, in which 0 called 1 twice, which called 2, which feeds 3."""

    def row(
        execution: int, node: int, ordinal: int, inputs: dict[str, Any], *caller: Any, says: Any = None
    ) -> Recorded:
        kept = {pin: {"value": value} for pin, value in inputs.items()}
        said = [] if says is None else [("a", Kept(says))]
        return Recorded(execution, f"n{node}", ordinal, kept, said, caller=list(caller) or None)

    return [
        row(4, 2, 1, {"y": "one"}, 2, "d0", 1, says="deep"),
        row(5, 3, 1, {"p": "deep"}),
        row(2, 1, 1, {"x": "one"}, 1, "c0", 0),
        row(3, 1, 2, {"x": "two"}, 1, "c1", 0),
        row(1, 0, 1, {}),
    ]


def continued(**changes: Any) -> Continuation:
    plan = replace(NESTED, starts=(0,))
    source = Source(plan, nodes_of(plan), recorded_rounds())
    return continue_run(source, target_of(plan, **changes), Wish())


def test_a_caller_is_taken_over_with_all_that_was_called_at_any_depth_and_what_that_gave() -> None:
    began = continued()
    assert sorted(old for _, old, _, _ in began.reused) == [1, 2, 3, 4, 5]
    new = {old: number for number, old, _, _ in began.reused}
    callers = {old: caller for _, old, _, caller in began.reused}
    assert callers == {1: None, 2: [new[1], "c0", 0], 3: [new[1], "c1", 0], 4: [new[2], "d0", 1], 5: None}
    assert [row.ready for row in began.nodes] == [0, 0, 0, 0]
    assert Scheduler.from_lists(replace(NESTED, starts=(0,)), began.seed).feed(Released())[-1].status == "COMPLETED"


def test_a_caller_below_which_a_tool_was_edited_runs_anew_and_takes_nothing_of_it_over() -> None:
    began = continued(nodes=nodes_of(NESTED, n2={"k": 1}))
    assert began.reused == []
    assert [(row.reused, row.ready) for row in began.nodes] == [(0, 1), (0, 0), (0, 0), (0, 0)]


def a_round(*calls: str) -> tuple[str, Kept]:
    return "round_^_", Kept({"memory": None, "calls": [[call, 1, []] for call in calls]})


def broken_rounds(*, fails: bool = False, lacks: bool = False, step: int = 2) -> list[Recorded]:
    """Give what a run recorded whose 0 failed behind its second round: the first called once, the second twice."""
    failure = ("BLOCK_FAILED", "broken")

    def called(execution: int, ordinal: int, call: str, **more: Any) -> Recorded:
        return Recorded(execution, "n1", ordinal, {}, [("a", Kept(call))], caller=[1, call, 0], **more)

    said = [a_round("c0"), ("note", Kept("so far")), a_round("c1", "c2"), ("error", Kept("broken"))]
    rows = [
        called(2, 1, "c0"),
        called(4, 3, "c2", **({"failure": failure} if fails else {})),
        called(3, 2, "c1"),
        Recorded(1, "n0", 1, {}, said, failure=failure, step=step),
    ]
    return [row for row in rows if not (lacks and row.execution == 3)]


FLAT = replace(
    make_plan([{}, {}, {}], [(0, "tools", 1, "x", False), (0, "note", 2, "p", False), (1, "a", 2, "q", True)]),
    starts=(0,),
)


def gone_on(rows: list[Recorded], wish: Wish | None = None, plan: Plan = FLAT, **changes: Any) -> Continuation:
    source = Source(plan, nodes_of(plan), rows, frozenset({("n0", 1)}))
    return continue_run(source, target_of(plan, **changes), wish or Wish())


@pytest.mark.parametrize("fails", [False, True])
def test_a_caller_that_failed_goes_on_behind_its_last_round(fails: bool) -> None:
    began = gone_on(broken_rounds(fails=fails))
    assert list(began.going_on) == [(1, 1, 3)]
    new = {old: number for number, old, _, _ in began.reused}
    assert sorted(new) == [2, 3, 4]
    scheduler = Scheduler.from_lists(FLAT, orjson.loads(orjson.dumps(began.seed)))
    commands = scheduler.feed(Released())
    items = {item.execution: item for one in commands if isinstance(one, Dispatch) for item in one.items}
    caller = items.pop(1)
    assert (caller.step, caller.base, caller.received, caller.is_again) == (2, 3, 3, False)
    assert caller.arrivals == [[TOOLS, [["c1", new[3]], ["c2", new[4]]]]]
    # What it had said in its earlier steps was handed on, too, and met what its tools gave.
    (sink,) = items.values()
    assert [token[:2] for pin, token in sink.tokens if pin == "p"] == [[1, 1]]
    assert began.nodes[0].ready == 1
    assert began.nodes[0].reasons == ("FAILED",)
    assert began.nodes[1].reused == 3


@pytest.mark.parametrize(
    ("rows", "changes"),
    [
        pytest.param(broken_rounds(lacks=True), {}, id="a call of the round was not over"),
        pytest.param(broken_rounds(step=3), {}, id="something else lies between the round and the failure"),
        pytest.param(broken_rounds(), {"wish": Wish(chosen=frozenset({"n0"}))}, id="it is chosen to run anew"),
        pytest.param(broken_rounds(), {"wish": Wish(chosen=frozenset({"n1"}))}, id="its tool is chosen to run anew"),
        pytest.param(broken_rounds(), {"nodes": nodes_of(FLAT, n1={"k": 1})}, id="its tool was edited"),
        pytest.param(broken_rounds(), {"nodes": nodes_of(FLAT, n0={"k": 1})}, id="it was edited"),
        pytest.param(broken_rounds(), {"wish": Wish(is_fresh=True)}, id="nothing is taken over"),
    ],
)
def test_a_caller_that_cannot_go_on_runs_anew_and_takes_nothing_of_its_rounds_over(rows: Any, changes: Any) -> None:
    began = gone_on(rows, **changes)
    assert list(began.going_on) == []
    assert began.reused == []
    (item,) = [
        item
        for one in Scheduler.from_lists(FLAT, began.seed).feed(Released())
        if isinstance(one, Dispatch)
        for item in one.items
    ]
    assert (item.execution, item.step, item.base, item.arrivals) == (1, 0, 0, [])


def test_a_tool_whose_failure_stops_the_run_is_not_taken_over() -> None:
    stopping = replace(FLAT, nodes=(FLAT.nodes[0], replace(FLAT.nodes[1], on_error="stop"), FLAT.nodes[2]))
    assert gone_on(broken_rounds(fails=True), plan=stopping).reused == []
    assert len(gone_on(broken_rounds(), plan=stopping).reused) == 3


def test_a_round_that_stands_elsewhere_is_fetched_to_go_on_from_it() -> None:
    rows = broken_rounds()
    kept = dict(rows[-1].emissions)["round_^_"]
    handle = make_handle(encode(kept.value)).to_wire()
    unfetched = [(pin, Kept(handle=handle) if pin == "round_^_" else one) for pin, one in rows[-1].emissions]
    rows[-1] = replace(rows[-1], emissions=unfetched)
    assert wanted_handles(rows, target_of(FLAT)) == [handle]
    assert list(gone_on(rows).going_on) == []


def test_a_called_execution_that_comes_back_keeps_its_caller() -> None:
    hand = Caller()
    hand.call("one")
    hand.running.pop(2)
    hand.feed(Returned([2]))
    assert hand.running[2][1].caller == [1, "c0", 0]
    assert hand.running[2][1].is_again
