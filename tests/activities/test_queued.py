"""How an attempt is told: how long it waited for a worker, in its queue and for its turn there, and which one it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.testing import ActivityEnvironment

from activities.attempt import Attempt
from activities.nodes import _queued_ms

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_queue_is_what_is_between_being_due_and_being_taken() -> None:
    info = replace(ActivityEnvironment.default_info(), current_attempt_scheduled_time=AT)
    assert _queued_ms(replace(info, started_time=AT + timedelta(seconds=3))) == 3_000
    assert _queued_ms(replace(info, started_time=AT - timedelta(seconds=3))) == 0


def test_one_of_many_that_were_dispatched_together_waits_for_its_turn_too() -> None:
    dispatched = cast(Any, SimpleNamespace(queued_ms=3_000.0, taken_at=AT))
    assert Attempt(dispatched, cast(Any, None), {}, started_at=AT + timedelta(seconds=2))._queued_ms == 5_000
    assert Attempt(dispatched, cast(Any, None), {}, started_at=AT - timedelta(seconds=2))._queued_ms == 3_000


@pytest.mark.parametrize(
    ("failures", "lost", "last", "number"),
    [
        (0, 0, None, 1),
        (1, 0, 1, 2),
        (0, 2, None, 3),
        # It failed in a batch at whose first attempts the world was away; by itself Temporal counts from 1 again.
        (1, 0, 3, 4),
        # A row that says nothing of it.
        (1, 0, 0, 2),
    ],
)
def test_no_two_attempts_have_the_same_number(failures: int, lost: int, last: int | None, number: int) -> None:
    made = Attempt(cast(Any, None), cast(Any, None), {}, failures=failures, lost_attempts=lost)
    made.last_failure = None if last is None else {"number": last, "error": {}}
    assert made._number == number
