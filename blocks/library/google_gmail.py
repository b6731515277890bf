"""Blocks that read a mailbox of Gmail and sort it by labels; they send nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import orjson

from blocks.google.answers import listed
from blocks.google.mailbox import MESSAGES_MAX, Mailbox
from blocks.providers.google import GmailLabelsCredentials, GmailModifyCredentials, GmailReadCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, OAuth2, Yield, pin
from schema.credentials import Reference
from schema.errors import InvalidInput

_EXAMPLE: Final = OAuth2(
    Reference("00000000-0000-4000-8000-000000000006", "google", "oauth2", "Example"), access_token="example-token"
)
_WITH: Final = {"credentials": _EXAMPLE}
_CREDENTIALS: Final = {"credentials": _EXAMPLE.reference.to_wire()}
_MESSAGE: Final = {
    "id": "m1",
    "threadId": "t1",
    "labelIds": ["INBOX"],
    "snippet": "They stand.",
    "sizeEstimate": 500,
    "payload": {
        "mimeType": "text/plain",
        "headers": [
            {"name": "From", "value": "Ann <ann@example.com>"},
            {"name": "To", "value": "bob@example.com"},
            {"name": "Subject", "value": "Walls"},
            {"name": "Date", "value": "Sat, 31 Jan 2026 12:00:00 +0000"},
        ],
        "body": {"size": 11, "data": "VGhleSBzdGFuZC4="},
    },
}
_EMAIL: Final = {
    "threadId": "t1",
    "labelIds": ["INBOX"],
    "id": "m1",
    "subject": "Walls",
    "snippet": "They stand.",
    "from_": "Ann <ann@example.com>",
    "to": ["bob@example.com"],
    "cc": [],
    "bcc": [],
    "date": "Sat, 31 Jan 2026 12:00:00 +0000",
    "body": "They stand.",
    "sizeEstimate": 500,
    "attachments": [],
}


def _json(value: Any) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, orjson.dumps(value)


class GmailRead(Block):
    """Read the newest e-mails that a search finds, each by itself and all together. The search is as in Gmail's own field."""

    id = "25310c70-b89b-43ba-b25c-4dfa7e2a481c"
    name = "GmailReadBlock"
    categories = ("COMMUNICATION",)

    class Input(BlockInput):
        credentials: GmailReadCredentials = pin(description="Access to Gmail: gmail.readonly.")
        query: str = pin("is:unread", description="The search.")
        max_results: int = pin(10, description=f"E-mails at most; up to {MESSAGES_MAX}.")

    class Output(BlockOutput):
        email: dict[str, Any] = pin(
            description="An e-mail: id, threadId, subject, from_, to, cc, date, body, attachments ..."
        )
        emails: list[dict[str, Any]] = pin(description="All of them.")

    examples = (
        Example(
            input={**_CREDENTIALS, "query": "from:ann", "max_results": 1},
            output=[("email", _EMAIL), ("emails", [_EMAIL])],
            answers=[_json({"messages": [{"id": "m1", "threadId": "t1"}]}), _json(_MESSAGE)],
            credentials=_WITH,
        ),
        Example(
            title="Nothing is found",
            input=_CREDENTIALS,
            output=[("emails", [])],
            answers=[_json({"resultSizeEstimate": 0})],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not 1 <= inputs.max_results <= MESSAGES_MAX:
            raise InvalidInput(f"Ask for 1 to {MESSAGES_MAX} e-mails.", pin="max_results")
        mailbox = Mailbox.of(inputs.credentials, context)
        emails = []
        async for message in mailbox.search(inputs.query, inputs.max_results):
            emails.append(await mailbox.email(message))
            yield "email", emails[-1]
        yield "emails", emails


class GmailGetThread(Block):
    """Read a thread with all its e-mails."""

    id = "21a79166-9df7-4b5f-9f36-96f639d86112"
    name = "GmailGetThreadBlock"
    categories = ("COMMUNICATION",)

    class Input(BlockInput):
        credentials: GmailReadCredentials = pin(description="Access to Gmail: gmail.readonly.")
        threadId: str = pin(description="The thread.")  # noqa: N815 - the catalogue's name

    class Output(BlockOutput):
        thread: dict[str, Any] = pin(description="The thread: its id, and its messages as e-mails.")

    examples = (
        Example(
            input={**_CREDENTIALS, "threadId": "t1"},
            output=[("thread", {"id": "t1", "messages": [_EMAIL], "historyId": "7"})],
            answers=[_json({"id": "t1", "historyId": "7", "messages": [_MESSAGE]})],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        mailbox = Mailbox.of(inputs.credentials, context)
        found = await mailbox.thread(inputs.threadId)
        emails = [await mailbox.email(message) for message in listed(found, "messages")[:MESSAGES_MAX]]
        yield "thread", {"id": found.get("id"), "messages": emails, "historyId": found.get("historyId")}


class GmailGetProfile(Block):
    """Say whose mailbox it is, and how much is in it."""

    id = "04b0d996-0908-4a4b-89dd-b9697ff253d3"
    name = "GmailGetProfileBlock"
    categories = ("COMMUNICATION",)

    class Input(BlockInput):
        credentials: GmailReadCredentials = pin(description="Access to Gmail: gmail.readonly.")

    class Output(BlockOutput):
        profile: dict[str, Any] = pin(description="emailAddress, messagesTotal, threadsTotal, historyId.")

    examples = (
        Example(
            input=_CREDENTIALS,
            output=[("profile", {"emailAddress": "bob@example.com", "messagesTotal": 3})],
            answers=[_json({"emailAddress": "bob@example.com", "messagesTotal": 3})],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "profile", await Mailbox.of(inputs.credentials, context).profile()


class GmailListLabels(Block):
    """List the labels of the mailbox."""

    id = "3e1c2c1c-c689-4520-b956-1f3bf4e02bb7"
    name = "GmailListLabelsBlock"
    categories = ("COMMUNICATION",)

    class Input(BlockInput):
        credentials: GmailLabelsCredentials = pin(description="Access to Gmail: gmail.labels.")

    class Output(BlockOutput):
        result: list[dict[str, Any]] = pin(description="The labels: the id and name of each.")

    examples = (
        Example(
            input=_CREDENTIALS,
            output=[("result", [{"id": "Label_1", "name": "Stones"}])],
            answers=[_json({"labels": [{"id": "Label_1", "name": "Stones", "type": "user"}]})],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        found = await Mailbox.of(inputs.credentials, context).labels()
        yield "result", [{"id": label.get("id"), "name": label.get("name")} for label in found]


class _LabelInput(BlockInput):
    credentials: GmailModifyCredentials = pin(description="Access to Gmail: gmail.modify.")
    message_id: str = pin(description="The e-mail.")
    label_name: str = pin(description="The label's name.")


class _LabelOutput(BlockOutput):
    result: dict[str, Any] = pin(description="What became of it: the label's id and a status.")


class GmailAddLabel(Block):
    """Put a label on an e-mail. A label that is not there is made."""

    id = "f884b2fb-04f4-4265-9658-14f433926ac9"
    name = "GmailAddLabelBlock"
    categories = ("COMMUNICATION",)

    Input = _LabelInput
    Output = _LabelOutput

    examples = (
        Example(
            input={**_CREDENTIALS, "message_id": "m1", "label_name": "Stones"},
            output=[("result", {"label_id": "Label_1", "status": "Label added successfully"})],
            answers=[_json({"labels": []}), _json({"id": "Label_1", "name": "Stones"}), _json({"id": "m1"})],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        mailbox = Mailbox.of(inputs.credentials, context)
        label = await mailbox.label(inputs.label_name, make=True)
        await mailbox.relabel(inputs.message_id, add=[label] if label else [])
        yield "result", {"label_id": label, "status": "Label added successfully"}


class GmailRemoveLabel(Block):
    """Take a label off an e-mail. Where there is no such label, that is said."""

    id = "0afc0526-aba1-4b2b-888e-a22b7c3f359d"
    name = "GmailRemoveLabelBlock"
    categories = ("COMMUNICATION",)

    Input = _LabelInput
    Output = _LabelOutput

    examples = (
        Example(
            input={**_CREDENTIALS, "message_id": "m1", "label_name": "unread"},
            output=[("result", {"label_id": "UNREAD", "status": "Label removed successfully"})],
            answers=[_json({"id": "m1"})],
            credentials=_WITH,
        ),
        Example(
            title="There is no such label",
            input={**_CREDENTIALS, "message_id": "m1", "label_name": "Stones"},
            output=[("result", {"label_id": "", "status": "Label not found"})],
            answers=[_json({"labels": []})],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        mailbox = Mailbox.of(inputs.credentials, context)
        label = await mailbox.label(inputs.label_name, make=False)
        if label is None:
            yield "result", {"label_id": "", "status": "Label not found"}
            return
        await mailbox.relabel(inputs.message_id, remove=[label])
        yield "result", {"label_id": label, "status": "Label removed successfully"}
