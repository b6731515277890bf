"""Google Calendar's and Google Maps' operations as their references have them: times, pages, ids of our making, field masks."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.library.google_calendar import GoogleCalendarCreateEvent, GoogleCalendarReadEvents
from blocks.library.google_maps import GoogleMapsSearch
from blocks.providers.google import GOOGLE
from blocks.providers.google_maps import GOOGLE_MAPS
from blocks.sdk.credentials import ApiKey
from blocks.sdk.rest import Api
from schema.credentials import Reference
from schema.errors import CredentialUnusable
from tests.providers.google import ACCESS, refusal, signed
from tests.providers.services import Asked, Says, service

EVENTS = "/calendar/v3/calendars/primary/events"
EVENT = {
    "id": "e1",
    "summary": "Walling",
    "start": {"date": "2026-02-01"},
    "end": {"date": "2026-02-02"},
    "htmlLink": "l",
}


async def test_events_are_read_as_a_page_in_their_order():
    declined = {
        **EVENT,
        "id": "e2",
        "attendees": [{"email": "me@example.com", "self": True, "responseStatus": "declined"}],
    }
    video = {
        **EVENT,
        "id": "e3",
        "recurringEventId": "e0",
        "start": {"dateTime": "2026-02-01T09:00:00+01:00"},
        "attendees": [{"email": "a@example.com"}],
        "conferenceData": {"entryPoints": [{"entryPointType": "video", "uri": "https://meet.example/x"}]},
    }
    page = Says({"items": [EVENT, declined, video], "nextPageToken": "p2"})
    async with service(GOOGLE, {("GET", EVENTS): page}, signed) as calendar:
        outcome = await calendar.run(GoogleCalendarReadEvents, {"search_term": "wall", "page_token": "p1"}, ACCESS)
    assert calendar.asked[0].query == {
        "timeMin": "2026-01-31T12:34:56Z",
        "timeMax": "2026-03-02T12:34:56Z",
        "singleEvents": "true",
        "orderBy": "startTime",
        "maxResults": "10",
        "q": "wall",
        "pageToken": "p1",
    }
    found = dict(outcome.outputs)
    assert [one["id"] for one in found["events"]] == ["e1", "e3"]
    assert (found["events"][0]["is_all_day"], found["events"][0]["start_time"]) == (True, "2026-02-01")
    assert (found["events"][1]["video_link"], found["events"][1]["is_recurring"]) == ("https://meet.example/x", True)
    assert found["next_page_token"] == "p2"


async def test_an_event_is_made_with_an_id_of_ours_so_that_twice_is_once():
    made: dict[str, dict[str, Any]] = {}

    def insert(asked: Asked) -> Says:
        if asked.json["id"] in made:
            return Says(refusal(409, "duplicate", "The requested identifier already exists."), 409)
        made[asked.json["id"]] = asked.json
        return Says({**asked.json, "htmlLink": "https://calendar.example/1"})

    given = {
        "event_title": "Walling",
        "location": "Cumbria",
        "timing": {
            "discriminator": "exact_timing",
            "start_datetime": "2026-02-01T09:00:00+01:00",
            "end_datetime": "2026-02-01T10:30:00+01:00",
        },
        "guest_emails": ["Ann <ann@example.com>"],
        "recurrence": {"discriminator": "recurring", "frequency": "DAILY", "count": 3},
        "reminder_minutes": [30],
        "add_google_meet": True,
        "send_notifications": False,
    }
    operations: dict[tuple[str, str], Any] = {("POST", EVENTS): insert}
    async with service(GOOGLE, operations, signed) as calendar:
        first = await calendar.run(GoogleCalendarCreateEvent, given, ACCESS)
        (own_id,) = made
        operations["GET", f"{EVENTS}/{own_id}"] = Says({"id": own_id, "htmlLink": "https://calendar.example/1"})
        again = await calendar.run(GoogleCalendarCreateEvent, given, ACCESS)
    assert first.outputs == again.outputs == [("event_id", own_id), ("event_link", "https://calendar.example/1")]
    assert set(own_id) <= set("0123456789abcdefghijklmnopqrstuv")
    assert len(made) == 1
    body = made[own_id]
    assert calendar.asked[0].query == {"sendUpdates": "none", "conferenceDataVersion": "1"}
    assert body["start"] == {"dateTime": "2026-02-01T08:00:00+00:00", "timeZone": "UTC"}
    assert (body["attendees"], body["recurrence"]) == ([{"email": "ann@example.com"}], ["RRULE:FREQ=DAILY;COUNT=3"])
    assert body["reminders"]["overrides"] == [{"method": "popup", "minutes": 30}]
    assert body["conferenceData"]["createRequest"]["conferenceSolutionKey"] == {"type": "hangoutsMeet"}


@pytest.mark.parametrize(
    ("given", "pin"),
    [
        (
            {
                "timing": {
                    "discriminator": "exact_timing",
                    "start_datetime": "2026-02-01T09:00:00Z",
                    "end_datetime": "2026-02-01T09:00:00Z",
                }
            },
            "timing",
        ),
        ({"guest_emails": ["nobody"]}, "guest_emails"),
        ({"reminder_minutes": [1, 2, 3, 4, 5, 6]}, "reminder_minutes"),
    ],
)
async def test_what_is_no_event_is_not_made(given: dict[str, Any], pin: str):
    async with service(GOOGLE, {}, signed) as calendar:
        outcome = await calendar.run(GoogleCalendarCreateEvent, {"event_title": "x", **given}, ACCESS)
    assert (outcome.code, outcome.error.fields["pin"], calendar.asked) == ("INVALID_INPUT", pin, [])


def masked(asked: Asked) -> str | None:
    if asked.headers.get("x-goog-api-key") != "the-secret-key":
        return "no key"
    fields = asked.headers.get("x-goog-fieldmask", "").split(",")
    return None if {"nextPageToken", "places.displayName"} <= set(fields) else f"the fields {fields}"


async def test_places_are_searched_for_page_by_page():
    def page(asked: Asked) -> Says:
        number = int(asked.json.get("pageToken", "1"))
        places = [{"displayName": {"text": f"P{number}.{i}"}, "rating": 4} for i in range(20)]
        return Says({"places": places, **({"nextPageToken": str(number + 1)} if number < 3 else {})})

    async with service(GOOGLE_MAPS, {("POST", "/v1/places:searchText"): page}, masked) as maps:
        outcome = await maps.run(GoogleMapsSearch, {"query": "museum in Cumbria", "max_results": 45})
    assert len(outcome.outputs) == 45
    assert outcome.outputs[44][1]["name"] == "P3.4"
    assert [one.json.get("pageToken") for one in maps.asked] == [None, "2", "3"]
    assert maps.asked[0].json == {"textQuery": "museum in Cumbria", "pageSize": 20}


@pytest.mark.parametrize(
    ("says", "code", "words"),
    [
        (Says({"error": {"message": "API key not valid."}}, 400), "BLOCK_FAILED", "API key not valid"),
        (Says({"error": {"message": "The caller has no permission"}}, 403), "CREDENTIAL_UNUSABLE", "no permission"),
        (Says({"error": {"message": "Quota exceeded"}}, 429), "RATE_LIMITED", "Quota exceeded"),
        (Says(b"", 500), "UNAVAILABLE", "500"),
    ],
)
async def test_a_refusal_of_maps_is_told_for_what_it_is(says: Says, code: str, words: str):
    async with service(GOOGLE_MAPS, {("POST", "/v1/places:searchText"): says}, masked) as maps:
        outcome = await maps.run(GoogleMapsSearch, {"query": "x"})
    assert (outcome.code, words in outcome.error.message) == (code, True)


async def test_each_service_is_at_its_own_host_of_google_and_a_credential_goes_to_no_other():
    async with service(GOOGLE, {}) as elsewhere:
        context = elsewhere.context(ACCESS)
        context.base_urls = {}
        api = Api(GOOGLE, ACCESS, context)
        assert [api.url(f"{name}:/x").split("/")[2] for name in GOOGLE.services] == [
            "gmail.googleapis.com",
            "sheets.googleapis.com",
            "docs.googleapis.com",
            "www.googleapis.com",
            "www.googleapis.com",
        ]
        stray = Api(GOOGLE_MAPS, ApiKey(Reference("k", "google_maps", "api_key"), key="k"), context)
        with pytest.raises(CredentialUnusable, match="is not sent to"):
            Api(GOOGLE, ACCESS, context)._check_host("https://googleapis.com.example.org/x")
        with pytest.raises(CredentialUnusable, match="is not sent to"):
            stray._check_host("https://sheets.googleapis.com/x")
    assert elsewhere.asked == []
