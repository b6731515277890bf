"""Regions that travel: what goes along of a region's state is bounded, and what is too much is known without writing it out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.engine.graphs import make_plan
from tests.engine.test_regions import CHAIN, one_each, start, step
from workflows.engine import regions
from workflows.engine.events import DispatchRegion, End, Stepped
from workflows.engine.execution import Execution, NodeState
from workflows.engine.regions import Regions, least_chars, part_lists
from workflows.engine.scheduler import Scheduler

LONG = "x" * 1_000


def waiting_for_a_region(
    executions: int, waiting: int = 0, value: Any = LONG
) -> tuple[NodeState, dict[int, Execution]]:
    """Give a node with so many executions that are ready, and so many that wait for another pin."""
    state = NodeState.new(1)
    found = {number: Execution(number, 0, number, [("x", [0, 0, 0, value])]) for number in range(1, executions + 1)}
    state.line.extend(found)
    state.ready.extend(found)
    state.waiting.extend([None] for _ in range(waiting))
    return state, found


def test_what_came_for_a_region_that_is_out_travels_without_its_long_values() -> None:
    scheduler, _ = start(CHAIN)
    scheduler.regions.out[0].arrivals += [[0, [7, sequence, 0, LONG]] for sequence in range(3_000)]
    assert len(str(scheduler.to_lists())) > 3_000_000
    lists = scheduler.to_lists(24)
    assert len(str(lists)) < 100_000
    restored = Scheduler.from_lists(CHAIN, lists).regions.out[0]
    assert restored.arrivals == [[0, [7, sequence, 0]] for sequence in range(3_000)]


@pytest.mark.parametrize(("executions", "waiting"), [(1, 0), (0, 1), (50, 50)])
def test_a_part_has_at_least_as_many_characters_as_are_guessed(executions: int, waiting: int) -> None:
    state, found = waiting_for_a_region(executions, waiting, "")
    part = part_lists([0], [state], found, 24)
    assert 0 < least_chars([0], [state]) <= len(str(part))


def test_a_part_that_is_surely_too_much_is_not_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[int | None] = []

    def noted(*arguments: Any) -> list[Any]:
        bounds.append(arguments[-1])
        return part_lists(*arguments)

    monkeypatch.setattr(regions, "part_lists", noted)
    for executions, expected in ((25_000, []), (6_000, [regions.PART_INLINE_CHARS_MAX]), (10, [None])):
        bounds.clear()
        state, found = waiting_for_a_region(executions)
        assert (Regions([[0]], 1).part_of(0, [state], found) is None) == (executions == 25_000)
        assert bounds == expected


def test_where_much_is_out_other_regions_wait_until_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "OUT_CHARS_MAX", 1)
    plan = make_plan([{}, {}, {}, {}], [(0, "a", 1, "x", False), (2, "a", 3, "x", False)])
    plan = replace(plan, regions=((0, 1), (2, 3)))
    scheduler, first = start(plan)
    assert first.region == 0
    (second,) = scheduler.feed(Stepped(0, step(plan, first, one_each)))
    assert isinstance(second, DispatchRegion)
    assert second.region == 1
    (end,) = scheduler.feed(Stepped(1, step(plan, second, one_each)))
    assert isinstance(end, End)
