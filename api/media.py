"""Names and media types of files: what is kept of what a client says, and how a download is announced; pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

UNKNOWN_TYPE: Final = "application/octet-stream"
NAME_CHARACTERS_MAX: Final = 200
#: Folders in an artifact's relative path.
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


def media_type_of(head: bytes, declared: str) -> str:
    """Give a file's type, from a closed list, by how it begins; a client's word counts only among the types of text."""
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
    """Give what is kept of an artifact's path: parts of names, none of which leads up or out."""
    if not given:
        return None
    parts = [file_name(part) for part in re.split(r"[/\\]", given) if part.strip(" .")]
    return "/".join(parts[:PATH_PARTS_MAX]) or None


def content_disposition(name: str) -> str:
    """Give the header by which a browser keeps a file and never shows it; RFC 6266, with the name of RFC 8187 beside."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
