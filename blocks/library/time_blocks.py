"""Blocks that tell the time or wait; the clock is the context's, and waiting is left to the workflow's own timer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Sleep, Yield, pin
from blocks.sdk.bounds import check_bytes, json_bytes
from blocks.sdk.texts import number_of
from schema.errors import shorten

_FORMAT_CHARS_MAX: Final = 500
#: Longest wait between two messages: ten years. A wait of this length is a mistake more often than a wish.
WAIT_DAYS_MAX: Final = 3660
#: Messages of one timer: each is a timer in the run's history.
REPEAT_MAX: Final = 10_000


class _Zoned(BaseModel):
    timezone: str = "UTC"
    #: Accepted for older agents: a run has no user whose clock it could follow.
    use_user_timezone: bool = False

    def localize(self, now: datetime) -> datetime:
        """Give the time on the clock of this time zone."""
        try:
            return now.astimezone(ZoneInfo(self.timezone))
        # A name may also be a folder of the database ("America") or lead out of it ("../x").
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            shown = shorten(self.timezone, 80)
            raise BlockFailed(f"There is no time zone {shown!r}; write it like Europe/Paris.") from error


class _Strftime(_Zoned):
    discriminator: Literal["strftime"]


class _ISO8601(_Zoned):
    discriminator: Literal["iso8601"]


class TimeStrftimeFormat(_Strftime):
    """A time by a pattern such as %H:%M:%S."""

    format: str = "%H:%M:%S"


class TimeISO8601Format(_ISO8601):
    """A time as T12:34:56+00:00."""

    include_microseconds: bool = False


class DateStrftimeFormat(_Strftime):
    """A day by a pattern such as %Y-%m-%d."""

    format: str = "%Y-%m-%d"


class DateISO8601Format(_ISO8601):
    """A day as 2026-01-31."""


class StrftimeFormat(_Strftime):
    """A day and time by a pattern such as %Y-%m-%d %H:%M:%S."""

    format: str = "%Y-%m-%d %H:%M:%S"


class ISO8601Format(_ISO8601):
    """A day and time as 2026-01-31T12:34:56+00:00."""

    include_microseconds: bool = False


def _iso_precision(include_microseconds: bool) -> str:
    return "microseconds" if include_microseconds else "seconds"


def _strftime(moment: datetime, pattern: str) -> str:
    if len(pattern) > _FORMAT_CHARS_MAX:
        raise BlockFailed(f"The format has {len(pattern)} characters; at most {_FORMAT_CHARS_MAX} are allowed.")
    try:
        return moment.strftime(pattern)
    except ValueError as error:
        raise BlockFailed(f"The format {shorten(pattern, 80)!r} cannot be used: {error}") from error


class GetCurrentTime(Block):
    """Tell the time of day."""

    id = "a892b8d9-3e4e-4e9c-9c1e-75f8efcf1bfa"
    name = "GetCurrentTimeBlock"
    categories = ("TEXT",)
    is_resumable = True

    class Input(BlockInput):
        trigger: str = pin(description="Any text; it starts the block.")
        format_type: Annotated[TimeStrftimeFormat | TimeISO8601Format, Field(discriminator="discriminator")] = pin(
            TimeStrftimeFormat(discriminator="strftime"), description="How to write the time, and of which zone."
        )

    class Output(BlockOutput):
        time: str = pin(description="The time of day.")

    examples = (
        Example(input={"trigger": "now"}, output=[("time", "12:34:56")], match="pins"),
        Example(
            input={"trigger": "now", "format_type": {"discriminator": "strftime", "timezone": "Mars/Olympus"}},
            output=[],
            error="no time zone",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        how = inputs.format_type
        moment = how.localize(context.now())
        if isinstance(how, TimeStrftimeFormat):
            yield "time", _strftime(moment, how.format)
        else:
            yield "time", "T" + moment.timetz().isoformat(_iso_precision(how.include_microseconds))


class GetCurrentDate(Block):
    """Tell today's date, or that of so many days ago."""

    id = "b29c1b50-5d0e-4d9f-8f9d-1b0e6fcbf0b1"
    name = "GetCurrentDateBlock"
    categories = ("TEXT",)
    is_resumable = True

    class Input(BlockInput):
        trigger: str = pin(description="Any text; it starts the block.")
        offset: int | str = pin(0, description="How many days ago; negative: in so many days.")
        format_type: Annotated[DateStrftimeFormat | DateISO8601Format, Field(discriminator="discriminator")] = pin(
            DateStrftimeFormat(discriminator="strftime"), description="How to write the date, and of which zone."
        )

    class Output(BlockOutput):
        date: str = pin(description="The date.")

    examples = (
        Example(input={"trigger": "now", "offset": "7"}, output=[("date", "2026-01-24")], match="pins"),
        Example(input={"trigger": "now", "offset": "soon"}, output=[], error="offset"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        how = inputs.format_type
        moment = _days_before(how.localize(context.now()), inputs.offset)
        yield (
            "date",
            _strftime(moment, how.format) if isinstance(how, DateStrftimeFormat) else moment.date().isoformat(),
        )


def _days_before(moment: datetime, offset: int | str) -> datetime:
    days = number_of(offset)
    if days is None or days != int(days):
        raise BlockFailed(f"The offset must be a whole number of days, not {shorten(str(offset), 80)!r}.")
    try:
        return moment - timedelta(days=days)
    except OverflowError as error:
        raise BlockFailed(f"{days:g} days from today there is no calendar.") from error


class GetCurrentDateAndTime(Block):
    """Tell the date and the time of day."""

    id = "716a67b3-6760-42e7-86dc-18645c6e00fc"
    name = "GetCurrentDateAndTimeBlock"
    categories = ("TEXT",)
    is_resumable = True

    class Input(BlockInput):
        trigger: str = pin(description="Any text; it starts the block.")
        format_type: Annotated[StrftimeFormat | ISO8601Format, Field(discriminator="discriminator")] = pin(
            StrftimeFormat(discriminator="strftime"), description="How to write it, and of which zone."
        )

    class Output(BlockOutput):
        date_time: str = pin(description="The date and time.")

    examples = (Example(input={"trigger": "now"}, output=[("date_time", "2026-01-31 12:34:56")], match="pins"),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        how = inputs.format_type
        moment = how.localize(context.now())
        if isinstance(how, StrftimeFormat):
            yield "date_time", _strftime(moment, how.format)
        else:
            yield "date_time", moment.isoformat("T", _iso_precision(how.include_microseconds))


class CountdownTimer(Block):
    """Wait, then give a message, as often as asked; without a wait, at once. The wait survives restarts."""

    id = "d67a9c52-5e4e-11e2-bcfd-0800200c9a71"
    name = "CountdownTimerBlock"
    categories = ("TEXT",)
    is_resumable = True

    class Input(BlockInput):
        input_message: Any = pin("timer finished", description="What to give after the wait.")
        seconds: int | str = pin(0, advanced=False, description="Seconds to wait.")
        minutes: int | str = pin(0, advanced=False, description="Minutes to wait, besides.")
        hours: int | str = pin(0, advanced=False, description="Hours to wait, besides.")
        days: int | str = pin(0, advanced=False, description="Days to wait, besides.")
        repeat: int = pin(1, description="How often to wait and give the message.")

    class Output(BlockOutput):
        output_message: Any = pin(description="The message.")

    examples = (
        Example(input={"input_message": "done"}, output=[("output_message", "done")]),
        Example(input={"repeat": 2}, output=[("output_message", "timer finished")] * 2),
        Example(input={"seconds": -1}, output=[], error="cannot wait"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        total = _total_seconds(inputs)
        if not 1 <= inputs.repeat <= REPEAT_MAX:
            raise BlockFailed(f"repeat must be from 1 to {REPEAT_MAX}, not {inputs.repeat}.")
        if total == 0:
            check_bytes(inputs.repeat * json_bytes(inputs.input_message), "All messages")
            for _ in range(inputs.repeat):
                yield "output_message", inputs.input_message
            return
        if context.step > 0:
            yield "output_message", inputs.input_message
        if context.step < inputs.repeat:
            yield Sleep(total)


def _total_seconds(inputs: CountdownTimer.Input) -> float:
    total = 0.0
    for unit, seconds in (("seconds", 1), ("minutes", 60), ("hours", 3600), ("days", 86_400)):
        given = getattr(inputs, unit)
        count = number_of(given)
        if count is None:
            raise BlockFailed(f"{unit} must be a number, not {shorten(str(given), 80)!r}.")
        if count < 0:
            raise BlockFailed(f"The timer cannot wait {count:g} {unit}.")
        total += count * seconds
    if total > WAIT_DAYS_MAX * 86_400:
        raise BlockFailed(f"The timer cannot wait {total / 86_400:g} days; at most {WAIT_DAYS_MAX}.")
    return total
