"""The GraphRun of today repeats every recorded history, and what would break a run that is under way is seen; no server is asked.

A replay compares kinds, ids, types and the order of commands. It is blind to what stands in them, to the place of a local activity
among the other commands of its task, and to a command that comes a task early where the order stays the same. The golden logs
of `tests/engine` see which value meets which, and are blind to what GraphRun makes of a decision. So some mutations here are
seen by both, and some by one of them alone; each test says which, and names histories that see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from temporalio import workflow
from temporalio.workflow import NondeterminismError

from tests.engine.test_golden import differing
from tests.replay import corpus
from tests.replay.replaying import failures
from workflows import family, graph_run
from workflows.control import Control
from workflows.engine import scheduler
from workflows.engine.flow import Flow
from workflows.engine.fusing import Fusing
from workflows.engine.regions import Regions
from workflows.engine.scheduler import Scheduler
from workflows.family import Family
from workflows.graph_run import GraphRun
from workflows.region_tasks import RegionTasks
from workflows.telling import Telling

NAMES = corpus.names()
#: All but the one that is there for its length: it is `cycle` again, and takes longer than all the others together.
SHORT = [name for name in NAMES if name != "budget-1"]


def seeing(names: Iterable[str]) -> set[str]:
    """Give those of the histories that see a difference; whatever is said of it must be nondeterminism."""
    failed = failures(names)
    assert {name: failure for name, failure in failed.items() if not isinstance(failure, NondeterminismError)} == {}
    return set(failed)


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_history_replays(name: str) -> None:
    assert failures([name]) == {}


@pytest.mark.parametrize("name", SHORT)
def test_a_recorded_history_replays_in_the_sandbox(name: str) -> None:
    assert failures([name], has_sandbox=True) == {}


# Seen by the replay and by the golden logs


def test_taking_ready_nodes_from_the_other_end_is_seen_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    dispatch_ready = Scheduler._dispatch_ready

    def from_the_other_end(self: Scheduler, commands: list[Any]) -> None:
        self.turn.reverse()
        dispatch_ready(self, commands)

    monkeypatch.setattr(Scheduler, "_dispatch_ready", from_the_other_end)
    names = {"diamond", "error_branch", "cancel", "continue_as_new-1"}
    assert seeing(names) == names
    assert len(differing()) >= 3


def test_giving_the_commands_of_an_event_in_reverse_is_seen_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = Scheduler.feed
    monkeypatch.setattr(Scheduler, "feed", lambda self, event: feed(self, event)[::-1])
    names = {"diamond", "static_late", "fan_out"}
    assert seeing(names) == names
    assert len(differing()) >= 3


# Seen by the golden logs alone


def test_a_wrong_pairing_of_values_is_seen_by_the_golden_logs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    settle = Scheduler._settle

    def settle_newest_first(self: Scheduler, index: int) -> None:
        self.nodes[index].waiting.reverse()
        settle(self, index)

    monkeypatch.setattr(Scheduler, "_settle", settle_newest_first)
    assert seeing(SHORT) == set()
    assert len(differing()) >= 1


# Seen by the replay alone


def begin_activity(run: GraphRun) -> None:
    workflow.start_activity("extra", start_to_close_timeout=timedelta(seconds=1))


def begin_timer(run: GraphRun) -> None:
    run._begin(workflow.sleep(60))


@pytest.mark.parametrize("begin", [begin_activity, begin_timer])
def test_an_activity_or_a_timer_too_many_is_seen_in_every_history(
    monkeypatch: pytest.MonkeyPatch, begin: Callable[[GraphRun], None]
) -> None:
    feed_all = GraphRun._feed_all

    def feed_all_and_begin(self: GraphRun) -> None:
        feed_all(self)
        begin(self)

    monkeypatch.setattr(GraphRun, "_feed_all", feed_all_and_begin)
    assert seeing(NAMES) == set(NAMES)
    assert differing() == []


def test_writing_the_end_through_a_queue_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def tell_through_a_queue(self: Telling, batch: list[Any], summary: str) -> None:
        await workflow.execute_activity("project", start_to_close_timeout=timedelta(seconds=30))

    monkeypatch.setattr(Telling, "_tell_end", tell_through_a_queue)
    names = {"linear", "stop", "budget-2", "child-inner"}
    assert seeing(names) == names


# Numbers that belong to runs under way: with another one, a run that met it before goes another way on replay


@pytest.mark.parametrize(
    ("module", "name", "value", "seen_by"),
    [
        (graph_run, "EVENTS_BUDGET", 2_500, {"budget-1"}),
        (graph_run, "EVENTS_BUDGET", 3_000, {"budget-1"}),
        (family, "TOLD_AT_ONCE", 1, {"child-inner"}),
        (scheduler, "IN_FLIGHT_MAX", 49, {"fan_out", "stream"}),
        (scheduler, "IN_FLIGHT_MAX", 51, {"stream"}),
    ],
)
def test_another_number_is_seen(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: int, seen_by: set[str]
) -> None:
    monkeypatch.setattr(module, name, value)
    assert seeing(seen_by) == seen_by


# Each part of the machine has a history that misses it


async def wait_for_nothing(*_: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("owner", "method", "instead", "seen_by"),
    [
        (Scheduler, "_hear", lambda *_: None, {"stream", "stop", "cancel"}),
        (Scheduler, "_wake", lambda *_: None, {"timer", "child", "child_failed", "cancel"}),
        (Scheduler, "_count_failure", lambda *_: None, {"error_branch", "stop", "child_failed-inner"}),
        (GraphRun, "_is_history_long", lambda _: False, {"continue_as_new-1", "continue_as_new-2", "budget-1"}),
        (GraphRun, "_hurry", wait_for_nothing, {"continue_as_new-1", "budget-1"}),
        (Family, "tell_parent_outputs", lambda _: None, {"child-inner", "continue_as_new-inner"}),
        (Family, "signal_parent", wait_for_nothing, {"child-inner", "child_failed-inner", "cancel-inner"}),
        (Family, "cancel_child", wait_for_nothing, {"cancel"}),
        (GraphRun, "_sleep", wait_for_nothing, {"timer", "cancel", "continue_as_new-2"}),
        (Family, "start_child", wait_for_nothing, {"child", "child_failed", "cancel", "continue_as_new-1"}),
        (Family, "pass_on", lambda *_: None, {"pause_of_a_parent"}),
        (Control, "take", lambda *_: None, {"pause", "hard_pause", "hold", "limits", "events", "continue_paused-1"}),
        (Control, "_resume", lambda *_: None, {"pause", "hard_pause", "pause_of_a_parent-inner"}),
        (GraphRun, "_watch_time", lambda _: None, {"limits"}),
        (GraphRun, "_time_out", wait_for_nothing, {"events"}),
        (GraphRun, "_drain_if_long", lambda _: None, {"continue_paused-1", "continue_paused-2"}),
        (Regions, "region_of", lambda *_: None, {"fused_chain", "fused_stream", "fused_arrivals", "fused_continue-2"}),
        (Fusing, "_replace", lambda *_: None, {"fused_chain", "fused_stream", "fused_aside", "fused_unfit"}),
        (Fusing, "_attach", Flow._attach, {"fused_arrivals"}),
        (RegionTasks, "hand_over", lambda _: None, {"fused_cancel"}),
    ],
)
def test_what_is_left_out_is_missed(
    monkeypatch: pytest.MonkeyPatch, owner: type, method: str, instead: Callable[..., Any], seen_by: set[str]
) -> None:
    monkeypatch.setattr(owner, method, instead)
    assert seeing(seen_by) == seen_by


def test_forgetting_the_last_value_of_a_static_pin_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    settle = Scheduler._settle

    def settle_and_forget(self: Scheduler, index: int) -> None:
        settle(self, index)
        self.nodes[index].last = [None] * len(self.nodes[index].last)

    monkeypatch.setattr(Scheduler, "_settle", settle_and_forget)
    assert seeing({"static"}) == {"static"}
