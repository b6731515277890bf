"""Names, media types and `data:` URIs: what is kept of what somebody says of a file; pure, it opens none.

A type is told by how a file begins, never by what was said of it, except among the types of text.
"""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

from schema.errors import InvalidValue

UNKNOWN_TYPE: Final = "application/octet-stream"
NAME_CHARACTERS_MAX: Final = 200
#: Folders in a path.
PATH_PARTS_MAX: Final = 16
#: Bytes from which a type is known.
HEAD_BYTES: Final = 512

#: The types that are told by how a file begins: (bytes, from which place, type). SVG and HTML are not among them.
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"%PDF-", 0, "application/pdf"),
    (b"PK\x03\x04", 0, "application/zip"),
    (b"\x1f\x8b\x08", 0, "application/gzip"),
    (b"ID3", 0, "audio/mpeg"),
    (b"OggS", 0, "audio/ogg"),
    (b"WAVE", 8, "audio/wav"),
    (b"ftyp", 4, "video/mp4"),
    (b"\x1aE\xdf\xa3", 0, "video/webm"),
)
#: The types of text that a client may name for a file that is text.
_TEXTS: Final = frozenset({"text/plain", "text/csv", "text/markdown", "application/json"})
#: Categories of characters that no name has: control, format (such as those that turn the direction), surrogates, private
#: ones, and the ends of lines and paragraphs.
_BANNED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

#: RFC 2397: a type, if there is one, and what follows it, up to the comma.
_DATA_HEAD: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[^;,]*)*),", re.ASCII | re.IGNORECASE)
#: Characters of what stands before a `data:` URI's comma.
_DATA_HEAD_CHARS_MAX: Final = 2_000
#: Escapes, `%` and two digits, of a `data:` URI's content: each takes a quarter of a microsecond, also of whoever else waits.
DATA_ESCAPES_MAX: Final = 1_000_000
_GIVEN_NAMES: Final = ("name", "filename")


def media_type_of(head: bytes, declared: str) -> str:
    """Give a file's type, from a closed list, by how it begins; what is declared counts only among the types of text."""
    for signature, place, media_type in _SIGNATURES:
        if head[place : place + len(signature)] == signature:
            return media_type
    named = declared.partition(";")[0].strip().lower()
    return named if named in _TEXTS and _is_text(head[:HEAD_BYTES]) else UNKNOWN_TYPE


def _is_text(head: bytes) -> bool:
    try:
        # The head may end inside a character.
        text = head.decode("utf-8") if len(head) < HEAD_BYTES else head.decode("utf-8", "ignore")
    except UnicodeDecodeError:
        return False
    return "\0" not in text


def file_name(given: str) -> str:
    """Give what is kept of a file's name: its last part, without characters that no name has."""
    last = re.split(r"[/\\]", given)[-1]
    kept = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in _BANNED)
    kept = kept.strip(" .")
    if len(kept) > NAME_CHARACTERS_MAX:
        stem, dot, suffix = kept.rpartition(".")
        suffix = f".{suffix}" if dot and len(suffix) <= 16 else ""
        kept = (stem if suffix else kept)[: NAME_CHARACTERS_MAX - len(suffix)] + suffix
    return kept or "file"


def relative_path(given: str | None) -> str | None:
    """Give what is kept of a path: parts of names, none of which leads up or out."""
    if not given:
        return None
    parts = [file_name(part) for part in re.split(r"[/\\]", given) if part.strip(" .")]
    return "/".join(parts[:PATH_PARTS_MAX]) or None


def name_with_type(stem: str, media_type: str) -> str:
    """Give a name for a file that has none, with the ending of its type."""
    return f"{stem}{mimetypes.guess_extension(media_type) or ''}"


@dataclass(frozen=True)
class DataUri:
    """What a `data:` URI says of its content, and the content as it stands there."""

    media_type: str
    name: str | None
    is_base64: bool
    body: str

    def content(self) -> bytes:
        """Give the content; raise InvalidValue where its base64 is broken, or too much of it is escaped."""
        if self.body.count("%") > DATA_ESCAPES_MAX:
            raise InvalidValue(f"The data: URI has more than {DATA_ESCAPES_MAX} escapes (%41); give it in base64.")
        if not self.is_base64:
            return unquote_to_bytes(self.body)
        text = unquote(self.body) if "%" in self.body else self.body
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidValue(f"The data: URI is not base64: {error}") from error


def parse_data_uri(text: str) -> DataUri | None:
    """Give what a `data:` URI is; None for what is none. One that gives a file's name has it as `;name=` or `;filename=`."""
    head = _DATA_HEAD.match(text[:_DATA_HEAD_CHARS_MAX])
    if head is None:
        return None
    parameters = [part.strip() for part in head[2].split(";")]
    named = dict(part.partition("=")[::2] for part in parameters)
    name = next((unquote(named[key]) for key in _GIVEN_NAMES if named.get(key)), None)
    media_type = (head[1] or "text/plain").lower()
    is_base64 = any(part.lower() == "base64" for part in parameters)
    return DataUri(media_type, name, is_base64, text[head.end() :])


def make_data_uri(content: bytes, media_type: str) -> str:
    """Give bytes as a `data:` URI."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
