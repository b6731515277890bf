"""When schedules are due, in GraphQL: what is given becomes a checked spec, and a spec is shown; it reckons no time."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import strawberry

from schema.schedules import CALENDAR_FIELDS, ScheduleSpec, checked, spec_words

HOUR_SECONDS: Final = 3_600


class Overlap(StrEnum):
    """What happens at a time whose predecessor still runs."""

    SKIP = "skip"
    BUFFER_ONE = "buffer one"
    BUFFER_ALL = "buffer all"
    CANCEL_OTHER = "cancel other"
    TERMINATE_OTHER = "terminate other"
    ALLOW_ALL = "allow all"


OverlapEnum = strawberry.enum(
    Overlap,
    name="ScheduleOverlap",
    description="What happens at a time whose predecessor still runs: SKIP leaves it out, BUFFER_ONE lets one wait, BUFFER_ALL "
    "lets all wait, CANCEL_OTHER and TERMINATE_OTHER end what runs, ALLOW_ALL starts it beside.",
)

_FIELD: Final = "As a field of a cron line: `*`, `5`, `1-5`, `*/2`, `9-17/2`, `1,15`"


@strawberry.input(description="Times by the calendar, where all fields fit. Nothing given: each day at 00:00.")
class CalendarInput:
    year: str = strawberry.field(default="*", description=f"{_FIELD}.")
    month: str = strawberry.field(default="*", description=f"{_FIELD}; `jan` to `dec`, too.")
    day: str = strawberry.field(default="*", description=f"{_FIELD}. Of the month.")
    weekday: str = strawberry.field(default="*", description=f"{_FIELD}; 0 and 7 are Sunday; `mon-fri`, too.")
    hour: str = strawberry.field(default="0", description=f"{_FIELD}.")
    minute: str = strawberry.field(default="0", description=f"{_FIELD}.")


@strawberry.input(
    description="When a schedule is due: at the times of its cron lines, its calendars and its interval together."
)
class ScheduleSpecInput:
    cron: list[str] = strawberry.field(
        default_factory=list,
        description="Lines of five fields: minute hour day month weekday. Where day and weekday are limited, either is enough.",
    )
    calendars: list[CalendarInput] = strawberry.field(default_factory=list)
    interval_seconds: int | None = strawberry.field(
        default=None, description="Counted from 1970, not from when it was saved."
    )
    offset_seconds: int = strawberry.field(default=0, description="How much later than the interval's own times.")
    timezone: str = strawberry.field(
        default="UTC", description="An IANA name: what cron lines and calendars are read in."
    )
    jitter_seconds: int = strawberry.field(default=0, description="Each time is put off by up to this, at random.")
    start_at: datetime | None = None
    end_at: datetime | None = None


@strawberry.type(description="Times by the calendar, where all fields fit.")
class Calendar:
    year: str
    month: str
    day: str
    weekday: str
    hour: str
    minute: str


@strawberry.type(name="ScheduleSpec", description="When a schedule is due.")
class ShownSpec:
    cron: list[str]
    calendars: list[Calendar]
    interval_seconds: int | None
    offset_seconds: int
    timezone: str
    jitter_seconds: int
    start_at: datetime | None
    end_at: datetime | None
    words: str = strawberry.field(description="In one line, such as `cron 30 2 * * *, Europe/Berlin`.")


def given_spec(given: ScheduleSpecInput) -> ScheduleSpec:
    """Give a spec, checked; raise InvalidSchedule with the place, such as `spec.cron[0]`."""
    return checked(
        ScheduleSpec(
            cron=tuple(given.cron),
            calendars=tuple({name: getattr(one, name) for name in CALENDAR_FIELDS} for one in given.calendars),
            interval_seconds=given.interval_seconds,
            offset_seconds=given.offset_seconds,
            timezone=given.timezone,
            jitter_seconds=given.jitter_seconds,
            start_at=moment_of(given.start_at),
            end_at=moment_of(given.end_at),
        )
    )


def shown_spec(spec: ScheduleSpec) -> ShownSpec:
    return ShownSpec(
        cron=list(spec.cron),
        calendars=[Calendar(**{name: one[name] for name in CALENDAR_FIELDS}) for one in spec.calendars],
        interval_seconds=spec.interval_seconds,
        offset_seconds=spec.offset_seconds,
        timezone=spec.timezone,
        jitter_seconds=spec.jitter_seconds,
        start_at=spec.start_at,
        end_at=spec.end_at,
        words=spec_words(spec),
    )


def moment_of(given: datetime | None) -> datetime | None:
    """Give a moment with its zone: one without is meant in UTC."""
    return given.replace(tzinfo=UTC) if given is not None and given.tzinfo is None else given
