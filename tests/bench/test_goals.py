"""The goals, and what is said of them."""

from __future__ import annotations

import pytest

from bench.goals import GOALS, Goal, Verdict, slower_than, verdicts
from tests.bench.samples import row

MOST, LEAST = Goal("a", "time", 40, "ms"), Goal("b", "rate", 45, "runs/s", is_most=False)


@pytest.mark.parametrize(
    ("goal", "value", "is_met"), [(MOST, 39, True), (MOST, 40, False), (LEAST, 46, True), (LEAST, 44, False)]
)
def test_a_goal_is_met_on_its_own_side_of_the_bar(goal, value, is_met):
    assert Verdict(goal, value).is_met is is_met


def test_a_margin_says_how_many_times_better():
    assert Verdict(MOST, 20).margin == pytest.approx(2)
    assert Verdict(LEAST, 90).margin == pytest.approx(2)
    assert Verdict(MOST, 80).words() == "not met: 2.0 times off the bar"
    assert Verdict(MOST, 20).words() == "met: 2.0 times better than the bar"


def test_what_was_not_measured_is_not_met():
    assert not Verdict(MOST, None).is_met
    assert Verdict(MOST, None).words() == "not measured"


def test_verdicts_are_in_the_order_of_the_goals():
    keys = [goal.key for goal in GOALS]
    assert [one.goal.key for one in verdicts({})] == keys
    assert [one.value for one in verdicts({"W2": 7.0}, ["W2"])] == [7.0]


def test_slower_than_by_hand_is_told_beyond_the_noise():
    rows = [row("W1", ours=0.2, by_hand=0.1), row("W2", ours=0.103, by_hand=0.1), row("W3", ours=0.2)]
    assert slower_than(rows) == pytest.approx({"W1": 2.0})
