"""HubSpot's CRM API v3 as its documentation has it: contacts by their address, companies by a search, e-mails of a contact."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from blocks.library.hubspot_crm import HubSpotCompany, HubSpotContact, HubSpotEngagement
from blocks.providers.hubspot import HUBSPOT
from tests.providers.services import Asked, Says
from tests.providers.turns import Turn, converse

CONTACT = {"id": "51", "properties": {"email": "a+b@example.com"}}
COMPANY = {"id": "91", "properties": {"domain": "example.com"}}
BY_EMAIL = "/crm/v3/objects/contacts/a%2Bb%40example.com"
CHOSEN = {"propertyName": "domain", "operator": "EQ", "value": "example.com"}
SEARCH = {"filterGroups": [{"filters": [CHOSEN]}], "limit": 1}
COMPANIES = "/crm/v3/objects/companies"


def with_token(asked: Asked) -> str | None:
    return None if asked.headers.get("authorization") == "Bearer the-secret-key" else "no bearer token"


async def ask(block: Any, inputs: Any, *turns: Turn) -> dict[str, Any]:
    return dict((await converse(HUBSPOT, block, inputs, turns, with_token)).outputs)


async def test_a_contact_is_found_changed_and_made() -> None:
    by = {"idProperty": "email"}
    found = await ask(HubSpotContact, {"email": "a+b@example.com"}, Turn("GET", BY_EMAIL, Says(CONTACT), query=by))
    assert found == {"contact": CONTACT, "status": "retrieved"}
    change = {"properties": {"firstname": "Ann"}}
    inputs = {"operation": "update", "email": "a+b@example.com", "contact_data": change["properties"]}
    found = await ask(HubSpotContact, inputs, Turn("PATCH", BY_EMAIL, Says(CONTACT), query=by, json=change))
    assert found["status"] == "updated"
    made = {"properties": {"email": "a+b@example.com", "firstname": "Ann"}}
    inputs = {"operation": "create", "email": "a+b@example.com", "contact_data": {"properties": {"firstname": "Ann"}}}
    found = await ask(HubSpotContact, inputs, Turn("POST", "/crm/v3/objects/contacts", Says(CONTACT, 201), json=made))
    assert found["status"] == "created"


@pytest.mark.parametrize("operation", ["get", "update"])
async def test_a_contact_that_is_not_there_is_said_and_is_no_failure(operation: str) -> None:
    inputs = {"operation": operation, "email": "a+b@example.com"}
    method, body = ("GET", None) if operation == "get" else ("PATCH", {"properties": {}})
    turn = Turn(
        method, BY_EMAIL, Says({"message": "resource not found"}, 404), query={"idProperty": "email"}, json=body
    )
    assert await ask(HubSpotContact, inputs, turn) == {"status": "contact_not_found"}


async def test_a_company_is_found_by_its_domain_and_changed_by_its_id() -> None:
    found = Turn("POST", f"{COMPANIES}/search", Says({"total": 1, "results": [COMPANY]}), json=SEARCH)
    assert (await ask(HubSpotCompany, {"domain": "example.com"}, found))["company"] == COMPANY
    change = Turn("PATCH", f"{COMPANIES}/91", Says(COMPANY), json={"properties": {"city": "York"}})
    inputs = {"operation": "update", "domain": "example.com", "company_data": {"city": "York"}}
    assert (await ask(HubSpotCompany, inputs, found, change))["status"] == "updated"
    made = Turn("POST", COMPANIES, Says(COMPANY, 201), json={"properties": {"domain": "example.com"}})
    assert (await ask(HubSpotCompany, {"operation": "create", "domain": "example.com"}, made))["status"] == "created"


@pytest.mark.parametrize(
    ("block", "inputs", "words"),
    [
        (HubSpotContact, {"operation": "delete"}, "create, get, update"),
        (HubSpotContact, {"operation": "get"}, "give its email"),
        (HubSpotCompany, {}, "give its domain"),
        (HubSpotEngagement, {}, "no recipient"),
        (HubSpotEngagement, {"operation": "track_engagement"}, "contact_id"),
    ],
)
async def test_what_is_missing_is_said_before_anything_is_asked(block: Any, inputs: Any, words: str) -> None:
    outcome = await converse(HUBSPOT, block, inputs, [], with_token)
    assert (outcome.code, words in outcome.error.message) == ("INVALID_INPUT", True)


async def test_an_email_is_put_on_the_record_and_says_that_it_was_not_sent() -> None:
    data = {"recipient": "ann@example.com", "subject": "Walls", "content": "<p>Hi</p>", "from": "bob@example.com"}
    headers = {"from": {"email": "bob@example.com"}, "to": [{"email": "ann@example.com"}], "cc": [], "bcc": []}
    body = {
        "properties": {
            "hs_timestamp": "2026-01-31T12:34:56.789000Z",
            "hs_email_direction": "EMAIL",
            "hs_email_status": "SENT",
            "hs_email_subject": "Walls",
            "hs_email_html": "<p>Hi</p>",
            "hs_email_headers": orjson.dumps(headers).decode(),
        },
        "associations": [
            {"to": {"id": "51"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 198}]}
        ],
    }
    turn = Turn("POST", "/crm/v3/objects/emails", Says({"id": "71"}, 201), json=body)
    found = await ask(HubSpotEngagement, {"email_data": data, "contact_id": "51"}, turn)
    assert found == {"result": {"id": "71"}, "status": "email_logged"}


async def test_emails_are_counted_page_by_page() -> None:
    def page(opens: str, moment: str, after: str | None = None) -> Says:
        properties = {"hs_timestamp": moment, "hs_email_open_count": opens, "hs_email_click_count": ""}
        paging = {"paging": {"next": {"after": after}}} if after else {}
        return Says({"results": [{"properties": properties}], **paging})

    since = "1769862896789"  # a day before the tests' noon
    filters = [
        {"propertyName": "associations.contact", "operator": "EQ", "value": "51"},
        {"propertyName": "hs_timestamp", "operator": "GTE", "value": str(int(since) - 86_400_000)},
    ]
    properties = ["hs_timestamp", "hs_email_open_count", "hs_email_click_count", "hs_email_reply_count"]
    body = {"filterGroups": [{"filters": filters}], "properties": properties, "limit": 100}
    path = "/crm/v3/objects/emails/search"
    found = await ask(
        HubSpotEngagement,
        {"operation": "track_engagement", "contact_id": "51", "timeframe_days": 1},
        Turn("POST", path, page("2", "2026-01-31T10:00:00Z", "1"), json=body),
        Turn("POST", path, page("1", "2026-01-31T11:00:00Z"), json={**body, "after": "1"}),
    )
    assert found["result"] == {
        "emails": 2,
        "email_opens": 3,
        "email_clicks": 0,
        "email_replies": 0,
        "last_engagement": "2026-01-31T11:00:00Z",
    }
