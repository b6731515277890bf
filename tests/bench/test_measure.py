"""The figures that are made of samples, and sides that are measured in turn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bench.measure import BUDGET_SECONDS, compare, figures
from bench.side import Cannot, Sample
from bench.workloads import Workload, chains, items, workloads
from tests.bench.samples import one, row, taken


@dataclass
class Told:
    """A side that takes as long as it is told, and remembers when it was asked."""

    name: str
    log: list[str]
    seconds: float = 0.01
    share: float = 1.0
    asked: list[Workload] = field(default_factory=list)
    #: What it says where it cannot, and after how many samples.
    refusal: str = ""
    patience: int = 0

    def processes(self) -> dict[str, int]:
        return {}

    async def sample(self, workload: Workload) -> Sample:
        if self.refusal and len(self.asked) >= self.patience:
            raise Cannot(self.refusal)
        self.log.append(self.name)
        self.asked.append(workload)
        return Sample(self.seconds, [self.seconds] * workload.runs)

    async def known(self, sample: Sample) -> Sample:
        return sample

    async def begin(self, workload: Workload) -> Any:
        raise NotImplementedError

    def victims(self, begun: Any) -> list[int]:
        return []

    async def finish(self, workload: Workload, begun: Any) -> str:
        raise NotImplementedError


def test_figures_are_medians_and_keep_the_extremes():
    found = figures(chains("W1", 10, 3, 1), [taken(0.1), taken(0.2), taken(0.9)])
    assert (found.run_ms, found.low_ms, found.high_ms) == pytest.approx((200, 100, 900))
    assert found.ms_per_node == pytest.approx(20)
    assert found.nodes_per_second == pytest.approx(50)


def test_runs_beside_one_another_are_judged_by_what_they_give_together():
    many = replace(chains("W4", 10, 3, 1), runs=4, at_once=2, unit="runs/s")
    found = figures(many, [taken(0.5, 0.5, 0.5, 0.5, seconds=1.0)])
    assert found.value("runs/s") == pytest.approx(4)
    assert found.value("executions/s") == pytest.approx(40)
    assert found.value("ms") == pytest.approx(500)


def test_processor_time_is_a_mean_by_process_and_node():
    found = figures(chains("W1", 10, 3, 1), [taken(0.1, cpu=0.1), taken(0.1, cpu=0.3)])
    assert found.cpu_ms_per_node == pytest.approx({"engine": 20, "postgres": 40})


def test_events_are_of_sides_that_have_a_history_only():
    workload = chains("W1", 10, 3, 1)
    assert figures(workload, [taken(0.1, events=[65])]).events_per_node == pytest.approx(6.5)
    assert one(0.1).events_per_node is None


def test_a_ratio_is_of_time_per_node_and_absent_without_both_sides():
    found = row(ours=0.1, by_hand=0.4)
    assert found.ratio("ours") == pytest.approx(0.25)
    assert row(ours=0.1).ratio("ours") is None


async def test_sides_take_turns():
    log: list[str] = []
    sides = [Told("a", log), Told("b", log)]
    found = await compare(sides, chains("W1", 10, 3, 1), 2)
    assert log == ["a", "b"] * 3
    assert [found.sides[name].samples for name in ("a", "b")] == [2, 2]


async def test_a_side_that_cannot_says_why_and_is_not_asked_again():
    found = await compare([Told("a", []), Told("b", [], refusal="too large")], chains("W1", 10, 3, 1), 1)
    assert list(found.sides) == ["a"]
    assert found.cannot == {"b": "too large"}


async def test_a_side_that_cannot_any_more_has_no_figures():
    found = await compare([Told("a", [], refusal="broken", patience=2)], chains("W1", 10, 3, 1), 3)
    assert (found.sides, found.cannot) == ({}, {"a": "broken"})


async def test_a_slow_side_gives_fewer_samples_and_at_least_one():
    slow, quick = Told("slow", [], seconds=BUDGET_SECONDS * 2), Told("quick", [])
    found = await compare([slow, quick], chains("W1", 10, 3, 1), 3)
    assert (found.sides["slow"].samples, found.sides["quick"].samples) == (1, 3)


async def test_a_side_with_a_share_does_that_part_of_the_items():
    side = Told("a", [], share=0.1)
    await compare([side], items(1_000), 1)
    assert [one.work.size for one in side.asked] == [10, 100]


def test_a_part_has_fewer_runs_or_items_and_a_single_run_stays_whole():
    found = {one.key: one for one in workloads()}
    assert found["W4"].part(0.1).runs == 20
    assert found["W5"].part(0.1).nodes == 301
    assert found["W1"].part(0.1) == found["W1"]
