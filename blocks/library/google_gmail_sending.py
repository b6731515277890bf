"""Blocks that send e-mails by Gmail, or keep them as drafts: new ones, answers and what is passed on."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Mapping, Sequence
from email.utils import format_datetime
from typing import Any, Final

import orjson

from blocks.google.answers import inner
from blocks.google.mail_reading import addresses_of, header_of
from blocks.google.mail_writing import MESSAGE_BYTES_MAX, Attachment, ContentType, Letter, addresses, is_html
from blocks.google.mailbox import Mailbox
from blocks.providers.google import (
    GmailAnswerCredentials,
    GmailDraftAnswerCredentials,
    GmailModifyCredentials,
    GmailSendCredentials,
)
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, OAuth2, Yield, pin
from blocks.sdk.texts import MediaFile
from schema.credentials import Reference
from schema.errors import ValueTooLarge

_EXAMPLE: Final = OAuth2(
    Reference("00000000-0000-4000-8000-000000000006", "google", "oauth2", "Example"), access_token="example-token"
)
_WITH: Final = {"credentials": _EXAMPLE}
_CREDENTIALS: Final = {"credentials": _EXAMPLE.reference.to_wire()}
_LETTER: Final = {**_CREDENTIALS, "to": ["bob@example.com"], "subject": "Walls", "body": "They stand."}
_PARENT: Final = {
    "id": "m1",
    "threadId": "t1",
    "payload": {
        "mimeType": "text/plain",
        "headers": [
            {"name": "From", "value": "Ann <ann@example.com>"},
            {"name": "Subject", "value": "Walls"},
            {"name": "Date", "value": "Sat, 31 Jan 2026 12:00:00 +0000"},
            {"name": "Message-ID", "value": "<1@example.com>"},
        ],
        "body": {"size": 11, "data": "VGhleSBzdGFuZC4="},
    },
}


def _json(value: Any) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, orjson.dumps(value)


class _Written(BlockInput):
    credentials: GmailSendCredentials = pin(description="Access to Gmail: gmail.send.")
    to: list[str] = pin(description="Whom it is for.")
    subject: str = pin(description="The subject; one line.")
    body: str = pin(description="The text.")
    cc: list[str] = pin(default_factory=list, description="Who gets a copy.")
    bcc: list[str] = pin(default_factory=list, description="Who gets a copy that the others do not see.")
    content_type: ContentType | None = pin(None, description="plain or html; auto, or nothing: html where it has tags.")
    attachments: list[MediaFile] = pin(default_factory=list, description="Files that go with it.")


class GmailSend(Block):
    """Send an e-mail by Gmail.

    Gmail has no way to say that a request is the same one again: where its answer is lost, the node fails and says that it is
    not known whether the e-mail went out, and it is not sent a second time.
    """

    id = "6c27abc2-e51d-499e-a85f-5a0041ba94f0"
    name = "GmailSendBlock"
    categories = ("COMMUNICATION",)

    Input = _Written

    class Output(BlockOutput):
        result: dict[str, Any] = pin(description="The e-mail's id, and a status.")

    examples = (
        Example(
            input=_LETTER,
            output=[("result", {"id": "m2", "status": "sent"})],
            answers=[_json({"id": "m2", "threadId": "t2"})],
            credentials=_WITH,
        ),
        Example(
            title="A second header in the subject",
            input={**_LETTER, "subject": "Walls\r\nBcc: eve@example.com"},
            output=[],
            error="one line",
            answers=[],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        sent = await Mailbox.of(inputs.credentials, context).send(await _written(inputs, context))
        yield "result", {"id": sent.get("id"), "status": "sent"}


class GmailCreateDraft(Block):
    """Keep an e-mail as a draft in Gmail."""

    id = "e1eeead4-46cb-491e-8281-17b6b9c44a55"
    name = "GmailCreateDraftBlock"
    categories = ("COMMUNICATION",)

    class Input(_Written):
        credentials: GmailModifyCredentials = pin(description="Access to Gmail: gmail.modify.")

    class Output(BlockOutput):
        result: dict[str, Any] = pin(description="The draft's id, its message's, and a status.")

    examples = (
        Example(
            input=_LETTER,
            output=[("result", {"id": "d1", "message_id": "m2", "status": "draft_created"})],
            answers=[_json({"id": "d1", "message": {"id": "m2", "threadId": "t2"}})],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        made = await Mailbox.of(inputs.credentials, context).draft(await _written(inputs, context))
        message = inner(made, "message")
        yield "result", {"id": made.get("id"), "message_id": message.get("id"), "status": "draft_created"}


class _Answered(BlockInput):
    credentials: GmailAnswerCredentials = pin(description="Access to Gmail: gmail.send and gmail.readonly.")
    threadId: str = pin(description="The thread.")  # noqa: N815 - the catalogue's name
    parentMessageId: str = pin(description="The e-mail that is answered.")  # noqa: N815 - the catalogue's name
    to: list[str] = pin(default_factory=list, description="Whom it is for; nobody: who wrote the e-mail.")
    cc: list[str] = pin(default_factory=list, description="Who gets a copy.")
    bcc: list[str] = pin(default_factory=list, description="Who gets a copy that the others do not see.")
    replyAll: bool = pin(False, description="Answer all who had the e-mail.")  # noqa: N815 - the catalogue's name
    subject: str = pin("", description="The subject; none: that of the e-mail, with Re.")
    body: str = pin(description="The text.")
    content_type: ContentType | None = pin(None, description="plain or html; auto, or nothing: html where it has tags.")
    attachments: list[MediaFile] = pin(default_factory=list, description="Files that go with it.")


_ANSWER: Final = {**_CREDENTIALS, "threadId": "t1", "parentMessageId": "m1", "body": "So they do."}


class GmailReply(Block):
    """Answer an e-mail in its thread. Of a lost answer of Gmail's the same is true as for sending."""

    id = "12bf5a24-9b90-4f40-9090-4e86e6995e60"
    name = "GmailReplyBlock"
    categories = ("COMMUNICATION",)

    Input = _Answered

    class Output(BlockOutput):
        messageId: str = pin(description="The answer's id.")  # noqa: N815 - the catalogue's name
        threadId: str = pin(description="Its thread.")  # noqa: N815 - the catalogue's name
        message: dict[str, Any] = pin(description="What Gmail says of it.")
        email: dict[str, Any] = pin(description="The e-mail as it was sent.")

    examples = (
        Example(
            input=_ANSWER,
            output=[("messageId", "m2"), ("threadId", "t1")],
            match="subset",
            answers=[_json(_PARENT), _json({"id": "m2", "threadId": "t1", "labelIds": ["SENT"]})],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        mailbox = Mailbox.of(inputs.credentials, context)
        letter = await _answer(inputs, mailbox, context)
        sent = await mailbox.send(letter, inputs.threadId)
        yield "messageId", sent.get("id", "")
        yield "threadId", sent.get("threadId", inputs.threadId)
        yield "message", sent
        yield "email", _as_sent(letter, sent, context)


class GmailDraftReply(Block):
    """Keep an answer to an e-mail as a draft in its thread."""

    id = "d7a9f3e2-8b4c-4d6f-9e1a-3c5b7f8d2a6e"
    name = "GmailDraftReplyBlock"
    categories = ("COMMUNICATION",)

    class Input(_Answered):
        credentials: GmailDraftAnswerCredentials = pin(description="Access to Gmail: gmail.modify and gmail.readonly.")

    class Output(BlockOutput):
        draftId: str = pin(description="The draft's id.")  # noqa: N815 - the catalogue's name
        messageId: str = pin(description="Its message's id.")  # noqa: N815 - the catalogue's name
        threadId: str = pin(description="Its thread.")  # noqa: N815 - the catalogue's name
        status: str = pin(description="That it was made.")

    examples = (
        Example(
            input=_ANSWER,
            output=[("draftId", "d1"), ("messageId", "m2"), ("threadId", "t1"), ("status", "draft_created")],
            answers=[_json(_PARENT), _json({"id": "d1", "message": {"id": "m2", "threadId": "t1"}})],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        mailbox = Mailbox.of(inputs.credentials, context)
        made = await mailbox.draft(await _answer(inputs, mailbox, context), inputs.threadId)
        message = inner(made, "message")
        yield "draftId", made.get("id", "")
        yield "messageId", message.get("id", "")
        yield "threadId", message.get("threadId", inputs.threadId)
        yield "status", "draft_created"


class GmailForward(Block):
    """Pass an e-mail on, with what is attached to it."""

    id = "64d2301c-b3f5-4174-8ac0-111ca1e1a7c0"
    name = "GmailForwardBlock"
    categories = ("COMMUNICATION",)

    class Input(BlockInput):
        credentials: GmailAnswerCredentials = pin(description="Access to Gmail: gmail.send and gmail.readonly.")
        messageId: str = pin(description="The e-mail.")  # noqa: N815 - the catalogue's name
        to: list[str] = pin(description="Whom it is for.")
        cc: list[str] = pin(default_factory=list, description="Who gets a copy.")
        bcc: list[str] = pin(default_factory=list, description="Who gets a copy that the others do not see.")
        subject: str = pin("", description="The subject; none: that of the e-mail, with Fwd.")
        forwardMessage: str = pin("", description="A text above it.")  # noqa: N815 - the catalogue's name
        includeAttachments: bool = pin(True, description="Pass on its files.")  # noqa: N815 - the catalogue's name
        content_type: ContentType | None = pin(None, description="plain or html; auto, or nothing: as the text above.")
        additionalAttachments: list[MediaFile] = pin(  # noqa: N815 - the catalogue's name
            default_factory=list, description="Further files that go with it."
        )

    class Output(BlockOutput):
        messageId: str = pin(description="The id of what was sent.")  # noqa: N815 - the catalogue's name
        threadId: str = pin(description="Its thread.")  # noqa: N815 - the catalogue's name
        status: str = pin(description="That it was sent.")

    examples = (
        Example(
            input={**_CREDENTIALS, "messageId": "m1", "to": ["bob@example.com"], "forwardMessage": "Look."},
            output=[("messageId", "m3"), ("threadId", "t3"), ("status", "forwarded")],
            answers=[_json(_PARENT), _json({"id": "m3", "threadId": "t3"})],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        mailbox = Mailbox.of(inputs.credentials, context)
        message = await mailbox.message(inputs.messageId)
        email = await mailbox.email(message)
        files = await mailbox.files(message) if inputs.includeAttachments else []
        is_page = is_html(inputs.forwardMessage, inputs.content_type)
        letter = Letter(
            to=inputs.to,
            cc=inputs.cc,
            bcc=inputs.bcc,
            subject=inputs.subject or _prefixed("Fwd: ", email["subject"]),
            body=_passed_on(email, inputs.forwardMessage, is_page),
            content_type="html" if is_page else "plain",
            attachments=[*files, *await _files(inputs.additionalAttachments, context)],
        )
        sent = await mailbox.send(letter)
        yield "messageId", sent.get("id", "")
        yield "threadId", sent.get("threadId", "")
        yield "status", "forwarded"


async def _written(inputs: Any, context: Context) -> Letter:
    return Letter(
        to=inputs.to,
        cc=inputs.cc,
        bcc=inputs.bcc,
        subject=inputs.subject,
        body=inputs.body,
        content_type=inputs.content_type,
        attachments=await _files(inputs.attachments, context),
    )


async def _files(values: Sequence[str], context: Context) -> list[Attachment]:
    """Open media values, as many bytes as one e-mail may have."""
    found, left = [], MESSAGE_BYTES_MAX
    for value in values:
        opened = await context.files.open(value, bytes_max=max(left, 1))
        left -= len(opened.content)
        if left < 0:
            raise ValueTooLarge(f"The files have more than the {MESSAGE_BYTES_MAX} bytes that one e-mail may have.")
        found.append(Attachment(opened.name, opened.media_type or opened.declared_type, opened.content))
    return found


async def _answer(inputs: Any, mailbox: Mailbox, context: Context) -> Letter:
    """Give the answer to an e-mail: to whom it goes, and what makes mail programs show it in the thread."""
    parent = inner(await mailbox.message(inputs.parentMessageId, format="metadata"), "payload")
    to, cc = list(inputs.to), list(inputs.cc)
    if not to:
        own = str((await mailbox.profile()).get("emailAddress", "")) if inputs.replyAll else ""
        to, others = _recipients(parent, own)
        cc += others if inputs.replyAll else []
        to = to if inputs.replyAll else to[:1]
    return Letter(
        to=to,
        cc=cc,
        bcc=inputs.bcc,
        subject=inputs.subject or _prefixed("Re: ", header_of(parent, "subject")),
        body=inputs.body,
        content_type=inputs.content_type,
        attachments=await _files(inputs.attachments, context),
        in_reply_to=header_of(parent, "message-id"),
        references=header_of(parent, "references") or header_of(parent, "in-reply-to"),
    )


def _recipients(parent: Mapping[str, Any], own: str) -> tuple[list[str], list[str]]:
    """Give whom an answer to all goes to, who wrote first, and who gets a copy: each once, and not oneself."""
    writers = addresses_of(header_of(parent, "reply-to") or header_of(parent, "from"))
    seen = {own.lower()} - {one.lower() for one in writers}
    lists: list[list[str]] = []
    for listed in ([*writers, *addresses_of(header_of(parent, "to"))], addresses_of(header_of(parent, "cc"))):
        kept = []
        for one in listed:
            if one.lower() not in seen:
                seen.add(one.lower())
                kept.append(one)
        lists.append(kept)
    return lists[0], lists[1]


def _prefixed(prefix: str, subject: str) -> str:
    return subject if subject.lower().startswith(prefix.strip().lower()) else prefix + subject


def _passed_on(email: Mapping[str, Any], above: str, is_page: bool) -> str:
    rows = (
        ("From", email["from_"]),
        ("Date", email["date"]),
        ("Subject", email["subject"]),
        ("To", ", ".join(email["to"])),
    )
    head = "\n".join(["---------- Forwarded message ---------", *(f"{name}: {value}" for name, value in rows)])
    below = f"{head}\n\n{email['body']}"
    if is_page:
        return f"{above}<br><br>{html.escape(below).replace(chr(10), '<br>')}"
    return f"{above}\n\n{below}" if above else below


def _as_sent(letter: Letter, sent: Mapping[str, Any], context: Context) -> dict[str, Any]:
    return {
        "threadId": sent.get("threadId", ""),
        "labelIds": sent.get("labelIds") or [],
        "id": sent.get("id", ""),
        "subject": letter.subject,
        "snippet": "",
        "from_": "me",
        "to": addresses(letter.to, "to"),
        "cc": addresses(letter.cc, "cc"),
        "bcc": addresses(letter.bcc, "bcc"),
        "date": format_datetime(context.now()),
        "body": letter.body,
        "sizeEstimate": 0,
        "attachments": [
            {"filename": one.name, "content_type": one.media_type, "size": len(one.content), "attachment_id": ""}
            for one in letter.attachments
        ],
    }
