"""Gmail's operations as its REST reference has them: messages read from their parts, and written so that no text is a header."""

from __future__ import annotations

import base64
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

import orjson
import pytest

from blocks.google.mail_reading import parts_of, text_of_html
from blocks.library.google_gmail import (
    GmailAddLabel,
    GmailGetProfile,
    GmailGetThread,
    GmailListLabels,
    GmailRead,
    GmailRemoveLabel,
)
from blocks.library.google_gmail_sending import GmailCreateDraft, GmailDraftReply, GmailForward, GmailReply, GmailSend
from blocks.providers.google import GOOGLE
from schema.media import make_data_uri
from tests.providers.google import ACCESS, refusal, signed
from tests.providers.services import Asked, Says, service

ME = "/gmail/v1/users/me"


def coded(text: str | bytes) -> str:
    content = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def sent(asked: Asked, *, is_draft: bool = False) -> Message:
    """Give the message that a request hands in."""
    body = asked.json["message"] if is_draft else asked.json
    return message_from_bytes(base64.urlsafe_b64decode(body["raw"]), policy=default)


def headers(**fields: str) -> list[dict[str, str]]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in fields.items()]


def message(**more: Any) -> dict[str, Any]:
    """Give a message with a text, a page, a large part that stands elsewhere, and a file."""
    payload = {
        "mimeType": "multipart/mixed",
        "headers": headers(
            From="Ann Lee <ann@example.com>",
            To="Bob <bob@example.com>, me@example.com",
            Cc="carl@example.com",
            Subject="Walls",
            Date="Sat, 31 Jan 2026 12:00:00 +0000",
            Message_ID="<2@example.com>",
            References="<1@example.com>",
        ),
        "parts": [
            {
                "mimeType": "multipart/alternative",
                "parts": [
                    {"mimeType": "text/html", "body": {"data": coded("<p>They <b>stand</b>.</p>")}},
                    {"mimeType": "text/plain", "filename": "", "body": {"data": coded("They stand.")}},
                ],
            },
            {"mimeType": "application/pdf", "filename": "plan.pdf", "body": {"attachmentId": "a1", "size": 4}},
        ],
    }
    return {"id": "m1", "threadId": "t1", "snippet": "They", "labelIds": ["INBOX"], "payload": payload, **more}


PARENT = ("GET", f"{ME}/messages/m1")
PROFILE = ("GET", f"{ME}/profile")
SEND = ("POST", f"{ME}/messages/send")


async def test_a_search_goes_page_by_page_and_reads_each_message():
    def listed(asked: Asked) -> Says:
        page = int(asked.query.get("pageToken", "1"))
        follows = {"nextPageToken": str(page + 1)} if page < 3 else {}
        return Says({"messages": [{"id": f"m{page}", "threadId": "t"}], **follows})

    operations = {("GET", f"{ME}/messages"): listed} | {
        ("GET", f"{ME}/messages/m{number}"): Says(message(id=f"m{number}")) for number in (1, 2, 3)
    }
    async with service(GOOGLE, operations, signed) as gmail:
        outcome = await gmail.run(GmailRead, {"query": "from:ann", "max_results": 3}, ACCESS)
    assert [value["id"] for pin, value in outcome.outputs if pin == "email"] == ["m1", "m2", "m3"]
    assert gmail.asked[0].query == {"q": "from:ann", "maxResults": "3"}
    assert gmail.asked[1].query == {"format": "full"}


async def test_no_more_messages_are_read_than_were_asked_for():
    listed = Says({"messages": [{"id": "m1"}, {"id": "m2"}], "nextPageToken": "2"})
    async with service(GOOGLE, {("GET", f"{ME}/messages"): listed, PARENT: Says(message())}, signed) as gmail:
        outcome = await gmail.run(GmailRead, {"max_results": 1}, ACCESS)
    assert len(outcome.outputs[-1][1]) == 1
    assert gmail.asked[0].query == {"q": "is:unread", "maxResults": "1"}
    assert len(gmail.asked) == 2


async def test_an_email_is_what_its_parts_say():
    thread = Says({"id": "t1", "historyId": "9", "messages": [message()]})
    async with service(GOOGLE, {("GET", f"{ME}/threads/t1"): thread}, signed) as gmail:
        outcome = await gmail.run(GmailGetThread, {"threadId": "t1"}, ACCESS)
    ((_, found),) = outcome.outputs
    (email,) = found["messages"]
    assert (email["subject"], email["from_"], email["body"]) == ("Walls", "Ann Lee <ann@example.com>", "They stand.")
    assert (email["to"], email["cc"]) == (["bob@example.com", "me@example.com"], ["carl@example.com"])
    assert email["attachments"] == [
        {"filename": "plan.pdf", "content_type": "application/pdf", "size": 4, "attachment_id": "a1"}
    ]


async def test_a_text_that_stands_elsewhere_is_fetched_and_a_page_becomes_text():
    page = "<html><head><style>p{}</style></head><body><p>Dear&nbsp;Bob,</p><p>they <i>stand</i>.</p></body></html>"
    payload = {"mimeType": "text/html", "headers": headers(Subject="x"), "body": {"attachmentId": "b1", "size": 9}}
    operations = {
        ("GET", f"{ME}/threads/t1"): Says({"messages": [message(payload=payload)]}),
        ("GET", f"{ME}/messages/m1/attachments/b1"): Says({"data": coded(page), "size": 9}),
    }
    async with service(GOOGLE, operations, signed) as gmail:
        outcome = await gmail.run(GmailGetThread, {"threadId": "t1"}, ACCESS)
    assert outcome.outputs[0][1]["messages"][0]["body"].split() == ["Dear", "Bob,", "they", "stand."]


async def test_a_letter_is_a_message_of_its_own():
    async with service(GOOGLE, {SEND: Says({"id": "m2", "threadId": "t2"})}, signed) as gmail:
        outcome = await gmail.run(
            GmailSend,
            {
                "to": ["Ünsal <u@example.com>", "b@example.com, c@example.com"],
                "cc": ["d@bücher.example"],
                "bcc": ["e@example.com"],
                "subject": "Mäuerchen",
                "body": "Größe\n" + "x" * 3000,
                "attachments": [make_data_uri(b"a file", "text/plain")],
            },
            ACCESS,
        )
    assert outcome.outputs == [("result", {"id": "m2", "status": "sent"})]
    letter: Any = sent(gmail.asked[0])
    assert str(letter["to"]) == "Ünsal <u@example.com>, b@example.com, c@example.com"
    assert str(letter["cc"]) == "d@xn--bcher-kva.example"
    assert (str(letter["bcc"]), str(letter["subject"])) == ("e@example.com", "Mäuerchen")
    text, file = letter.iter_parts()
    assert (text.get_content_type(), text.get_content().splitlines()[1]) == ("text/plain", "x" * 3000)
    assert file.get_content_disposition() == "attachment"
    assert file.get_content().strip() == "a file"


@pytest.mark.parametrize(
    ("inputs", "pin"),
    [
        ({"subject": "Walls\r\nBcc: eve@example.com"}, "subject"),
        ({"subject": "Walls\u2028Bcc: eve@example.com"}, "subject"),
        ({"to": ["bob@example.com\r\nBcc: eve@example.com"]}, "to"),
        ({"cc": ["bob@example.com\nSubject: other"]}, "cc"),
        ({"bcc": ["nobody"]}, "bcc"),
        ({"to": ["bob@exa mple.com"]}, "to"),
        ({"to": []}, "to"),
        ({"to": ["a@example.com"] * 101}, "to"),
    ],
)
async def test_what_would_be_another_letter_is_not_sent(inputs: dict[str, Any], pin: str):
    async with service(GOOGLE, {}, signed) as gmail:
        given = {"to": ["bob@example.com"], "subject": "s", "body": "b", **inputs}
        outcome = await gmail.run(GmailSend, given, ACCESS)
    assert (outcome.code, outcome.error.fields["pin"], gmail.asked) == ("INVALID_INPUT", pin, [])


async def test_text_that_looks_like_headers_stays_text():
    async with service(GOOGLE, {SEND: Says({"id": "m2"})}, signed) as gmail:
        await gmail.run(
            GmailSend, {"to": ["b@example.com"], "subject": "s", "body": "\r\nBcc: eve@example.com\r\n\r\nx"}, ACCESS
        )
    letter: Any = sent(gmail.asked[0])
    assert letter["bcc"] is None
    assert "Bcc: eve@example.com" in letter.get_content()


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        (None, "<p>Hi</p>", "text/html"),
        ("auto", "a < b and c > d", "text/plain"),
        ("plain", "<p>Hi</p>", "text/plain"),
        ("html", "Hi", "text/html"),
    ],
)
async def test_a_letter_is_html_where_it_is_said_or_seen(content_type: str | None, body: str, kind: str):
    async with service(GOOGLE, {SEND: Says({"id": "m2"})}, signed) as gmail:
        given = {"to": ["b@example.com"], "subject": "s", "body": body, "content_type": content_type}
        await gmail.run(GmailSend, given, ACCESS)
    assert sent(gmail.asked[0]).get_content_type() == kind


async def test_a_large_letter_goes_as_an_upload():
    big = make_data_uri(b"%PDF-1.4 " + b"x" * 4_000_000, "application/pdf")
    upload = ("POST", f"/upload{ME}/drafts")
    async with service(GOOGLE, {upload: Says({"id": "d1", "message": {"id": "m2"}})}, signed) as gmail:
        given = {"to": ["b@example.com"], "subject": "s", "body": "b", "attachments": [big]}
        outcome = await gmail.run(GmailCreateDraft, given, ACCESS)
    assert outcome.outputs == [("result", {"id": "d1", "message_id": "m2", "status": "draft_created"})]
    (asked,) = gmail.asked
    assert asked.query == {"uploadType": "multipart"}
    whole: Any = message_from_bytes(
        f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode() + asked.body, policy=default
    )
    metadata, letter = whole.iter_parts()
    assert (metadata.get_content_type(), letter.get_content_type()) == ("application/json", "message/rfc822")
    assert orjson.loads(metadata.get_payload(decode=True)) == {"message": {}}
    assert letter.get_content()["subject"] == "s"


async def test_an_answer_stays_in_its_thread():
    async with service(GOOGLE, {PARENT: Says(message()), SEND: Says({"id": "m9", "threadId": "t1"})}, signed) as gmail:
        outcome = await gmail.run(
            GmailReply, {"threadId": "t1", "parentMessageId": "m1", "body": "So they do."}, ACCESS
        )
    assert gmail.asked[0].query == {"format": "metadata"}
    letter, request = sent(gmail.asked[1]), gmail.asked[1].json
    assert request["threadId"] == "t1"
    assert (letter["in-reply-to"], letter["references"]) == ("<2@example.com>", "<1@example.com> <2@example.com>")
    assert (str(letter["to"]), letter["cc"], letter["subject"]) == ("ann@example.com", None, "Re: Walls")
    assert dict(outcome.outputs)["email"]["to"] == ["ann@example.com"]


async def test_an_answer_to_all_goes_to_all_but_oneself():
    operations = {
        PARENT: Says(message()),
        PROFILE: Says({"emailAddress": "Me@example.com"}),
        ("POST", f"{ME}/drafts"): Says({"id": "d1", "message": {"id": "m9", "threadId": "t1"}}),
    }
    async with service(GOOGLE, operations, signed) as gmail:
        given = {"threadId": "t1", "parentMessageId": "m1", "body": "b", "replyAll": True, "cc": ["x@example.com"]}
        outcome = await gmail.run(GmailDraftReply, given, ACCESS)
    letter = sent(gmail.asked[-1], is_draft=True)
    assert str(letter["to"]) == "ann@example.com, bob@example.com"
    assert str(letter["cc"]) == "x@example.com, carl@example.com"
    assert gmail.asked[-1].json["message"]["threadId"] == "t1"
    assert [pin for pin, _ in outcome.outputs] == ["draftId", "messageId", "threadId", "status"]


async def test_what_is_passed_on_has_its_files():
    operations = {
        PARENT: Says(message()),
        ("GET", f"{ME}/messages/m1/attachments/a1"): Says({"data": coded(b"%PDF")}),
        SEND: Says({"id": "m9", "threadId": "t9"}),
    }
    async with service(GOOGLE, operations, signed) as gmail:
        given = {"messageId": "m1", "to": ["z@example.com"], "forwardMessage": "<b>Look</b>"}
        outcome = await gmail.run(GmailForward, given, ACCESS)
    letter: Any = sent(gmail.asked[-1])
    text, file = letter.iter_parts()
    assert letter["subject"] == "Fwd: Walls"
    assert text.get_content_type() == "text/html"
    assert "From: Ann Lee &lt;ann@example.com&gt;<br>" in text.get_content()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        "plan.pdf",
        "application/pdf",
        b"%PDF",
    )
    assert outcome.outputs[-1] == ("status", "forwarded")


async def test_a_label_is_known_by_its_name():
    labels = Says({"labels": [{"id": "Label_7", "name": "Stones", "type": "user"}]})
    modify = ("POST", f"{ME}/messages/m1/modify")
    async with service(GOOGLE, {("GET", f"{ME}/labels"): labels, modify: Says({"id": "m1"})}, signed) as gmail:
        listed = await gmail.run(GmailListLabels, {}, ACCESS)
        added = await gmail.run(GmailAddLabel, {"message_id": "m1", "label_name": "stones"}, ACCESS)
        taken = await gmail.run(GmailRemoveLabel, {"message_id": "m1", "label_name": "inbox"}, ACCESS)
    assert listed.outputs == [("result", [{"id": "Label_7", "name": "Stones"}])]
    assert added.outputs[0][1]["label_id"] == "Label_7"
    assert taken.outputs[0][1]["label_id"] == "INBOX"
    assert [one.json for one in gmail.asked if one.method == "POST"] == [
        {"addLabelIds": ["Label_7"], "removeLabelIds": []},
        {"addLabelIds": [], "removeLabelIds": ["INBOX"]},
    ]


@pytest.mark.parametrize(
    ("says", "code", "words"),
    [
        (Says(refusal(401, "authError", "Invalid Credentials"), 401), "CREDENTIAL_UNUSABLE", "Invalid Credentials"),
        (Says(refusal(403, "insufficientPermissions", "no scope"), 403), "CREDENTIAL_UNUSABLE", "no scope"),
        (Says(refusal(403, "userRateLimitExceeded", "slow down"), 403), "RATE_LIMITED", "slow down"),
        (Says(refusal(404, "notFound", "Not Found"), 404), "BLOCK_FAILED", "no such thing"),
        (Says(refusal(429, "rateLimitExceeded", "slow down"), 429, {"retry-after": "7"}), "RATE_LIMITED", "slow down"),
        (Says(b"<html>", 503), "UNAVAILABLE", "503"),
    ],
)
async def test_a_refusal_is_told_for_what_it_is(says: Says, code: str, words: str):
    async with service(GOOGLE, {PROFILE: says}, signed) as gmail:
        outcome = await gmail.run(GmailGetProfile, {}, ACCESS)
    assert outcome.code == code
    assert words in outcome.error.message
    assert "the-access-token" not in outcome.error.message


@pytest.mark.parametrize(("status", "code"), [(502, "BLOCK_FAILED"), (504, "BLOCK_FAILED"), (503, "UNAVAILABLE")])
async def test_an_email_that_may_have_gone_out_is_not_sent_again(status: int, code: str):
    async with service(GOOGLE, {SEND: Says(b"", status)}, signed) as gmail:
        outcome = await gmail.run(GmailSend, {"to": ["b@example.com"], "subject": "s", "body": "b"}, ACCESS)
    assert outcome.code == code


def test_a_message_of_very_many_parts_is_read_within_bounds():
    nested: dict[str, Any] = {"mimeType": "text/plain", "body": {"data": "eA"}}
    for _ in range(5_000):
        nested = {"mimeType": "multipart/mixed", "parts": [nested]}
    wide = {"parts": [{"mimeType": "text/plain", "body": {"data": "eA"}}] * 5_000}
    assert len(parts_of(nested)) == 1
    assert len(parts_of(wide)) == 500


def test_hidden_parts_of_a_page_are_not_seen():
    assert text_of_html("<p>a<script>b</script></p><style>c</style><div>d<br>e &amp; f</div>") == "a\n\nd\ne & f"
