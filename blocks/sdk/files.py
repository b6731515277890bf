"""Files as a block sees them: `context.files`; where they are kept is not known here.

A *media value* is the text that stands for a file on a pin: a `data:` URI, a web address, or `workspace://` with a stored file's id
(and perhaps `#` and its type) or with a path of the workspace, which has three slashes. A stored file was scanned before a block
sees it, and so is what is fetched from an address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit

from schema.errors import BlockFailed, InvalidValue, NotFound, RateLimited, Unavailable, ValueTooLarge
from schema.files import STORED, file_reference
from schema.images import pixels_of
from schema.limits import LIMITS
from schema.media import (
    UNKNOWN_TYPE,
    DataUri,
    file_name,
    make_data_uri,
    media_type_of,
    name_with_type,
    parse_data_uri,
)

if TYPE_CHECKING:
    from blocks.sdk.context import Http, HttpResponse

#: Bytes that a file may have which is to be a `data:` URI: in base64 it still is a value.
INLINE_BYTES_MAX: Final = LIMITS.value_bytes_max * 3 // 4 - 1_000
_ADDRESS: Final = re.compile(r"https?://\S+", re.IGNORECASE)
#: What no text that is meant as such begins with.
_PREFIXES: Final = ("data:", STORED, "file://")
_LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)
_FILE_NAME: Final = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", re.IGNORECASE)


@dataclass(frozen=True)
class OpenedFile:
    """A file in memory. `media_type` is told by how it begins, from a closed list; `declared_type` is what was said of it."""

    name: str
    media_type: str
    declared_type: str
    content: bytes = field(repr=False)

    def text(self) -> str:
        """Give its text: UTF-8, with or without its mark. Raises BlockFailed where it is no text."""
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BlockFailed(f"The file {self.name} is not UTF-8 text.") from error


@dataclass(frozen=True)
class FileDescription:
    """What is known of a file without opening it; of one at an address that is its name only."""

    name: str
    media_type: str | None
    size: int | None
    #: Where it stands in the workspace, if it does.
    path: str | None = None
    is_stored: bool = False


@dataclass(frozen=True)
class WorkspaceEntry:
    """A file in a workspace; `value` is the media value that stands for it as it is now."""

    path: str
    value: str
    name: str
    media_type: str
    size: int
    stored_at: datetime


class Files(Protocol):
    """The files of a run: media values, what it stores, and the workspace of its owner."""

    async def open(
        self, value: str, *, bytes_max: int = LIMITS.opened_file_bytes_max, types: Sequence[str] = ()
    ) -> OpenedFile:
        """Take a file into memory. With `types`, such as ("image/", "application/pdf"), its own must begin with one of them.

        Raises BlockFailed for what is no file or of another type, ValueTooLarge, NotFound, FileRefused where the scanner did not
        pass it, EgressRefused, Unavailable.
        """
        ...

    async def describe(self, value: str) -> FileDescription:
        """Say what is known of a file. Raises BlockFailed for what is none, NotFound."""
        ...

    async def store(self, content: bytes, name: str, media_type: str = UNKNOWN_TYPE) -> str:
        """Store bytes as a file of the run; give the media value that stands for it. Raises LimitExceeded, FileRefused."""
        ...

    async def give(self, content: bytes, name: str, media_type: str = UNKNOWN_TYPE) -> str:
        """Give the media value of bytes: a `data:` URI where they are few, else a stored file."""
        ...

    async def keep(self, value: str) -> str:
        """Have whatever a media value stands for stored, if it is not; give the media value of the stored file."""
        ...

    async def entries(self, folder: str = "", limit: int = 100, after: str = "") -> Sequence[WorkspaceEntry]:
        """Give the files of a folder of the workspace, and of those in it, by path; with `after` those behind a path."""
        ...

    async def entry(self, path: str) -> WorkspaceEntry:
        """Give what stands under a path of the workspace. Raises NotFound."""
        ...

    async def write(self, path: str, value: str) -> WorkspaceEntry:
        """Keep a file under a path of the workspace, in place of what stood there."""
        ...

    async def delete(self, path: str) -> None:
        """Have nothing under a path of the workspace."""
        ...


class DirectFiles:
    """The files of a block that is run by itself: nothing is stored, so what a block gives is a `data:` URI."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def open(
        self, value: str, *, bytes_max: int = LIMITS.opened_file_bytes_max, types: Sequence[str] = ()
    ) -> OpenedFile:
        opened = open_data(value, bytes_max) or await self._fetched(value, bytes_max)
        return checked(opened, types)

    async def describe(self, value: str) -> FileDescription:
        known = describe_unstored(value)
        if known is None:
            raise _refusal(value)
        return known

    async def store(self, content: bytes, name: str, media_type: str = UNKNOWN_TYPE) -> str:
        return inline(content, media_type)

    async def give(self, content: bytes, name: str, media_type: str = UNKNOWN_TYPE) -> str:
        return inline(content, media_type)

    async def keep(self, value: str) -> str:
        opened = await self.open(value)
        return inline(opened.content, opened.declared_type)

    async def entries(self, folder: str = "", limit: int = 100, after: str = "") -> Sequence[WorkspaceEntry]:
        raise BlockFailed(_IN_A_GRAPH)

    async def entry(self, path: str) -> WorkspaceEntry:
        raise BlockFailed(_IN_A_GRAPH)

    async def write(self, path: str, value: str) -> WorkspaceEntry:
        raise BlockFailed(_IN_A_GRAPH)

    async def delete(self, path: str) -> None:
        raise BlockFailed(_IN_A_GRAPH)

    async def _fetched(self, value: str, bytes_max: int) -> OpenedFile:
        if not is_address(value):
            raise _refusal(value)
        return await fetch(self._http, value, bytes_max)


_IN_A_GRAPH: Final = "The workspace belongs to the owner of a run, so the block runs in a graph only."


def _refusal(value: str) -> BlockFailed:
    if file_reference(value) is not None:
        return BlockFailed("A stored file belongs to an organisation, so a block that opens it runs in a graph only.")
    return no_file(value)


def no_file(value: str) -> BlockFailed:
    """Give the error for a value that stands for no file."""
    if value.lower().startswith("file:"):
        return BlockFailed("Files of this machine are not opened: give a data: URI, a web address or a stored file.")
    shown = value if len(value) <= 80 else f"{value[:80]}..."
    return BlockFailed(f"{shown!r} is no file: give a data: URI, a web address or a stored file ({STORED}...).")


def is_address(value: str) -> bool:
    """Say whether a value is a web address and nothing else."""
    return _ADDRESS.fullmatch(value) is not None


def is_media_value(value: str) -> bool:
    """Say whether a text stands for a file, where it could also be the text itself."""
    return value.startswith(_PREFIXES) or is_address(value)


async def read_text(source: str, files: Files) -> str:
    """Give the text of a file given as a media value, or the text itself."""
    return (await files.open(source)).text() if is_media_value(source) else source


async def inlined(value: str, files: Files) -> str:
    """Give the file that a media value stands for as a `data:` URI."""
    if value.startswith("data:"):
        return value
    file = await files.open(value, bytes_max=INLINE_BYTES_MAX)
    return inline(file.content, file.declared_type if file.media_type == UNKNOWN_TYPE else file.media_type)


def open_data(value: str, bytes_max: int) -> OpenedFile | None:
    """Give the file that a `data:` URI is; None for what is none. Raises ValueTooLarge, BlockFailed for a broken one."""
    uri = parse_data_uri(value)
    if uri is None:
        if value[:5].lower() == "data:":
            what = "has a type that is none" if "," in value else "has no comma, so it has no content"
            raise BlockFailed(f"The data: URI {what}: write data:TYPE;base64,CONTENT.")
        return None
    # White space and escapes make its text longer than its content.
    content = _content_of(uri) if len(uri.body) <= 4 * bytes_max else None
    if content is None or len(content) > bytes_max:
        raise too_large(bytes_max)
    return OpenedFile(_name_of(uri), media_type_of(content, uri.media_type), uri.media_type, content)


def _content_of(uri: DataUri) -> bytes:
    try:
        return uri.content()
    except InvalidValue as error:
        raise BlockFailed(error.message) from error


def _name_of(uri: DataUri) -> str:
    return file_name(uri.name or name_with_type("file", uri.media_type))


async def fetch(http: Http, address: str, bytes_max: int) -> OpenedFile:
    """Give what stands at an address."""
    answer = await http.request("GET", address, content_bytes_max=bytes_max)
    need_success(answer)
    name, declared = said_of(answer)
    return OpenedFile(name, media_type_of(answer.content, declared), declared, answer.content)


def need_success(answer: HttpResponse) -> None:
    """Raise Unavailable for an answer after which trying again may help, BlockFailed for any other that is no success."""
    if answer.status // 100 == 2:
        return
    host = urlsplit(answer.url).hostname or ""
    if answer.status == 429:
        raise RateLimited(f"{host} answered 429 instead of the file.", status=429)
    if answer.status >= 500:
        raise Unavailable(f"{host} answered {answer.status} instead of the file.", status=answer.status)
    raise BlockFailed(f"{host} answered {answer.status} instead of the file.")


def said_of(answer: HttpResponse) -> tuple[str, str]:
    """Give the name and the type that an answer says its content has."""
    declared = answer.headers.get("content-type", "").partition(";")[0].strip().lower() or UNKNOWN_TYPE
    named = _FILE_NAME.search(answer.headers.get("content-disposition", ""))
    if named is not None:
        return file_name(unquote(named[1])), declared
    last = unquote(urlsplit(answer.url).path.rpartition("/")[2])
    return file_name(last or name_with_type("file", declared)), declared


def describe_unstored(value: str) -> FileDescription | None:
    """Say what is known of a file that is not stored; None for what is no such file."""
    uri = parse_data_uri(value)
    if uri is not None:
        content = _content_of(uri)
        return FileDescription(_name_of(uri), media_type_of(content, uri.media_type), len(content))
    if is_address(value):
        last = unquote(urlsplit(value).path.rpartition("/")[2])
        return FileDescription(file_name(last), None, None)
    return None


def checked(opened: OpenedFile, types: Sequence[str]) -> OpenedFile:
    """Give a file that has one of these types; raise BlockFailed for another one, and for an image that is a bomb."""
    check_pixels(opened.content)
    kind = opened.media_type
    is_text = "text/" in types and _is_text(opened)
    if types and not is_text and not kind.startswith(tuple(types)):
        raise BlockFailed(f"The file {opened.name} is {kind}, as it begins; {' or '.join(types)} is wanted.")
    return opened


def _is_text(opened: OpenedFile) -> bool:
    if opened.media_type not in (UNKNOWN_TYPE, "application/json") and not opened.media_type.startswith("text/"):
        return False
    try:
        return "\x00" not in opened.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False


def check_pixels(content: bytes) -> None:
    """Raise BlockFailed for an image that says it is larger than any that could be shown."""
    pixels = pixels_of(content)
    if pixels is not None and pixels > LIMITS.image_pixels_max:
        raise BlockFailed(
            f"The image says that it has {pixels} pixels; at most {LIMITS.image_pixels_max} are accepted."
        )


def inline(content: bytes, media_type: str) -> str:
    """Give bytes as a `data:` URI; raise ValueTooLarge where that would be no value any more."""
    if len(content) > INLINE_BYTES_MAX:
        raise ValueTooLarge(f"The file has {len(content)} bytes, too many for a data: URI; let it be stored.")
    return make_data_uri(content, media_type)


def too_large(bytes_max: int) -> ValueTooLarge:
    """Give the error for a file that has more than so many bytes."""
    return ValueTooLarge(f"The file has more than {bytes_max} bytes.")


class KeptInMemory(DirectFiles):
    """The files of an example: a workspace in a dictionary, {path: file}. It has no network, and a stored file has no id."""

    def __init__(self, files: Mapping[str, OpenedFile] | None = None) -> None:
        self.files = dict(files or {})

    async def open(
        self, value: str, *, bytes_max: int = LIMITS.opened_file_bytes_max, types: Sequence[str] = ()
    ) -> OpenedFile:
        named = file_reference(value)
        if named is None:
            return await super().open(value, bytes_max=bytes_max, types=types)
        found = self._found(named.path)
        if len(found.content) > bytes_max:
            raise too_large(bytes_max)
        return checked(found, types)

    async def describe(self, value: str) -> FileDescription:
        named = file_reference(value)
        if named is None:
            return await super().describe(value)
        found = self._found(named.path)
        return FileDescription(found.name, found.media_type, len(found.content), named.path, is_stored=True)

    async def entries(self, folder: str = "", limit: int = 100, after: str = "") -> Sequence[WorkspaceEntry]:
        inside = f"{folder.strip('/')}/" if folder.strip("/") else ""
        paths = sorted(path for path in self.files if path.startswith(inside) and path > after)
        return [await self.entry(path) for path in paths[:limit]]

    async def entry(self, path: str) -> WorkspaceEntry:
        found = self._found(path.lstrip("/"))
        value = f"{STORED}/{path.lstrip('/')}"
        size = len(found.content)
        return WorkspaceEntry(path.lstrip("/"), value, found.name, found.media_type, size, _LONG_AGO)

    async def write(self, path: str, value: str) -> WorkspaceEntry:
        self.files[path.lstrip("/")] = await self.open(value)
        return await self.entry(path)

    async def delete(self, path: str) -> None:
        self.files.pop(path.lstrip("/"), None)

    async def _fetched(self, value: str, bytes_max: int) -> OpenedFile:
        raise no_file(value)

    def _found(self, path: str | None) -> OpenedFile:
        if path is None or path not in self.files:
            raise NotFound("There is no such file here.")
        return self.files[path]
