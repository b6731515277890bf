"""What Temporal's UI shows of a run names what it waits for, what is stuck and what halts it."""

from __future__ import annotations

from tests.engine.graphs import make_plan
from tests.engine.hand import Hand
from workflows.describing import NAMED_MAX, describe
from workflows.engine.events import OPERATOR, Parked, Paused, Stuck


def a_hand(count: int = 1) -> Hand:
    return Hand(make_plan([{} for _ in range(count)], []))


def test_a_run_that_waits_names_for_what() -> None:
    hand = a_hand(4)
    waits = [["sleep", 0.0], ["event", "go", 60.0], ["answer", "a", None], ["child", "5"]]
    for number, wait in enumerate(waits, 1):
        hand.feed(Parked(number, 0, 0, [], wait))
    assert describe(hand.plan, hand.scheduler).splitlines()[4:] == [
        "- n0#1 sleeps until 1970-01-01 00:00:00 UTC",
        "- n1#1 waits for the event go, until 1970-01-01 00:01:00 UTC",
        "- n2#1 waits for a person",
        "- n3#1 waits for run-5",
    ]


def test_what_is_stuck_and_what_halts_is_named() -> None:
    hand = a_hand(2)
    hand.feed(Stuck(1, 0, 0, [], "failed node", "BLOCK_FAILED", "broken"))
    hand.feed(Paused("operator/1", OPERATOR, "PAUSED", "Lunch."))
    text = describe(hand.plan, hand.scheduler)
    assert "- n0#1 waits for an operator" in text
    assert text.endswith("halted by: operator/1")


def test_of_many_the_first_are_named() -> None:
    hand = a_hand(NAMED_MAX + 5)
    for number in range(1, NAMED_MAX + 6):
        hand.feed(Parked(number, 0, 0, [], ["answer", "a", None]))
    assert describe(hand.plan, hand.scheduler).count("waits for a person") == NAMED_MAX


def test_a_moment_beyond_all_dates_is_shown_as_the_last() -> None:
    hand = a_hand()
    hand.feed(Parked(1, 0, 0, [], ["sleep", 1e300]))
    assert "9999-12-31" in describe(hand.plan, hand.scheduler)
