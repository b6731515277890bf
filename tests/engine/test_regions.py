"""Regions: whatever runs together, in whatever steps, and whatever is lost on the way, the run comes out the same."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.fused import FusedWorld, with_regions
from tests.engine.graphs import behave, make_plan, random_plan
from tests.engine.test_order import outcome_of
from tests.engine.world import Outcome
from workflows.engine.events import (
    BUDGET,
    SKIP,
    Command,
    DispatchRegion,
    Emitted,
    End,
    Finished,
    Halt,
    Limited,
    Lost,
    Ordered,
    Released,
    Started,
    Stepped,
)
from workflows.engine.plan import Plan
from workflows.engine.region_flow import RegionFlow, RegionUnfit, unfit_result, wider_result
from workflows.engine.regions import REGION_NUMBERS, Regions, find_regions
from workflows.engine.scheduler import Scheduler

SEEDS = st.integers(min_value=0, max_value=2**32)


def fused(plan_seed: int, order_seed: int, crash: float = 0.0, unfit: float = 0.0) -> FusedWorld:
    plan = with_regions(random_plan(plan_seed), plan_seed)
    world = FusedWorld(
        plan, behave(plan_seed), random.Random(order_seed), crash_probability=crash, unfit_probability=unfit
    )
    with pytest.MonkeyPatch.context() as patch:
        # So few that some need more.
        patch.setattr(Regions, "numbers_of", lambda self, region, _: REGION_NUMBERS if region in self.wide else 2)
        world.run()
    return world


@settings(max_examples=400, deadline=None)
@given(SEEDS, SEEDS, SEEDS)
def test_fusing_changes_nothing(plan_seed: int, first: int, second: int) -> None:
    apart, together = outcome_of(plan_seed, first), fused(plan_seed, second)
    assert together.result() == apart.result()
    assert (together.ended and together.ended.status) == (apart.ended and apart.ended.status)
    assert together.scheduler.execution_count == apart.scheduler.execution_count
    assert together.scheduler.error_count == apart.scheduler.error_count


@settings(max_examples=400, deadline=None)
@given(SEEDS, SEEDS, SEEDS)
def test_fusing_with_crashes_and_lost_results_changes_nothing(plan_seed: int, first: int, second: int) -> None:
    apart, together = outcome_of(plan_seed, first), fused(plan_seed, second, crash=0.2, unfit=0.1)
    assert together.result() == apart.result()
    assert (together.ended and together.ended.status) == (apart.ended and apart.ended.status)
    assert together.scheduler.execution_count == apart.scheduler.execution_count


def test_the_random_regions_have_what_they_are_meant_to_try() -> None:
    counts: Counter[str] = Counter()
    for seed in range(200):
        counts.update(fused(seed, seed, crash=0.1, unfit=0.1).counts)
    assert min(counts[name] for name in ("stepped", "unfit", "repeated", "aside", "suspended")) >= 20, counts
    assert counts["wider"] >= 5, counts


def test_a_region_that_forgets_what_arrived_meanwhile_makes_the_property_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    take_in = Scheduler._take_in

    def forgetful(self: Scheduler, region: int, result: Any) -> None:
        if region in self.regions.out:
            self.regions.out[region].arrivals.clear()
        take_in(self, region, result)

    monkeypatch.setattr(Scheduler, "_take_in", forgetful)
    differences = sum(fused(seed, 1).result() != outcome_of(seed, 1).result() for seed in range(150))
    assert differences > 5


# By hand

#: 0 emits to 1, 1 to 2; 0 and 2 are of one region, 1 is not.
AROUND = replace(make_plan([{}, {}, {}], [(0, "a", 1, "x", False), (1, "a", 2, "x", False)]), regions=((0, 2),))
CHAIN = replace(make_plan([{}, {}, {}], [(0, "a", 1, "x", False), (1, "a", 2, "x", False)]), regions=((0, 1, 2),))
LOOP = replace(
    make_plan([{}, {}], [(0, "a", 1, "x", False), (1, "a", 1, "x", False)], executions_max=10), regions=((0, 1),)
)


def start(plan: Plan) -> tuple[Scheduler, DispatchRegion]:
    scheduler = Scheduler(plan)
    (command,) = scheduler.feed(Started({}))
    assert isinstance(command, DispatchRegion)
    return scheduler, command


def step(plan: Plan, command: DispatchRegion, behaviour: Any, upto: int = 1_000) -> list[Any]:
    """Step through a dispatched region, so many executions at most."""
    flow = RegionFlow(
        plan, command.region, command.part, dispatch=command.number, first=command.first, room=command.room
    )
    for _ in range(upto):
        execution = flow.take()
        if execution is None:
            break
        pins = behaviour(execution.node)
        links = [
            [sequence, index, "v"]
            for sequence, pin in enumerate(pins)
            for index in plan.links_from[execution.node]
            if plan.links[index].source_name == pin
        ]
        flow.finish(execution, len(pins), links)
    return flow.result()


def one_each(_node: int) -> list[str]:
    return ["a"]


def test_a_chain_of_pure_nodes_is_one_dispatch_and_the_end() -> None:
    scheduler, command = start(CHAIN)
    assert (command.whole, command.step, command.first, command.is_long) == (1, 0, 2, False)
    (end,) = scheduler.feed(Stepped(0, step(CHAIN, command, one_each)))
    assert isinstance(end, End)
    assert end.status == "COMPLETED"
    assert scheduler.executions == scheduler.execution_count == 3


def test_numbers_that_were_not_needed_are_given_back_and_where_others_came_after_they_are_gaps() -> None:
    scheduler, command = start(AROUND)
    (other,) = scheduler.feed(Stepped(0, step(AROUND, command, one_each)))
    assert scheduler.executions == 2
    scheduler.feed(Finished(2, 0, 1, [[0, 1, "v"]]))
    assert scheduler.execution_count == 3
    assert other.number == 2  # type: ignore[union-attr]


def test_what_arrives_while_a_region_is_out_waits_for_it() -> None:
    plan = replace(make_plan([{}, {}, {}], [(0, "a", 2, "x", False), (1, "a", 2, "y", False)]), regions=((1, 2),))
    scheduler = Scheduler(plan)
    first, region = scheduler.feed(Started({}))
    assert isinstance(region, DispatchRegion)
    assert scheduler.feed(Finished(first.items[0].execution, 0, 1, [[0, 0, "v"]])) == []  # type: ignore[union-attr]
    assert scheduler.regions.out[0].arrivals == [[0, [1, 0, 0, "v"]]]
    (again,) = scheduler.feed(Stepped(0, step(plan, region, one_each)))
    assert isinstance(again, DispatchRegion)
    assert again.step == 1
    assert [row[1] for row in again.part[1]] == [2]


def test_a_lost_step_is_dispatched_again_as_it_was() -> None:
    scheduler, command = start(CHAIN)
    (again,) = scheduler.feed(Lost(0))
    assert again == replace(command, number=2)
    assert scheduler.execution_count == 1


def test_a_result_of_a_region_that_is_not_out_counts_for_nothing() -> None:
    scheduler, command = start(AROUND)
    result = step(AROUND, command, one_each)
    scheduler.feed(Stepped(0, result))
    before = scheduler.to_lists()
    assert scheduler.feed(Stepped(0, result)) == []
    assert scheduler.to_lists() == before


def test_an_unfit_region_runs_node_by_node() -> None:
    scheduler, _ = start(CHAIN)
    (first,) = scheduler.feed(Stepped(0, unfit_result()))
    assert not isinstance(first, DispatchRegion)
    assert scheduler.executions == 1
    (second,) = scheduler.feed(Finished(1, 0, 1, [[0, 0, "v"]]))
    assert [item.execution for item in second.items] == [2]  # type: ignore[union-attr]


def test_what_was_put_aside_is_dispatched_by_itself_and_then_the_region_goes_on() -> None:
    scheduler, command = start(CHAIN)
    flow = RegionFlow(CHAIN, 0, command.part, dispatch=command.number, first=command.first, room=command.room)
    execution = flow.take()
    assert execution is not None
    flow.suspend(execution, is_aside=True)
    (alone,) = scheduler.feed(Stepped(0, flow.result()))
    assert [item.is_again for item in alone.items] == [True]  # type: ignore[union-attr]
    (rest,) = scheduler.feed(Finished(1, 0, 1, [[0, 0, "v"]]))
    assert isinstance(rest, DispatchRegion)


def test_the_budget_holds_to_the_execution_within_a_region() -> None:
    scheduler, command = start(LOOP)
    assert command.room == 10
    halts = scheduler.feed(Stepped(0, step(LOOP, command, one_each)))
    assert [type(one) for one in halts] == [Halt]
    assert list(scheduler.halts) == [BUDGET]
    assert scheduler.begun == 10
    more: list[Command] = scheduler.feed(Limited(executions_max=12))
    (again,) = [one for one in more if isinstance(one, DispatchRegion)]
    assert again.room == 2


def test_who_waits_for_room_that_a_region_may_give_back_does_not_meet_the_budget() -> None:
    plan = replace(
        make_plan([{}, {}, {}], [(0, "a", 1, "x", False), (0, "b", 2, "x", False)], executions_max=3), regions=((0, 1),)
    )
    scheduler = Scheduler(plan)
    (command,) = scheduler.feed(Started({}))
    assert isinstance(command, DispatchRegion)
    flow = RegionFlow(plan, 0, command.part, dispatch=1, first=command.first, room=command.room)
    execution = flow.take()
    assert execution is not None
    flow.finish(execution, 2, [[0, 0, "v"], [1, 1, "v"]])
    commands = scheduler.feed(Stepped(0, flow.result()))
    assert scheduler.halts == {}
    region = next(one for one in commands if isinstance(one, DispatchRegion))
    assert region.room == 2
    (last,) = scheduler.feed(Stepped(0, step(plan, region, lambda _node: [])))
    assert scheduler.halts == {}
    assert last.items[0].tokens == [("x", [1, 1, 1, "v"])]  # type: ignore[union-attr]


def test_an_order_for_what_runs_in_a_region_is_refused_until_it_is_back() -> None:
    scheduler, _ = start(CHAIN)
    assert scheduler.refusal_of(1, "skip") == "The node execution is running, together with others."


def test_an_order_that_comes_with_what_lets_a_region_go_out_waits_until_it_is_back() -> None:
    scheduler = Scheduler(CHAIN)
    scheduler.is_held = True
    assert scheduler.feed(Started({})) == []
    assert scheduler.refusal_of(1, SKIP) is None
    (command,) = [one for one in scheduler.feed(Released()) if isinstance(one, DispatchRegion)]
    assert scheduler.feed(Ordered(1, [SKIP, 7])) == []
    assert Scheduler.from_lists(CHAIN, scheduler.to_lists()).regions.out[0].orders == [[1, [SKIP, 7]]]
    flow = RegionFlow(CHAIN, 0, command.part, dispatch=command.number, first=command.first, room=command.room)
    (alone,) = scheduler.feed(Stepped(0, flow.result()))
    assert alone.items[0].orders == ([SKIP, 7],)  # type: ignore[union-attr]


def test_emissions_of_an_attempt_that_is_over_do_not_reach_a_region() -> None:
    scheduler, command = start(CHAIN)
    assert scheduler.feed(Emitted(1, 0, 1, [[0, 0, "v"]])) == []
    (end,) = scheduler.feed(Stepped(0, step(CHAIN, command, one_each)))
    assert isinstance(end, End)


def test_a_state_with_a_region_out_is_restored_and_dispatched_again() -> None:
    scheduler, command = start(CHAIN)
    restored = Scheduler.from_lists(CHAIN, scheduler.to_lists())
    (again,) = restored.feed(Lost(0))
    assert again == replace(command, number=2)


def test_a_region_whose_state_does_not_travel_runs_node_by_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.engine.regions.PART_TRIMMED_CHARS_MAX", 10)
    monkeypatch.setattr("workflows.engine.regions.PART_CHARS_MAX", 10)
    (command,) = Scheduler(CHAIN).feed(Started({}))
    assert not isinstance(command, DispatchRegion)


def test_a_plan_that_is_not_to_be_fused_has_no_region_out() -> None:
    (command,) = Scheduler(CHAIN, fuses_nodes=False).feed(Started({}))
    assert not isinstance(command, DispatchRegion)


def test_regions_are_the_pure_nodes_as_far_as_they_are_connected() -> None:
    links = [(0, 1), (1, 2), (2, 3), (3, 4), (5, 6)]
    assert find_regions(7, links, lambda index: index != 2) == ((0, 1), (3, 4), (5, 6))
    assert find_regions(3, [(2, 0)], lambda _index: True) == ((0, 2), (1,))


def test_a_region_beside_others_is_given_few_numbers_and_more_where_it_needs_them() -> None:
    plan = replace(make_plan([{}, {}, {}], [(0, "a", 1, "x", False)]), regions=((0, 1),))
    scheduler = Scheduler(plan)
    region, _ = scheduler.feed(Started({}))
    assert isinstance(region, DispatchRegion)
    assert region.numbers < REGION_NUMBERS
    (again,) = scheduler.feed(Stepped(0, wider_result()))
    assert isinstance(again, DispatchRegion)
    assert (again.numbers, again.step, again.first, again.is_long) == (REGION_NUMBERS, 1, 3, False)
    assert scheduler.execution_count == 2


def test_a_region_that_makes_more_executions_than_it_has_numbers_for_is_unfit() -> None:
    plan = replace(make_plan([{}, {}], [(0, "a", 1, "x", False)]), regions=((0, 1),))
    _, command = start(plan)
    flow = RegionFlow(plan, 0, command.part, dispatch=1, first=command.first, room=command.room)
    execution = flow.take()
    assert execution is not None
    with pytest.raises(RegionUnfit):
        flow.finish(execution, 1, [[sequence, 0, 1] for sequence in range(REGION_NUMBERS + 1)])


def test_an_error_in_a_region_counts_as_anywhere() -> None:
    def broken(_node: int, _inputs: Any, _step: int) -> Outcome:
        return Outcome([], error="broken")

    plan = replace(make_plan([{}], [], policy="fail"), regions=((0,),))
    world = FusedWorld(plan, broken, random.Random(1))
    world.run()
    assert world.ended is not None
    assert (world.ended.status, world.ended.code) == ("FAILED", "NODE_FAILED")
    assert world.scheduler.first_error == ["n0", "n0", "BLOCK_FAILED", "broken"]
