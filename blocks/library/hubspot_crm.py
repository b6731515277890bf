"""Blocks for HubSpot: contacts and companies, and the e-mails that its CRM knows of a contact."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, Final

import orjson

from blocks.providers.hubspot import HUBSPOT, HubSpotCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Emission, Yield, pin
from blocks.sdk.rest import Api, CursorPaging, found_at
from blocks.sdk.samples import said, sample, sample_key
from schema.errors import InvalidInput, shorten

_KEY: Final = sample_key(HUBSPOT)
_CONTACT: Final = {"id": "51", "properties": {"email": "ann@example.com"}}
_COMPANY: Final = {"id": "91", "properties": {"domain": "example.com"}}
_OPERATIONS: Final = ("create", "get", "update")
_EMAIL_OPERATIONS: Final = ("send_email", "track_engagement")
#: How an e-mail belongs to a contact; https://developers.hubspot.com/docs/api-reference/legacy/crm/associations
_EMAIL_TO_CONTACT: Final = 198
#: E-mails that are counted, how many come in one answer, and how far back one may look.
_EMAILS_MAX: Final = 2_000
_EMAILS_A_PAGE: Final = 100
_DAYS_MAX: Final = 3_650
_COUNTS: Final = {
    "email_opens": "hs_email_open_count",
    "email_clicks": "hs_email_click_count",
    "email_replies": "hs_email_reply_count",
}


def _need_operation(operation: str, known: tuple[str, ...]) -> str:
    if operation not in known:
        raise InvalidInput(f"operation is {', '.join(known)}, and not {shorten(operation, 50)!r}.", pin="operation")
    return operation


def _properties(data: Mapping[str, Any], name: str, value: str) -> dict[str, Any]:
    """Give properties as HubSpot takes them; the data may also have them under `properties`, as HubSpot gives them."""
    inner = data.get("properties")
    found = dict(inner) if isinstance(inner, dict) else dict(data)
    return {name: value, **found} if value else found


class HubSpotContact(Block):
    """Make, get or change a contact. Which one it is, its e-mail address says."""

    id = "5267326e-c4c1-4016-9f54-4e72ad02f813"
    name = "HubSpotContactBlock"
    categories = ("CRM",)

    class Input(BlockInput):
        credentials: HubSpotCredentials = pin(description="The token of a private app.")
        operation: str = pin("get", description="create, get or update.")
        contact_data: dict[str, Any] = pin(
            default_factory=dict, description="Its properties, by HubSpot's names: email, firstname, lastname, ..."
        )
        email: str = pin("", description="Its e-mail address, to get or update it.")

    class Output(BlockOutput):
        contact: dict[str, Any] = pin(description="The contact: its id and properties.")
        status: str = pin(description="created, retrieved, updated or contact_not_found.")

    examples = (
        sample(_KEY, {"email": "ann@example.com"}, [("contact", _CONTACT), ("status", "retrieved")], said(_CONTACT)),
        sample(
            _KEY,
            {"operation": "create", "contact_data": {"email": "ann@example.com"}},
            [("contact", _CONTACT), ("status", "created")],
            said(_CONTACT, 201),
            title="Make one",
        ),
        sample(
            _KEY,
            {"email": "bob@example.com"},
            [("status", "contact_not_found")],
            said({"message": "resource not found"}, 404),
            title="Nobody has the address",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, operation = Api(HUBSPOT, inputs.credentials, context), _need_operation(inputs.operation, _OPERATIONS)
        email = inputs.email.strip()
        if operation == "create":
            body = {"properties": _properties(inputs.contact_data, "email", email)}
            yield "contact", (await api.call("POST", "/crm/v3/objects/contacts", json=body)).content
            yield "status", "created"
            return
        if not email:
            raise InvalidInput(f"To {operation} a contact, give its email.", pin="email")
        path, by = "/crm/v3/objects/contacts/{email}", {"idProperty": "email"}
        if operation == "get":
            answer = await api.call("GET", path, {"email": email}, query=by, accepts=(404,))
        else:
            changed = {"properties": _properties(inputs.contact_data, "", "")}
            answer = await api.call(
                "PATCH", path, {"email": email}, query=by, json=changed, is_repeatable=True, accepts=(404,)
            )
        if answer.status == 404:
            yield "status", "contact_not_found"
            return
        yield "contact", answer.content
        yield "status", "retrieved" if operation == "get" else "updated"


class HubSpotCompany(Block):
    """Make, get or change a company. Which one it is, its domain says."""

    id = "3ae02219-d540-47cd-9c78-3ad6c7d9820a"
    name = "HubSpotCompanyBlock"
    categories = ("CRM",)

    class Input(BlockInput):
        credentials: HubSpotCredentials = pin(description="The token of a private app.")
        operation: str = pin("get", description="create, get or update.")
        company_data: dict[str, Any] = pin(
            default_factory=dict, description="Its properties, by HubSpot's names: name, domain, city, ..."
        )
        domain: str = pin("", description="Its domain, to get or update it.", placeholder="example.com")

    class Output(BlockOutput):
        company: dict[str, Any] = pin(description="The company: its id and properties.")
        status: str = pin(description="created, retrieved, updated or company_not_found.")

    examples = (
        sample(
            _KEY,
            {"domain": "example.com"},
            [("company", _COMPANY), ("status", "retrieved")],
            said({"total": 1, "results": [_COMPANY]}),
        ),
        sample(
            _KEY,
            {"operation": "update", "domain": "nowhere.example", "company_data": {"city": "York"}},
            [("status", "company_not_found")],
            said({"total": 0, "results": []}),
            title="No such company",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, operation = Api(HUBSPOT, inputs.credentials, context), _need_operation(inputs.operation, _OPERATIONS)
        domain = inputs.domain.strip()
        if operation == "create":
            body = {"properties": _properties(inputs.company_data, "domain", domain)}
            yield "company", (await api.call("POST", "/crm/v3/objects/companies", json=body)).content
            yield "status", "created"
            return
        if not domain:
            raise InvalidInput(f"To {operation} a company, give its domain.", pin="domain")
        company = await _company(api, domain)
        if company is None:
            yield "status", "company_not_found"
            return
        if operation == "update":
            changed = {"properties": _properties(inputs.company_data, "", "")}
            path, places = "/crm/v3/objects/companies/{id}", {"id": company["id"]}
            company = (await api.call("PATCH", path, places, json=changed, is_repeatable=True)).content
        yield "company", company
        yield "status", "retrieved" if operation == "get" else "updated"


async def _company(api: Api, domain: str) -> Any:
    chosen = {"propertyName": "domain", "operator": "EQ", "value": domain}
    body = {"filterGroups": [{"filters": [chosen]}], "limit": 1}
    answer = await api.call("POST", "/crm/v3/objects/companies/search", json=body, is_repeatable=True)
    return found_at(answer.content, ("results", "0"))


class HubSpotEngagement(Block):
    """Put an e-mail to a contact, or count how a contact took theirs.

    HubSpot sends only e-mails that were designed there: with `email_id` in the data, that one goes to `recipient`. Any other is not
    sent; it is put on the contact's record as one that was."""

    id = "c6524385-7d87-49d6-a470-248bd29ca765"
    name = "HubSpotEngagementBlock"
    categories = ("CRM", "COMMUNICATION")

    class Input(BlockInput):
        credentials: HubSpotCredentials = pin(description="The token of a private app.")
        operation: str = pin("send_email", description="send_email or track_engagement.")
        email_data: dict[str, Any] = pin(
            default_factory=dict,
            description="Of an e-mail: recipient, subject, content (HTML); or recipient, email_id, custom_properties.",
        )
        contact_id: str = pin("", description="The contact's id.")
        timeframe_days: int = pin(30, description="How many days to look back.", ge=1, le=_DAYS_MAX)

    class Output(BlockOutput):
        result: dict[str, Any] = pin(description="What HubSpot says of the e-mail, or what was counted.")
        status: str = pin(description="email_sent, email_logged or engagement_tracked.")

    examples = (
        sample(
            _KEY,
            {"email_data": {"recipient": "ann@example.com", "subject": "Walls", "content": "<p>Hi</p>"}},
            [("result", {"id": "71"}), ("status", "email_logged")],
            said({"id": "71"}, 201),
        ),
        sample(
            _KEY,
            {"email_data": {"recipient": "ann@example.com", "email_id": 4}},
            [("result", {"statusId": "s1", "status": "PENDING"}), ("status", "email_sent")],
            said({"statusId": "s1", "status": "PENDING"}),
            title="One that was designed there",
        ),
        sample(
            _KEY,
            {"operation": "track_engagement", "contact_id": "51"},
            [
                (
                    "result",
                    {
                        "emails": 1,
                        "email_opens": 2,
                        "email_clicks": 1,
                        "email_replies": 0,
                        "last_engagement": "2026-01-30T12:00:00Z",
                    },
                ),
                ("status", "engagement_tracked"),
            ],
            said(
                {
                    "results": [
                        {
                            "properties": {
                                "hs_timestamp": "2026-01-30T12:00:00Z",
                                "hs_email_open_count": "2",
                                "hs_email_click_count": "1",
                                "hs_email_reply_count": None,
                            }
                        }
                    ]
                }
            ),
            title="What became of them",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(HUBSPOT, inputs.credentials, context)
        operation = _need_operation(inputs.operation, _EMAIL_OPERATIONS)
        found = await (_tracked(api, inputs) if operation == "track_engagement" else _put(api, inputs))
        for emission in found:
            yield emission


async def _put(api: Api, inputs: HubSpotEngagement.Input) -> list[Emission]:
    data = inputs.email_data
    recipient = str(data.get("recipient") or data.get("to") or "").strip()
    if not recipient:
        raise InvalidInput("email_data has no recipient.", pin="email_data")
    if data.get("email_id"):
        body: dict[str, Any] = {
            "emailId": data["email_id"],
            "message": {"to": recipient, "sendId": api.context.idempotency_key()},
            "customProperties": data.get("custom_properties") or {},
        }
        # HubSpot sends a `sendId` once.
        answer = await api.call("POST", "/marketing/v4/email/single-send", json=body, is_repeatable=True)
        return [("result", answer.content), ("status", "email_sent")]
    answer = await api.call("POST", "/crm/v3/objects/emails", json=_logged(api, inputs, recipient))
    return [("result", answer.content), ("status", "email_logged")]


def _logged(api: Api, inputs: HubSpotEngagement.Input, recipient: str) -> dict[str, Any]:
    data = inputs.email_data
    properties = {
        "hs_timestamp": api.context.now().isoformat().replace("+00:00", "Z"),
        "hs_email_direction": "EMAIL",
        "hs_email_status": "SENT",
        "hs_email_subject": str(data.get("subject") or ""),
        "hs_email_html": str(data.get("content") or data.get("body") or ""),
        # What the e-mail says of its people is read from its headers, as JSON in a text.
        "hs_email_headers": orjson.dumps(_headers(data, recipient)).decode(),
    }
    body: dict[str, Any] = {"properties": properties}
    if inputs.contact_id.strip():
        kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _EMAIL_TO_CONTACT}
        body["associations"] = [{"to": {"id": inputs.contact_id.strip()}, "types": [kind]}]
    return body


def _headers(data: Mapping[str, Any], recipient: str) -> dict[str, Any]:
    sender = str(data.get("from") or "").strip()
    return {**({"from": {"email": sender}} if sender else {}), "to": [{"email": recipient}], "cc": [], "bcc": []}


async def _tracked(api: Api, inputs: HubSpotEngagement.Input) -> list[Emission]:
    contact = inputs.contact_id.strip()
    if not contact:
        raise InvalidInput("To track a contact, give its contact_id.", pin="contact_id")
    since = api.context.now() - timedelta(days=inputs.timeframe_days)
    filters = [
        {"propertyName": "associations.contact", "operator": "EQ", "value": contact},
        {"propertyName": "hs_timestamp", "operator": "GTE", "value": str(int(since.timestamp() * 1000))},
    ]
    body = {
        "filterGroups": [{"filters": filters}],
        "properties": ["hs_timestamp", *_COUNTS.values()],
        "limit": _EMAILS_A_PAGE,
    }
    paging = CursorPaging("after", ("paging", "next", "after"), ("results",), in_body=True)
    pages = api.pages("/crm/v3/objects/emails/search", None, paging, items_max=_EMAILS_MAX, method="POST", json=body)
    emails = [one.get("properties") or {} async for one in pages]
    counted = {name: sum(_count(one.get(key)) for one in emails) for name, key in _COUNTS.items()}
    last = max((one["hs_timestamp"] for one in emails if one.get("hs_timestamp")), default=None)
    return [
        ("result", {"emails": len(emails), **counted, "last_engagement": last}),
        ("status", "engagement_tracked"),
    ]


def _count(text: Any) -> int:
    return int(text) if isinstance(text, str | int) and str(text).isdecimal() else 0
