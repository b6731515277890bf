"""E-mails as they are handed to Gmail: RFC 5322 messages, in which no text can become a header; it sends nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, getaddresses
from typing import Final, Literal

import idna
import orjson

from schema.errors import InvalidInput, ValueTooLarge, shorten

ContentType = Literal["auto", "plain", "html"]

#: People of one message; Gmail has 500 a message, and a mistake in a list should not reach them all.
RECIPIENTS_MAX: Final = 100
SUBJECT_CHARS_MAX: Final = 900
BODY_CHARS_MAX: Final = 5_000_000
ATTACHMENTS_MAX: Final = 100
#: Bytes of a whole message; Gmail takes 25 MB of files, which base64 makes larger by a third.
MESSAGE_BYTES_MAX: Final = 35 * 1024 * 1024
#: Bytes of a message that goes as JSON; a larger one goes as an upload.
JSON_BYTES_MAX: Final = 3 * 1024 * 1024
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
#: What may stand before the @ without quotes; RFC 5322, 3.2.3.
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ADDRESS_CHARS_MAX: Final = 254
_MARKUP: Final = re.compile(
    r"<(?:!doctype html|html|body|p|br|div|table|a|b|strong|h[1-6]|ul|ol|img|span)(?=[\s/>])[^<>]*>", re.IGNORECASE
)


@dataclass(frozen=True)
class Attachment:
    """A file of a message."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Letter:
    """What a message is to say, and to whom."""

    to: Sequence[str]
    subject: str
    body: str
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    content_type: ContentType | None = None
    attachments: Sequence[Attachment] = ()
    #: What it answers: the Message-ID of that, and of what that answers.
    in_reply_to: str = ""
    references: str = ""


def message_of(letter: Letter) -> bytes:
    """Give a letter as RFC 5322 has it. Raises InvalidInput for what would be none, or another one; ValueTooLarge."""
    message = EmailMessage(policy=SMTP)
    try:
        _write_headers(message, letter)
        subtype = "html" if is_html(letter.body, letter.content_type) else "plain"
        # In base64 or quoted-printable: a long line stays one line.
        message.set_content(_bounded(letter.body), subtype=subtype, charset="utf-8")
        for one in letter.attachments[: ATTACHMENTS_MAX + 1]:
            _attach(message, one)
        content = message.as_bytes()
    except (MessageError, ValueError) as error:
        raise InvalidInput(f"The e-mail cannot be written: {shorten(str(error), 200)}") from error
    if len(content) > MESSAGE_BYTES_MAX or len(letter.attachments) > ATTACHMENTS_MAX:
        what = f"at most {ATTACHMENTS_MAX} files and {MESSAGE_BYTES_MAX} bytes are sent"
        raise ValueTooLarge(f"The e-mail has {len(letter.attachments)} files and {len(content)} bytes; {what}.")
    return content


def encoded(content: bytes) -> str:
    """Give a message as Gmail's JSON has it."""
    return base64.urlsafe_b64encode(content).decode()


def upload_of(metadata: Mapping[str, object], content: bytes, boundary: str) -> tuple[bytes, str]:
    """Give the body of an upload with its JSON, and its content type; multipart/related, RFC 2387."""
    head = b"--%s\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n%s\r\n" % (
        boundary.encode(),
        orjson.dumps(metadata),
    )
    file = b"--%s\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n--%s--\r\n" % (
        boundary.encode(),
        content,
        boundary.encode(),
    )
    return head + file, f'multipart/related; boundary="{boundary}"'


def addresses(texts: Sequence[str], pin: str) -> list[str]:
    """Give addresses, with their names, from a list in which one may be several with commas; raise InvalidInput."""
    broken = next((text for text in texts if _CONTROL.search(text)), None)
    if broken is not None:
        raise InvalidInput(f"{shorten(broken, 100)!r} is not one line, so it is no address.", pin=pin)
    given = ", ".join(text for text in texts if text.strip())
    if not given:
        return []
    # The reader of addresses joins what it cannot read: `bob@exa mple.com` would be somebody else's.
    return [_address(name, address if address in given else given, pin) for name, address in getaddresses([given])]


def _write_headers(message: EmailMessage, letter: Letter) -> None:
    people = {name: addresses(getattr(letter, name), name) for name in ("to", "cc", "bcc")}
    count = sum(map(len, people.values()))
    if not 1 <= count <= RECIPIENTS_MAX:
        raise InvalidInput(f"Give from 1 to {RECIPIENTS_MAX} addresses, not {count}.", pin="to")
    if _CONTROL.search(letter.subject) or len(letter.subject) > SUBJECT_CHARS_MAX:
        raise InvalidInput(f"The subject must be one line of at most {SUBJECT_CHARS_MAX} characters.", pin="subject")
    for name, listed in people.items():
        if listed:
            message[name.title()] = ", ".join(listed)
    message["Subject"] = letter.subject
    if letter.in_reply_to:
        message["In-Reply-To"] = letter.in_reply_to
        message["References"] = f"{letter.references} {letter.in_reply_to}".strip()


def _address(name: str, address: str, pin: str) -> str:
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        ascii_domain = ""
    if not _LOCAL_PART.fullmatch(local) or not ascii_domain or len(address) > _ADDRESS_CHARS_MAX:
        raise InvalidInput(f"{shorten(address, 100)!r} is no e-mail address.", pin=pin)
    return formataddr((name, f"{local}@{ascii_domain}"))


def is_html(body: str, content_type: ContentType | None) -> bool:
    """Say whether a text goes as HTML: as it is said, or, where nothing is, where it has tags of it."""
    return _MARKUP.search(body) is not None if content_type in (None, "auto") else content_type == "html"


def _bounded(body: str) -> str:
    if len(body) > BODY_CHARS_MAX:
        raise ValueTooLarge(f"The text has {len(body)} characters; at most {BODY_CHARS_MAX} are sent.")
    return body


def _attach(message: EmailMessage, file: Attachment) -> None:
    kind, _, subtype = file.media_type.partition(";")[0].strip().partition("/")
    if not subtype or kind in ("multipart", "message"):
        kind, subtype = "application", "octet-stream"
    name = _CONTROL.sub(" ", file.name).strip() or "file"
    message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=name)
