"""What comes for a wait that is over wakes nobody, and what comes before its wait is kept for it."""

from __future__ import annotations

from typing import Any

from tests.engine.graphs import make_plan
from workflows.engine.events import Command, Dispatch, Parked, Started, Wait, Woken
from workflows.engine.scheduler import Scheduler

ANSWER = ["answer", "question 1", 99.0]


def begun() -> Scheduler:
    scheduler = Scheduler(make_plan([{}], []))
    scheduler.feed(Started({}))
    return scheduler


def park(scheduler: Scheduler, wait: list[Any]) -> list[Command]:
    return scheduler.feed(Parked(1, 0, 0, [], wait))


def arrivals_of(commands: list[Command]) -> list[Any]:
    """Give what the one dispatch among these brings."""
    (dispatch,) = (command for command in commands if isinstance(command, Dispatch))
    (item,) = dispatch.items
    return list(item.arrivals)


def test_an_answer_wakes_who_waits_for_it() -> None:
    scheduler = begun()
    assert park(scheduler, ANSWER) == [Wait(1, ANSWER)]
    assert arrivals_of(scheduler.feed(Woken(1, [["answer", "question 1"]]))) == [["answer", "question 1"]]


def test_an_answer_that_comes_before_its_wait_is_kept_for_it() -> None:
    scheduler = begun()
    assert scheduler.feed(Woken(1, [["answer", "question 1"]])) == []
    assert arrivals_of(park(scheduler, ANSWER)) == [["answer", "question 1"]]


def test_an_answer_to_another_question_wakes_nobody() -> None:
    scheduler = begun()
    scheduler.feed(Woken(1, [["answer", "question 0"]]))
    assert park(scheduler, ANSWER) == [Wait(1, ANSWER)]
    assert scheduler.feed(Woken(1, [["answer", "question 0"]])) == []
    assert scheduler.is_parked(1)


def test_an_answer_does_not_wake_what_waits_for_something_else() -> None:
    scheduler = begun()
    scheduler.feed(Woken(1, [["answer", "question 1"]]))
    assert park(scheduler, ["event", "go", None]) == [Wait(1, ["event", "go", None])]


def test_a_time_that_ended_in_the_moment_in_which_the_answer_came_ends_no_later_wait() -> None:
    scheduler = begun()
    park(scheduler, ANSWER)
    scheduler.feed(Woken(1, [["answer", "question 1"]]))
    assert scheduler.feed(Woken(1, [["timeout"]])) == []
    assert park(scheduler, ["event", "go", 99.0]) == [Wait(1, ["event", "go", 99.0])]
    assert arrivals_of(scheduler.feed(Woken(1, [["timeout"]]))) == [["timeout"]]


def test_what_wakes_without_saying_anything_wakes_as_ever() -> None:
    scheduler = begun()
    scheduler.feed(Woken(1))
    assert arrivals_of(park(scheduler, ["sleep", 1.0])) == []
