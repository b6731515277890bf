"""E-mails as Gmail's API gives them: headers, text and what is attached, read from the parts of a message; it fetches nothing.

A message is a tree of parts, https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages#MessagePart: each
has a type, headers, and a body that is there in base64url or, where it is large, is named by an id.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Any, Final

from blocks.google.answers import inner, listed
from schema.errors import Unavailable

#: Parts of one message that are looked at.
PARTS_MAX: Final = 500
#: Characters of the text that is given of one message; of a longer one it is the beginning.
BODY_CHARS_MAX: Final = 1_000_000
_BLOCK_TAGS: Final = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol"})
_UNSEEN_TAGS: Final = frozenset({"style", "script", "head", "title"})
#: What would make a header of ours another one.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True)
class Part:
    """One part of a message."""

    media_type: str
    file_name: str
    attachment_id: str | None
    size: int
    data: str | None
    charset: str


def parts_of(payload: Mapping[str, Any]) -> list[Part]:
    """Give the parts of a message that hold something, in their order."""
    found: list[Part] = []
    waiting: list[Mapping[str, Any]] = [payload]
    while waiting and len(found) < PARTS_MAX:
        part = waiting.pop(0)
        waiting[:0] = listed(part, "parts")
        body = inner(part, "body")
        if body.get("data") or body.get("attachmentId"):
            found.append(
                Part(
                    str(part.get("mimeType") or "application/octet-stream").lower(),
                    _one_line(part.get("filename")),
                    body.get("attachmentId"),
                    int(body.get("size") or 0),
                    body.get("data"),
                    _charset_of(part),
                )
            )
    return found


def attached(payload: Mapping[str, Any]) -> list[Part]:
    """Give the parts that are files."""
    return [part for part in parts_of(payload) if part.file_name]


def text_part(payload: Mapping[str, Any]) -> Part | None:
    """Give the part that is the message's text: plain text before HTML."""
    texts = [part for part in parts_of(payload) if not part.file_name and part.media_type.startswith("text/")]
    return next((part for part in texts if part.media_type == "text/plain"), texts[0] if texts else None)


def header_of(payload: Mapping[str, Any], name: str) -> str:
    """Give a header by its name, as one line; empty where it is not there."""
    for header in listed(payload, "headers"):
        if str(header.get("name", "")).lower() == name.lower():
            return _one_line(header.get("value"))
    return ""


def addresses_of(text: str) -> list[str]:
    """Give the addresses of a header, without the names."""
    return [address for _, address in getaddresses([text]) if address]


def content_of(data: str) -> bytes:
    """Give the bytes of base64url, with its padding or without."""
    try:
        return base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
    except (binascii.Error, ValueError) as error:
        raise Unavailable("Google gave a part of a message that cannot be read.") from error


def text_of_part(part: Part, data: str) -> str:
    """Give a part's text; of HTML what one sees of it."""
    try:
        text = content_of(data).decode(part.charset, "replace")
    except LookupError:
        text = content_of(data).decode("utf-8", "replace")
    return (text_of_html(text) if part.media_type == "text/html" else text)[:BODY_CHARS_MAX]


def email_of(message: Mapping[str, Any], body: str) -> dict[str, Any]:
    """Give a message as blocks give it."""
    payload = inner(message, "payload")
    return {
        "threadId": message.get("threadId", ""),
        "labelIds": message.get("labelIds") or [],
        "id": message.get("id", ""),
        "subject": header_of(payload, "subject"),
        "snippet": message.get("snippet", ""),
        "from_": header_of(payload, "from"),
        "to": addresses_of(header_of(payload, "to")),
        "cc": addresses_of(header_of(payload, "cc")),
        "bcc": addresses_of(header_of(payload, "bcc")),
        "date": header_of(payload, "date"),
        "body": body,
        "sizeEstimate": message.get("sizeEstimate", 0),
        "attachments": [
            {
                "filename": part.file_name,
                "content_type": part.media_type,
                "size": part.size,
                "attachment_id": part.attachment_id or "",
            }
            for part in attached(payload)
        ],
    }


def text_of_html(source: str) -> str:
    """Give what one sees of HTML, in lines."""
    reader = _Seen()
    reader.feed(source)
    reader.close()
    return "\n".join(_without_empty("".join(reader.pieces).splitlines()))


class _Seen(HTMLParser):
    """Gathers the text of a page that is not hidden."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN_TAGS:
            self._hidden += 1
        elif tag in _BLOCK_TAGS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN_TAGS:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCK_TAGS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)


def _without_empty(lines: list[str]) -> Iterator[str]:
    """Give lines without their margins, and at most one empty line between two."""
    was_empty = True
    for line in (" ".join(line.split()) for line in lines):
        if line or not was_empty:
            yield line
        was_empty = not line


def _charset_of(part: Mapping[str, Any]) -> str:
    _, _, charset = header_of(part, "content-type").lower().partition("charset=")
    return charset.split(";")[0].strip(" \"'") or "utf-8"


def _one_line(value: Any) -> str:
    return _CONTROL.sub(" ", value).strip() if isinstance(value, str) else ""
