"""A person's mailbox by Gmail's API, v1: reading, sending, labels; https://developers.google.com/workspace/gmail/api/reference/rest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from blocks.google.answers import inner, listed, needed, said
from blocks.google.mail_reading import Part, attached, content_of, email_of, text_of_part, text_part
from blocks.google.mail_writing import (
    JSON_BYTES_MAX,
    MESSAGE_BYTES_MAX,
    Attachment,
    Letter,
    encoded,
    message_of,
    upload_of,
)
from blocks.providers.google import GOOGLE
from blocks.sdk.context import Context
from blocks.sdk.credentials import Credential
from blocks.sdk.rest import Api, CursorPaging
from schema.errors import InvalidInput, ValueTooLarge

#: Messages of one search, and of one thread.
MESSAGES_MAX: Final = 500
_USER: Final = "gmail:/gmail/v1/users/me"
_UPLOAD: Final = "gmail:/upload/gmail/v1/users/me"
#: Labels that Gmail has of itself: their ids are their names.
_OWN_LABELS: Final = frozenset({"INBOX", "SPAM", "TRASH", "UNREAD", "STARRED", "IMPORTANT", "SENT", "DRAFT"})


@dataclass(frozen=True)
class Mailbox:
    """The mailbox of whom the credential is."""

    api: Api

    @classmethod
    def of(cls, credential: Credential, context: Context) -> Mailbox:
        return cls(Api(GOOGLE, credential, context))

    async def search(self, query: str, count: int) -> AsyncIterator[dict[str, Any]]:
        """Give the newest messages that a query finds, whole, one after another."""
        paging = CursorPaging("pageToken", ("nextPageToken",), ("messages",))
        asked = {"q": query or None, "maxResults": min(count, MESSAGES_MAX)}
        pages = self.api.pages(f"{_USER}/messages", None, paging, items_max=count, query=asked)
        async for found in pages:
            yield await self.message(needed(found if isinstance(found, dict) else {}, "id"))

    async def message(self, message_id: str, **query: str) -> dict[str, Any]:
        """Give a message."""
        answer = await self.api.call(
            "GET",
            f"{_USER}/messages/{{message_id}}",
            {"message_id": message_id},
            query={"format": "full", **query},
            content_bytes_max=2 * MESSAGE_BYTES_MAX,
        )
        return said(answer)

    async def thread(self, thread_id: str) -> dict[str, Any]:
        """Give a thread with its messages."""
        answer = await self.api.call(
            "GET",
            f"{_USER}/threads/{{thread_id}}",
            {"thread_id": thread_id},
            query={"format": "full"},
            content_bytes_max=2 * MESSAGE_BYTES_MAX,
        )
        return said(answer)

    async def email(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Give a message as blocks give it, with its text, which is fetched where it is large."""
        part = text_part(inner(message, "payload"))
        if part is None:
            return email_of(message, str(message.get("snippet", "")))
        return email_of(
            message, text_of_part(part, part.data or await self._attachment(str(message.get("id", "")), part))
        )

    async def profile(self) -> dict[str, Any]:
        """Give whose mailbox it is, and how much is in it."""
        return said(await self.api.call("GET", f"{_USER}/profile"))

    async def files(self, message: Mapping[str, Any]) -> list[Attachment]:
        """Give what is attached to a message. Raises ValueTooLarge before it fetches more than may be sent."""
        parts = attached(inner(message, "payload"))
        size = sum(part.size for part in parts)
        if size > MESSAGE_BYTES_MAX:
            raise ValueTooLarge(f"What is attached has {size} bytes; at most {MESSAGE_BYTES_MAX} are sent on.")
        found = []
        for part in parts:
            data = part.data or await self._attachment(str(message.get("id", "")), part)
            found.append(Attachment(part.file_name, part.media_type, content_of(data)))
        return found

    async def _attachment(self, message_id: str, part: Part) -> str:
        answer = await self.api.call(
            "GET",
            f"{_USER}/messages/{{message_id}}/attachments/{{attachment_id}}",
            {"message_id": message_id, "attachment_id": part.attachment_id},
            content_bytes_max=2 * MESSAGE_BYTES_MAX,
        )
        return str(said(answer).get("data", ""))

    async def send(self, letter: Letter, thread_id: str | None = None) -> dict[str, Any]:
        """Send a letter; give {id, threadId, labelIds}."""
        metadata = {} if thread_id is None else {"threadId": thread_id}
        return await self._hand_in("messages/send", metadata, letter, is_draft=False)

    async def draft(self, letter: Letter, thread_id: str | None = None) -> dict[str, Any]:
        """Keep a letter as a draft; give {id, message}."""
        metadata = {} if thread_id is None else {"threadId": thread_id}
        return await self._hand_in("drafts", metadata, letter, is_draft=True)

    async def _hand_in(self, path: str, metadata: dict[str, Any], letter: Letter, *, is_draft: bool) -> dict[str, Any]:
        content = message_of(letter)
        if len(content) <= JSON_BYTES_MAX:
            message = {**metadata, "raw": encoded(content)}
            body = {"message": message} if is_draft else message
            answer = await self.api.call("POST", f"{_USER}/{path}", json=body)
            return said(answer)
        whole, content_type = upload_of(
            {"message": metadata} if is_draft else metadata, content, self.api.context.idempotency_key()
        )
        answer = await self.api.call(
            "POST",
            f"{_UPLOAD}/{path}",
            query={"uploadType": "multipart"},
            content=whole,
            headers={"Content-Type": content_type},
            timeout_seconds=300,
        )
        return said(answer)

    async def labels(self) -> list[dict[str, Any]]:
        """Give the labels of the mailbox, Gmail's own too."""
        answer = await self.api.call("GET", f"{_USER}/labels")
        return listed(said(answer), "labels")

    async def label(self, name: str, *, make: bool) -> str | None:
        """Give the id of a label by its name (or its id); where there is none, make it, or give None."""
        wanted = name.strip()
        if not wanted:
            raise InvalidInput("The label has no name.", pin="label_name")
        if wanted.upper() in _OWN_LABELS:
            return wanted.upper()
        for label in await self.labels():
            if wanted.lower() == str(label.get("name", "")).lower() or wanted == label.get("id"):
                return str(needed(label, "id"))
        if not make:
            return None
        answer = await self.api.call("POST", f"{_USER}/labels", json={"name": wanted})
        return str(needed(said(answer), "id"))

    async def relabel(self, message_id: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Put labels on a message, and take others off; done twice it is the same."""
        await self.api.call(
            "POST",
            f"{_USER}/messages/{{message_id}}/modify",
            {"message_id": message_id},
            json={"addLabelIds": list(add), "removeLabelIds": list(remove)},
            is_repeatable=True,
        )
