"""Blocks for Google Calendar: reading events and making one; https://developers.google.com/workspace/calendar/api/v3/reference/events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal

import orjson
from pydantic import BaseModel, Field

from blocks.google.answers import inner, listed, needed, said
from blocks.google.mail_reading import addresses_of
from blocks.google.mail_writing import addresses
from blocks.providers.google import GOOGLE, CalendarCredentials, CalendarReadCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, OAuth2, Yield, pin
from blocks.sdk.rest import Api
from schema.credentials import Reference
from schema.errors import InvalidInput

#: Events of one page; Google has 2,500, and a page is one answer.
EVENTS_MAX: Final = 2_500
DAYS_MAX: Final = 3_660
GUESTS_MAX: Final = 200
#: Reminders of one event, and how long before it; both are Google's.
REMINDERS_MAX: Final = 5
REMINDER_MINUTES_MAX: Final = 40_320
DURATION_MINUTES_MAX: Final = 60 * 24 * 366
_EVENTS: Final = "calendar:/calendar/v3/calendars/{calendar_id}/events"
_THERE_ALREADY: Final = 409
_EXAMPLE: Final = OAuth2(
    Reference("00000000-0000-4000-8000-000000000006", "google", "oauth2", "Example"), access_token="example-token"
)
_WITH: Final = {"credentials": _EXAMPLE}
_CREDENTIALS: Final = {"credentials": _EXAMPLE.reference.to_wire()}
_EVENT: Final = {
    "id": "e1",
    "summary": "Walling",
    "start": {"dateTime": "2026-02-01T09:00:00Z"},
    "end": {"dateTime": "2026-02-01T10:00:00Z"},
    "organizer": {"email": "ann@example.com"},
    "htmlLink": "https://calendar.example/e1",
}
_GIVEN: Final = {
    "id": "e1",
    "title": "Walling",
    "start_time": "2026-02-01T09:00:00Z",
    "end_time": "2026-02-01T10:00:00Z",
    "is_all_day": False,
    "location": None,
    "description": None,
    "organizer": "ann@example.com",
    "attendees": [],
    "has_video_call": False,
    "video_link": None,
    "calendar_link": "https://calendar.example/e1",
    "is_recurring": False,
}


class GoogleCalendarReadEvents(Block):
    """Read a page of the events of a calendar, in the order in which they begin; each by itself, and all together."""

    id = "80bc3ed1-e9a4-449e-8163-a8fc86f74f6a"
    name = "GoogleCalendarReadEventsBlock"
    categories = ("PRODUCTIVITY", "DATA")

    class Input(BlockInput):
        credentials: CalendarReadCredentials = pin(description="Access to Google Calendar: calendar.readonly.")
        calendar_id: str = pin("primary", description="The calendar; primary: one's own.")
        max_events: int = pin(10, description=f"Events at most; up to {EVENTS_MAX}.")
        start_time: datetime = pin(None, description="From when on; nothing: from now on.")
        time_range_days: int = pin(30, description="How many days from then.")
        search_term: str | None = pin(None, description="Words that an event must have.")
        page_token: str | None = pin(None, description="Where an earlier page ended.")
        include_declined_events: bool = pin(False, description="Give what one has declined, too.")

    class Output(BlockOutput):
        events: list[dict[str, Any]] = pin(description="The events.")
        event: dict[str, Any] = pin(description="An event: id, title, start_time, end_time, attendees, video_link ...")
        next_page_token: str | None = pin(description="Where this page ends, if more follow.")

    examples = (
        Example(
            input=_CREDENTIALS,
            output=[("event", _GIVEN), ("events", [_GIVEN])],
            answers=[(200, {}, orjson.dumps({"items": [_EVENT]}))],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not 1 <= inputs.max_events <= EVENTS_MAX:
            raise InvalidInput(f"Ask for 1 to {EVENTS_MAX} events.", pin="max_events")
        if not 1 <= inputs.time_range_days <= DAYS_MAX:
            raise InvalidInput(f"The range is from 1 to {DAYS_MAX} days.", pin="time_range_days")
        start = _begin(inputs.start_time, context.now())
        query = {
            "timeMin": _written(start),
            "timeMax": _written(start + timedelta(days=inputs.time_range_days)),
            "singleEvents": True,
            "orderBy": "startTime",
            "maxResults": inputs.max_events,
            "q": inputs.search_term or None,
            "pageToken": inputs.page_token or None,
        }
        place = {"calendar_id": inputs.calendar_id}
        page = said(await Api(GOOGLE, inputs.credentials, context).call("GET", _EVENTS, place, query=query))
        events = [
            _given(one) for one in listed(page, "items") if inputs.include_declined_events or not _is_declined(one)
        ]
        for event in events:
            yield "event", event
        yield "events", events
        if page.get("nextPageToken"):
            yield "next_page_token", page["nextPageToken"]


class ExactTiming(BaseModel):
    """When an event begins and ends."""

    discriminator: Literal["exact_timing"]
    start_datetime: datetime = Field(description="When it begins.")
    end_datetime: datetime = Field(description="When it ends.")


class DurationTiming(BaseModel):
    """When an event begins, and how long it is."""

    discriminator: Literal["duration_timing"]
    start_datetime: datetime = Field(description="When it begins.")
    duration_minutes: int = Field(60, ge=1, le=DURATION_MINUTES_MAX, description="Minutes that it takes.")


class OneTimeEvent(BaseModel):
    """An event that takes place once."""

    discriminator: Literal["one_time"]


class RecurrenceFrequency(StrEnum):
    """How often an event takes place."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class RecurringEvent(BaseModel):
    """An event that takes place several times."""

    discriminator: Literal["recurring"]
    frequency: RecurrenceFrequency = Field(RecurrenceFrequency.WEEKLY, description="How often.")
    count: int = Field(10, ge=1, le=730, description="How many times.")


class GoogleCalendarCreateEvent(Block):
    """Make an event. Its id is of our making, so an attempt that is repeated makes no second one."""

    id = "ed2ec950-fbff-4204-94c0-023fb1d625e0"
    name = "GoogleCalendarCreateEventBlock"
    categories = ("PRODUCTIVITY",)

    class Input(BlockInput):
        credentials: CalendarCredentials = pin(description="Access to Google Calendar: calendar.")
        event_title: str = pin(description="Its title.")
        location: str | None = pin(None, description="Where.")
        description: str | None = pin(None, description="What else there is to say.")
        timing: ExactTiming | DurationTiming = pin(None, description="When; nothing: now, for an hour.")
        calendar_id: str = pin("primary", description="The calendar; primary: one's own.")
        guest_emails: list[str] = pin(default_factory=list, description="Whom it invites.")
        send_notifications: bool = pin(True, description="Let Google write to them.")
        add_google_meet: bool = pin(False, description="Have a video call for it.")
        recurrence: OneTimeEvent | RecurringEvent = pin(
            default_factory=lambda: OneTimeEvent(discriminator="one_time"), description="Once, or how often."
        )
        reminder_minutes: list[int] = pin(
            default_factory=lambda: [10], description="How many minutes before it one is reminded."
        )

    class Output(BlockOutput):
        event_id: str = pin(description="Its id.")
        event_link: str = pin(description="Its address.")

    examples = (
        Example(
            input={**_CREDENTIALS, "event_title": "Walling", "guest_emails": ["bob@example.com"]},
            output=[("event_id", "e1"), ("event_link", "https://calendar.example/e1")],
            answers=[(200, {}, orjson.dumps(_EVENT))],
            credentials=_WITH,
        ),
        Example(
            title="It was made by an attempt whose answer was lost",
            input={**_CREDENTIALS, "event_title": "Walling"},
            output=[("event_id", "e1"), ("event_link", "https://calendar.example/e1")],
            answers=[(409, {}, b'{"error": {"message": "exists"}}'), (200, {}, orjson.dumps(_EVENT))],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(GOOGLE, inputs.credentials, context)
        # An event's id has digits and the letters a to v, which this has.
        own_id = context.idempotency_key()
        place = {"calendar_id": inputs.calendar_id, "event_id": own_id}
        answer = await api.call(
            "POST",
            _EVENTS,
            place,
            query={
                "sendUpdates": "all" if inputs.send_notifications else "none",
                "conferenceDataVersion": 1 if inputs.add_google_meet else 0,
            },
            json={"id": own_id, **_body(inputs, context)},
            is_repeatable=True,
            accepts=(_THERE_ALREADY,),
        )
        if answer.status == _THERE_ALREADY:
            answer = await api.call("GET", f"{_EVENTS}/{{event_id}}", place)
        event = said(answer)
        yield "event_id", needed(event, "id")
        yield "event_link", event.get("htmlLink", "")


def _body(inputs: Any, context: Context) -> dict[str, Any]:
    start, end = _times(inputs.timing, context.now())
    minutes = inputs.reminder_minutes
    if len(minutes) > REMINDERS_MAX or not all(0 <= one <= REMINDER_MINUTES_MAX for one in minutes):
        what = f"at most {REMINDERS_MAX}, each up to {REMINDER_MINUTES_MAX} minutes before"
        raise InvalidInput(f"Google has reminders: {what}.", pin="reminder_minutes")
    if len(inputs.guest_emails) > GUESTS_MAX:
        raise InvalidInput(f"An event invites at most {GUESTS_MAX}.", pin="guest_emails")
    body: dict[str, Any] = {
        "summary": inputs.event_title,
        "start": {"dateTime": start.isoformat(), "timeZone": "UTC"},
        "end": {"dateTime": end.isoformat(), "timeZone": "UTC"},
        "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": one} for one in minutes]},
    }
    body |= {name: getattr(inputs, name) for name in ("location", "description") if getattr(inputs, name)}
    if inputs.guest_emails:
        guests = addresses_of(", ".join(addresses(inputs.guest_emails, "guest_emails")))
        body["attendees"] = [{"email": one} for one in guests]
    if isinstance(inputs.recurrence, RecurringEvent):
        body["recurrence"] = [f"RRULE:FREQ={inputs.recurrence.frequency.value};COUNT={inputs.recurrence.count}"]
    if inputs.add_google_meet:
        request = {"requestId": context.idempotency_key(), "conferenceSolutionKey": {"type": "hangoutsMeet"}}
        body["conferenceData"] = {"createRequest": request}
    return body


def _times(timing: ExactTiming | DurationTiming | None, now: datetime) -> tuple[datetime, datetime]:
    """Give when an event begins and ends; raise InvalidInput where it ends before it begins."""
    start = _begin(None if timing is None else timing.start_datetime, now)
    if isinstance(timing, ExactTiming):
        end = _in_utc(timing.end_datetime)
        if end <= start:
            raise InvalidInput("The event ends before it begins.", pin="timing")
        return start, end
    return start, start + timedelta(minutes=60 if timing is None else timing.duration_minutes)


def _begin(given: datetime | None, now: datetime) -> datetime:
    return _in_utc(now if given is None else given)


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _is_declined(event: Mapping[str, Any]) -> bool:
    own = (one for one in listed(event, "attendees") if one.get("self"))
    return any(one.get("responseStatus") == "declined" for one in own)


def _given(event: Mapping[str, Any]) -> dict[str, Any]:
    """Give an event as blocks give it."""
    start, end = inner(event, "start"), inner(event, "end")
    conference = listed(event, "conferenceData", "entryPoints")
    video = next(
        (one.get("uri") for one in conference if one.get("entryPointType") == "video"), event.get("hangoutLink")
    )
    return {
        "id": event.get("id", ""),
        "title": event.get("summary", ""),
        "start_time": start.get("dateTime") or start.get("date", ""),
        "end_time": end.get("dateTime") or end.get("date", ""),
        "is_all_day": "date" in start,
        "location": event.get("location"),
        "description": event.get("description"),
        "organizer": inner(event, "organizer").get("email"),
        "attendees": [one["email"] for one in listed(event, "attendees") if one.get("email")],
        "has_video_call": video is not None,
        "video_link": video,
        "calendar_link": event.get("htmlLink", ""),
        "is_recurring": "recurringEventId" in event or "recurrence" in event,
    }
