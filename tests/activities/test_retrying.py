"""Retrying: what is left of a wait that an attempt of another dispatch began, whatever the clocks say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from activities.retrying import wait_left

AN_HOUR = 3600.0


def failed(seconds_ago: float, **fields: Any) -> dict[str, Any]:
    """Give an attempt as the ledger has it, that failed so long ago."""
    ended_at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return {"ended_at": ended_at.isoformat(), "error": {"code": "UNAVAILABLE", "message": "It is away."}, **fields}


def test_what_is_left_is_waited_for_with_the_error_of_the_attempt() -> None:
    left = wait_left(failed(AN_HOUR / 2, wait_seconds=AN_HOUR))
    assert left is not None
    assert (left.code, left.message) == ("UNAVAILABLE", "It is away.")
    assert 0 < left.seconds <= AN_HOUR / 2


def test_a_wait_that_is_over_is_not_begun_again() -> None:
    assert wait_left(failed(AN_HOUR, wait_seconds=AN_HOUR)) is None
    assert wait_left(failed(0, wait_seconds=0)) is None


def test_a_clock_that_is_behind_makes_no_wait_longer() -> None:
    left = wait_left(failed(-10 * AN_HOUR, wait_seconds=AN_HOUR))
    assert left is not None
    assert left.seconds == AN_HOUR


def test_an_attempt_that_was_not_to_be_followed_by_another_leaves_no_wait() -> None:
    assert wait_left(failed(0)) is None
    assert wait_left(None) is None
