"""What a schedule says of its times, checked and made exact: cron lines, calendars and intervals; it reckons no time.

A cron line and a calendar become *moments*, {field: [[first, last, step], ...]}, which is what Temporal takes. Numbering is the
standard one: Sunday is 0 and 7, January is 1, names may stand for both. Where a cron line limits the day of the month and the
weekday, either is enough, as crontab(5) says; Temporal's own reading of cron lines wants both, so it never gets the line itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schema.errors import InvalidSchedule
from schema.limits import LIMITS

#: What happens at a time whose predecessor still runs, and the sentence that says so.
OVERLAPS: Final = {
    "skip": "While a run is under way, its times are left out.",
    "buffer one": "While a run is under way, one more waits for its end; further times are left out.",
    "buffer all": "While a run is under way, all others wait for their turn.",
    "cancel other": "A run that is still under way is cancelled, and the next begins when it has ended.",
    "terminate other": "A run that is still under way is terminated at once, and the next begins.",
    "allow all": "Runs may go on at the same time.",
}
SKIP: Final = "skip"

#: Ranges of a field: first, last, step.
Ranges = list[list[int]]
Moments = dict[str, Ranges]

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMES: Final = {
    "month": {name: number for number, name in enumerate(_MONTHS, 1)},
    "weekday": {name: number for number, name in enumerate(_WEEKDAYS)},
}
#: Field -> (least, greatest). A weekday may be written up to 7.
_BOUNDS: Final = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day": (1, 31),
    "month": (1, 12),
    "weekday": (0, 7),
    "year": (2000, 2100),
}
CRON_FIELDS: Final = ("minute", "hour", "day", "month", "weekday")
CALENDAR_FIELDS: Final = ("year", "month", "day", "weekday", "hour", "minute")
#: What a calendar means where it says nothing: each day at midnight.
_UNSAID: Final = {"minute": "0", "hour": "0"}
_MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
}
#: The most days that a month has: February by its leap years.
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART: Final = re.compile(r"(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:/([0-9]{1,4}))?", re.ASCII)
#: How far ahead a zone's offsets are looked at, and how closely.
_ZONE_DAYS: Final = range(0, 800, 20)


@dataclass(frozen=True)
class ScheduleSpec:
    """When a schedule is due: at each of its cron lines, calendars and intervals."""

    cron: tuple[str, ...] = ()
    #: {field of `CALENDAR_FIELDS`: a field as a cron line has it}.
    calendars: tuple[Mapping[str, str], ...] = ()
    interval_seconds: int | None = None
    offset_seconds: int = 0
    #: An IANA name.
    timezone: str = "UTC"
    #: Each time is put off by up to this.
    jitter_seconds: int = 0
    start_at: datetime | None = None
    end_at: datetime | None = None

    def to_row(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {
            "cron": list(self.cron),
            "calendars": [dict(calendar) for calendar in self.calendars],
            "interval_seconds": self.interval_seconds,
            "offset_seconds": self.offset_seconds,
            "timezone": self.timezone,
            "jitter_seconds": self.jitter_seconds,
            "start_at": None if self.start_at is None else self.start_at.isoformat(),
            "end_at": None if self.end_at is None else self.end_at.isoformat(),
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> ScheduleSpec:
        times = {name: datetime.fromisoformat(row[name]) for name in ("start_at", "end_at") if row.get(name)}
        lists = {"cron": tuple(row["cron"]), "calendars": tuple(row["calendars"])}
        return cls(**{**row, "start_at": None, "end_at": None, **lists, **times})


@dataclass(frozen=True)
class Times:
    """A schedule's times as Temporal takes them."""

    moments: list[Moments] = field(default_factory=list)
    interval_seconds: int | None = None
    offset_seconds: int = 0
    timezone: str = "UTC"


def checked(spec: ScheduleSpec) -> ScheduleSpec:
    """Give a spec as it is kept; raise InvalidSchedule with the place of what is wrong."""
    count = len(spec.cron) + len(spec.calendars)
    if count > LIMITS.schedule_lines_max:
        raise InvalidSchedule(f"At most {LIMITS.schedule_lines_max} cron lines and calendars.", where="spec.cron")
    if not count and spec.interval_seconds is None:
        raise InvalidSchedule("A schedule has a cron line, a calendar or an interval.", where="spec")
    _check_zone(spec.timezone)
    _check_interval(spec)
    for place, line in enumerate(spec.cron):
        cron_moments(line, f"spec.cron[{place}]")
    for place, calendar in enumerate(spec.calendars):
        calendar_moments(calendar, f"spec.calendars[{place}]")
    if not 0 <= spec.jitter_seconds <= LIMITS.schedule_jitter_seconds_max:
        most = LIMITS.schedule_jitter_seconds_max
        raise InvalidSchedule(f"The jitter is from 0 to {most} seconds.", where="spec.jitterSeconds")
    if spec.start_at is not None and spec.end_at is not None and spec.end_at <= spec.start_at:
        raise InvalidSchedule("The end is after the start.", where="spec.endAt")
    return replace(spec, cron=tuple(" ".join(line.split()) for line in spec.cron))


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidSchedule(
            f"{name[:60]!r} is no time zone; its IANA name is needed, such as Europe/Berlin.", where="spec.timezone"
        ) from error


def _check_interval(spec: ScheduleSpec) -> None:
    every = spec.interval_seconds
    if every is None:
        if spec.offset_seconds:
            raise InvalidSchedule("An offset belongs to an interval.", where="spec.offsetSeconds")
        return
    least, most = LIMITS.schedule_interval_seconds_min, LIMITS.schedule_interval_seconds_max
    if not least <= every <= most:
        raise InvalidSchedule(f"An interval is from {least} to {most} seconds.", where="spec.intervalSeconds")
    if not 0 <= spec.offset_seconds < every:
        raise InvalidSchedule("The offset is shorter than the interval.", where="spec.offsetSeconds")


def cron_moments(line: str, where: str) -> list[Moments]:
    """Give the moments of a cron line; two where it limits the day of the month and the weekday, as either is enough."""
    fields = _MACROS.get(line.strip().lower(), line).lower().split()
    if len(fields) != len(CRON_FIELDS):
        raise InvalidSchedule(
            f"A cron line has five fields, minute hour day month weekday; {line[:100]!r} has {len(fields)}.",
            where=where,
        )
    said = dict(zip(CRON_FIELDS, fields, strict=True))
    found = {name: _ranges(name, text, where) for name, text in said.items()}
    if said["day"].startswith("*") or said["weekday"].startswith("*"):
        return [_possible(found, where)]
    every_day, every_weekday = [[1, 31, 1]], [[0, 6, 1]]
    return [_possible({**found, "weekday": every_weekday}, where), {**found, "day": every_day}]


def calendar_moments(calendar: Mapping[str, str], where: str) -> Moments:
    """Give the moments of a calendar: all its fields have to fit."""
    unknown = [name for name in calendar if name not in CALENDAR_FIELDS]
    if unknown:
        raise InvalidSchedule(f"A calendar has no {unknown[0]!r}.", where=where)
    said = {name: calendar.get(name) or _UNSAID.get(name, "*") for name in CALENDAR_FIELDS}
    found = {name: _ranges(name, text.lower().replace(" ", ""), f"{where}.{name}") for name, text in said.items()}
    if said["year"] == "*":
        del found["year"]
    return _possible(found, where)


def _possible(moments: Moments, where: str) -> Moments:
    """Give moments that some day has; raise InvalidSchedule for the 30th of February."""
    days = {day for first, last, step in moments["day"] for day in range(first, last + 1, step)}
    months = {month for first, last, step in moments["month"] for month in range(first, last + 1, step)}
    if min(days) > max(_DAYS[month - 1] for month in months):
        raise InvalidSchedule("None of these months has such a day.", where=where)
    return moments


def _ranges(name: str, text: str, where: str) -> Ranges:
    """Give the ranges of a field: `*`, `*/15`, `1-5`, `9-17/2`, `mon,wed`."""
    found: Ranges = []
    for part in text.split(","):
        found += _range(name, part, where)
    return found


def _range(name: str, part: str, where: str) -> Ranges:
    least, greatest = _BOUNDS[name]
    matched = _PART.fullmatch(part)
    if matched is None:
        raise InvalidSchedule(f"{part[:60]!r} is no {name}: write a number, a range 1-5, a step */2 or *.", where=where)
    head, last_text, step_text = matched.groups()
    if head == "*":
        if last_text is not None:
            raise InvalidSchedule(f"{part[:60]!r} is no {name}: a range is of numbers.", where=where)
        first, last = least, 6 if name == "weekday" else greatest
    else:
        first = _number(name, head, where)
        last = _number(name, last_text, where) if last_text else (greatest if step_text else first)
    if name == "weekday" and last == 0 < first:
        last = 7  # From Friday to Sunday.
    step = int(step_text) if step_text else 1
    if step < 1 or first > last:
        raise InvalidSchedule(f"{part[:60]!r} is no {name}: it has nothing in it.", where=where)
    return _sunday_first(first, last, step) if name == "weekday" else [[first, last, step]]


def _number(name: str, text: str, where: str) -> int:
    least, greatest = _BOUNDS[name]
    number = _NAMES.get(name, {}).get(text)
    if number is None and text.isdigit() and len(text) <= 4:
        number = int(text)
    if number is None or not least <= number <= greatest:
        raise InvalidSchedule(f"{text[:60]!r} is no {name}: it is from {least} to {greatest}.", where=where)
    return number


def _sunday_first(first: int, last: int, step: int) -> Ranges:
    """Give a range of weekdays with Sunday as 0 only."""
    if last < 7:
        return [[first, last, step]]
    days = sorted({day % 7 for day in range(first, last + 1, step)})
    return [[day, day, 1] for day in days]


def times_of(spec: ScheduleSpec, now: datetime) -> Times:
    """Give a checked spec's times as Temporal takes them."""
    moments = [one for place, line in enumerate(spec.cron) for one in cron_moments(line, f"spec.cron[{place}]")]
    moments += [calendar_moments(one, f"spec.calendars[{place}]") for place, one in enumerate(spec.calendars)]
    times = Times(moments, spec.interval_seconds, spec.offset_seconds, spec.timezone)
    shift = _shift_minutes(spec.timezone, now)
    if shift is None or not moments or not all(_is_hourly(one) for one in moments):
        return times
    # Temporal 1.32 leaves out times in the two hours around the end of summer time. What is due each hour needs no zone.
    return replace(times, timezone="UTC", moments=[_shifted(one, shift) for one in moments])


def _is_hourly(moments: Moments) -> bool:
    """Say whether moments are those of each hour of each day."""
    whole = {"hour": [[0, 23, 1]], "day": [[1, 31, 1]], "month": [[1, 12, 1]], "weekday": [[0, 6, 1]]}
    return "year" not in moments and all(moments[name] == ranges for name, ranges in whole.items())


def _shift_minutes(zone: str, now: datetime) -> int | None:
    """Give by how many minutes beyond full hours a zone is ahead of UTC; None where that changes, as on Lord Howe."""
    found = set()
    for days in _ZONE_DAYS:
        offset = (now + timedelta(days=days)).astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
        found.add(int(offset.total_seconds() // 60) % 60)
    return found.pop() if len(found) == 1 else None


def _shifted(moments: Moments, shift: int) -> Moments:
    minutes = {minute for first, last, step in moments["minute"] for minute in range(first, last + 1, step)}
    return {**moments, "minute": [[minute, minute, 1] for minute in sorted((one - shift) % 60 for one in minutes)]}


def checked_policy(overlap: str, catch_up_seconds: int) -> None:
    """Raise InvalidSchedule for a policy that there is not."""
    if overlap not in OVERLAPS:
        raise InvalidSchedule(f"The overlap is one of: {', '.join(OVERLAPS)}.", where="overlap")
    least, most = LIMITS.schedule_catch_up_seconds_min, LIMITS.schedule_catch_up_seconds_max
    if not least <= catch_up_seconds <= most:
        raise InvalidSchedule(f"Catching up reaches back from {least} to {most} seconds.", where="catchUpSeconds")


def policy_words(overlap: str, catch_up_seconds: int) -> str:
    """Say in words what becomes of times that overlap, and of times that were missed."""
    reach = duration_words(catch_up_seconds)
    return f"{OVERLAPS[overlap]} What was missed while nothing worked is made up for if it is not older than {reach}."


_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def duration_words(seconds: int) -> str:
    """Give a duration in words: 5400 is "1 hour 30 minutes"."""
    parts: list[str] = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts) or "0 seconds"


def spec_words(spec: ScheduleSpec) -> str:
    """Say in one line when a schedule is due: `cron 30 2 * * *, Europe/Berlin`."""
    parts = [f"cron {line}" for line in spec.cron]
    parts += [f"calendar {_calendar_words(calendar)}" for calendar in spec.calendars]
    if spec.interval_seconds is not None:
        parts.append(f"every {duration_words(spec.interval_seconds)}")
    return "; ".join(parts) + f", {spec.timezone}"


def _calendar_words(calendar: Mapping[str, str]) -> str:
    said: Sequence[str] = [f"{name} {calendar[name]}" for name in CALENDAR_FIELDS if calendar.get(name)]
    return " ".join(said) or "each day"
