"""Stored files: what the scanner may say of one, who may use it then, and how a value names it; it keeps none.

A value that stands for a file is text: a `data:` URI, a web address, or `workspace://` with a stored file's id, to which `#` and
its type may be added. `workspace:///` with a path stands for whatever file its owner keeps under that path.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from schema.media import PATH_PARTS_MAX, file_name

STORED: Final = "workspace://"
_UUID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
#: Characters of a reference: an id, or a path, and a type.
_REFERENCE_CHARS_MAX: Final = 4_000


class FileStatus(StrEnum):
    """Where a file stands with the scanner."""

    PENDING = "pending"
    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNABLE = "unscannable"


@dataclass(frozen=True)
class Verdict:
    """What is known of a file when it is settled."""

    status: FileStatus
    signature: str | None = None
    scanned_by: str | None = None


class Scanner(Protocol):
    """What says whether a file is malware."""

    async def scan(self, parts: AsyncIterator[bytes]) -> Verdict:
        """Give the verdict on a file by its bytes; raise ScanUnavailable where the scanner does not answer."""
        ...

    async def version(self) -> str | None:
        """Give what scans, with the version of its signatures; None: nothing does. Raises ScanUnavailable."""
        ...


def unusable_reason(status: str, signature: str | None, *, accepts_unscanned: bool) -> str | None:
    """Say why a file may not be downloaded and used; None: it may."""
    match FileStatus(status):
        case FileStatus.CLEAN:
            return None
        case FileStatus.PENDING:
            return "The file is still being uploaded or scanned."
        case FileStatus.INFECTED:
            return f"The scanner found {signature} in the file."
        case FileStatus.UNSCANNABLE:
            return None if accepts_unscanned else f"The file could not be scanned: {signature}"


@dataclass(frozen=True)
class FileReference:
    """What a value names: a stored file by its id, or whatever its owner keeps under a path; with neither, nothing."""

    file_id: UUID | None
    path: str | None = None


def file_reference(value: str) -> FileReference | None:
    """Give the stored file that a value names; None where it names none.

    A bare id counts, too: some exported agents have it so. The id may also be as the API shows it, which is how a client has it.
    """
    if _UUID.fullmatch(value):
        return FileReference(UUID(value))
    if len(value) > _REFERENCE_CHARS_MAX or not value.startswith(STORED):
        return None
    named = value.removeprefix(STORED).partition("#")[0]
    file_id = _id_of(named)
    return FileReference(file_id, None if file_id is not None else workspace_path(named))


def _id_of(text: str) -> UUID | None:
    if _UUID.fullmatch(text):
        return UUID(text)
    try:
        shown = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    kind, _, key = shown.partition(":")
    return UUID(key) if kind == "File" and _UUID.fullmatch(key) else None


def workspace_path(given: str) -> str | None:
    """Give a path in a workspace, without the slash at its beginning; None for what leads up or out, or is no path."""
    parts = given.lstrip("/").split("/")
    is_path = len(parts) <= PATH_PARTS_MAX and all(part == file_name(part) for part in parts)
    return "/".join(parts) if is_path else None


def value_of_file(file_id: UUID, media_type: str) -> str:
    """Give the value that stands for a stored file."""
    return f"{STORED}{file_id}#{media_type}"
