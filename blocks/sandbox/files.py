"""Files that go into a sandbox and come out of it, as values that travel; it opens none of this machine."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from blocks.sandbox.command import WORK_FOLDER
from blocks.sandbox.reports import clean
from schema.errors import BlockFailed, ValueTooLarge, shorten
from schema.limits import LIMITS

_NAME_CHARS_MAX: Final = 200


def read_files(given: Mapping[str, str]) -> dict[str, str]:
    """Give name -> content in base64 of files given as text or data: URIs; raise BlockFailed for a name or URI that is none."""
    if len(given) > LIMITS.code_files_max:
        raise BlockFailed(f"{len(given)} files are given; at most {LIMITS.code_files_max} go in at a time.")
    files = {_checked(name): _content(name, text) for name, text in given.items()}
    size = sum(map(len, files.values()))
    if size > LIMITS.code_files_bytes_max:
        raise ValueTooLarge(f"The files have {size} bytes; at most {LIMITS.code_files_bytes_max} go in at a time.")
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


def _checked(name: str) -> str:
    """Give a path that stays in the folder that the code works in."""
    path = PurePosixPath(name)
    is_good = 0 < len(name) <= _NAME_CHARS_MAX and "\x00" not in name and not path.is_absolute()
    if not is_good or ".." in path.parts or str(path) == ".":
        raise BlockFailed(f"{shorten(name, 100)!r} is no name for a file: write `name.txt` or `folder/name.txt`.")
    return str(path)


def _content(name: str, text: str) -> bytes:
    if not text.startswith("data:"):
        return text.encode("utf-8", "replace")
    head, comma, body = text[len("data:") :].partition(",")
    try:
        if not comma:
            raise ValueError("it has no comma")
        return base64.b64decode(body, validate=True) if head.endswith(";base64") else unquote_to_bytes(body)
    except (binascii.Error, ValueError) as error:
        raise BlockFailed(f"The file {shorten(name, 100)!r} is no data: URI: {error}.") from error


def show_files(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Give files as a block emits them: text as it is, anything else as a data: URI."""
    return [
        {
            "path": f"{WORK_FOLDER}/{name}",
            "relative_path": name,
            "name": PurePosixPath(name).name,
            "content": _shown(name, content),
            "workspace_ref": None,
        }
        for name, content in files.items()
    ]


def _shown(name: str, content: bytes) -> str:
    if b"\x00" not in content:
        try:
            return clean(content.decode("utf-8"))
        except UnicodeDecodeError:
            pass  # It is no text.
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
