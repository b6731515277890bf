"""What schedules say of their times: cron lines, calendars, intervals, zones; and words that say it again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schema.errors import InvalidSchedule
from schema.schedules import (
    OVERLAPS,
    ScheduleSpec,
    calendar_moments,
    checked,
    checked_policy,
    cron_moments,
    duration_words,
    policy_words,
    spec_words,
    times_of,
)

NOW = datetime(2026, 11, 25, tzinfo=UTC)
EVERY = {"minute": [[0, 0, 1]], "hour": [[0, 0, 1]], "day": [[1, 31, 1]], "month": [[1, 12, 1]], "weekday": [[0, 6, 1]]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 0 * * *", {}),
        ("*/15 9-17/2 * * *", {"minute": [[0, 59, 15]], "hour": [[9, 17, 2]]}),
        ("5,10-12 0 * * *", {"minute": [[5, 5, 1], [10, 12, 1]]}),
        ("0 0 1 JAN,dec *", {"day": [[1, 1, 1]], "month": [[1, 1, 1], [12, 12, 1]]}),
        ("0 0 * * mon-fri", {"weekday": [[1, 5, 1]]}),
        ("0 0 * * 0", {"weekday": [[0, 0, 1]]}),
        ("0 0 * * 7", {"weekday": [[0, 0, 1]]}),
        ("0 0 * * 5-7", {"weekday": [[0, 0, 1], [5, 5, 1], [6, 6, 1]]}),
        ("0 0 * * fri-sun", {"weekday": [[0, 0, 1], [5, 5, 1], [6, 6, 1]]}),
        ("50/5 0 * * *", {"minute": [[50, 59, 5]]}),
        ("@weekly", {"weekday": [[0, 0, 1]]}),
        ("@hourly", {"hour": [[0, 23, 1]]}),
    ],
)
def test_a_cron_line_has_the_standard_numbering(line: str, said: dict[str, list[list[int]]]) -> None:
    assert cron_moments(line, "here") == [{**EVERY, **said}]


def test_of_day_and_weekday_either_is_enough_in_a_cron_line_and_both_are_needed_in_a_calendar() -> None:
    thirteenth, friday = {**EVERY, "day": [[13, 13, 1]]}, {**EVERY, "weekday": [[5, 5, 1]]}
    assert cron_moments("0 0 13 * fri", "here") == [thirteenth, friday]
    assert calendar_moments({"day": "13", "weekday": "fri"}, "here") == {**thirteenth, "weekday": [[5, 5, 1]]}
    assert cron_moments("0 0 */2 * fri", "here") == [{**friday, "day": [[1, 31, 2]]}]


def test_a_calendar_without_words_is_each_day_at_midnight() -> None:
    assert calendar_moments({}, "here") == EVERY
    assert calendar_moments({"year": "2027", "minute": "1, 2"}, "here") == {
        **EVERY,
        "year": [[2027, 2027, 1]],
        "minute": [[1, 1, 1], [2, 2, 1]],
    }


@pytest.mark.parametrize(
    "line",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "5-1 * * * *",
        "a * * * *",
        "1,,2 * * * *",
        "-1 * * * *",
        "*-5 * * * *",
        "0 0 31 2 *",
        "0 0 31 apr *",
        "1/2/3 * * * *",
        "² * * * *",
        "@reboot",
        "CRON_TZ=UTC 0 0 * * *",
        "1" * 10_000 + " * * * *",
    ],
)
def test_a_line_that_is_none_is_refused_with_its_place(line: str) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        checked(ScheduleSpec(cron=("0 0 * * *", line)))
    assert refused.value.fields["where"] == "spec.cron[1]"
    assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        (ScheduleSpec(), "spec"),
        (ScheduleSpec(cron=("0 0 * * *",) * 21), "spec.cron"),
        (ScheduleSpec(calendars=({"month": "13"},)), "spec.calendars[0].month"),
        (ScheduleSpec(interval_seconds=60, offset_seconds=60), "spec.offsetSeconds"),
        (ScheduleSpec(cron=("0 0 * * *",), offset_seconds=1), "spec.offsetSeconds"),
        (ScheduleSpec(interval_seconds=60, jitter_seconds=-1), "spec.jitterSeconds"),
        (ScheduleSpec(interval_seconds=60, timezone="../etc/passwd"), "spec.timezone"),
        (ScheduleSpec(interval_seconds=60, timezone=""), "spec.timezone"),
        (ScheduleSpec(interval_seconds=60, start_at=NOW, end_at=NOW), "spec.endAt"),
    ],
)
def test_a_spec_that_is_none_is_refused_with_its_place(spec: ScheduleSpec, where: str) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        checked(spec)
    assert refused.value.fields["where"] == where


def test_a_spec_is_the_same_after_it_was_kept() -> None:
    spec = checked(ScheduleSpec(("0  0 * * *",), ({"hour": "9"},), 60, 5, "Europe/Berlin", 3, NOW, None))
    assert spec.cron == ("0 0 * * *",)
    assert ScheduleSpec.from_row(spec.to_row()) == spec


def minutes_of(line: str, timezone: str) -> tuple[str, list[int]]:
    times = times_of(ScheduleSpec(cron=(line,), timezone=timezone), NOW)
    return times.timezone, [first for first, _, _ in times.moments[0]["minute"]]


def test_what_is_due_each_hour_needs_no_zone_unless_that_changes_by_half_hours() -> None:
    assert minutes_of("5 * * * *", "Europe/Berlin") == ("UTC", [5])
    assert minutes_of("5 * * * *", "Asia/Kolkata") == ("UTC", [35])
    assert minutes_of("5 * * * *", "America/St_Johns") == ("UTC", [35])
    assert minutes_of("5 * * * *", "Australia/Lord_Howe") == ("Australia/Lord_Howe", [5])
    assert minutes_of("5 2 * * *", "Europe/Berlin") == ("Europe/Berlin", [5])
    assert minutes_of("5 * * * mon", "Europe/Berlin") == ("Europe/Berlin", [5])


def test_policies_are_said_in_words() -> None:
    assert policy_words("skip", 3600) == (
        "While a run is under way, its times are left out. What was missed while nothing worked is made up for if it is not "
        "older than 1 hour."
    )
    assert len({policy_words(overlap, 60) for overlap in OVERLAPS}) == 6
    assert [duration_words(seconds) for seconds in (0, 1, 5400, 90_061)] == [
        "0 seconds",
        "1 second",
        "1 hour 30 minutes",
        "1 day 1 hour 1 minute 1 second",
    ]
    spec = ScheduleSpec(("0 0 * * *",), ({"hour": "9"}, {}), 90)
    assert spec_words(spec) == "cron 0 0 * * *; calendar hour 9; calendar each day; every 1 minute 30 seconds, UTC"


@pytest.mark.parametrize(("overlap", "seconds"), [("none", 60), ("skip", 9), ("skip", 367 * 86_400)])
def test_a_policy_that_there_is_not_is_refused(overlap: str, seconds: int) -> None:
    checked_policy("skip", 10)
    with pytest.raises(InvalidSchedule):
        checked_policy(overlap, seconds)
