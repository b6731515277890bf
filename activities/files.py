"""The files of one attempt at a node: what its block opens, stores and keeps in its owner's workspace; it scans none itself.

A block is on the blocks' thread, the database is on the worker's loop: each verb crosses once. What an address gives and what is
copied goes into the object store piece by piece and never stands in memory as a whole.

A stored file's id is made of the run, the execution, the step, how often an operator had it run again, and of what is stored: the
bytes, or the address or the file that they come from. So an attempt that is repeated finds what an earlier one stored, also half;
what it stores for the first time is new; and what stands once stands.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

from activities.crossing import Crossing, WorldAway
from activities.scrubbing import Scrubber
from activities.steering import round_of
from activities.tools import Tools
from blocks.sdk.context import HttpResponse, Take
from blocks.sdk.files import (
    FileDescription,
    OpenedFile,
    WorkspaceEntry,
    checked,
    describe_unstored,
    fetch,
    inline,
    is_address,
    need_success,
    no_file,
    open_data,
    said_of,
    too_large,
)
from schema.db.files import File, NewFile
from schema.db.keeping import Incoming
from schema.db.workspaces import Workspaces
from schema.errors import BlockFailed, LimitExceeded, NotFound, ObjectStoreAway, Unavailable, shorten
from schema.files import FileReference, FileStatus, file_reference, value_of_file, workspace_path
from schema.ids import stored_file_id
from schema.limits import LIMITS
from schema.media import UNKNOWN_TYPE, file_name
from workflows.engine.events import Item

T = TypeVar("T")

_PART_BYTES: Final = 1024 * 1024
#: Pieces of a download that wait for the object store.
_PIECES_WAITING_MAX: Final = 16
_NO_FILE: Final = "There is no such file here."


@dataclass
class RunFiles:
    """The Files of a run's blocks."""

    tools: Tools
    tenant: UUID
    run_id: UUID
    item: Item
    #: What a block stores is searched for its secrets, as all that it gives.
    scrubber: Scrubber
    crossing: Crossing = field(default_factory=Crossing)
    opened_bytes: int = 0

    async def open(
        self, value: str, *, bytes_max: int = LIMITS.opened_file_bytes_max, types: Sequence[str] = ()
    ) -> OpenedFile:
        opened = open_data(value, bytes_max)
        if opened is None and is_address(value):
            opened = await fetch(self.tools.http, value, min(bytes_max, LIMITS.file_bytes_max))
            await self._cross(self.tools.keeping.check(_parts(opened.content)))
        if opened is None:
            opened = await self._cross(self._open_stored(value, bytes_max))
        self._count(len(opened.content))
        return checked(opened, types)

    async def describe(self, value: str) -> FileDescription:
        known = describe_unstored(value)
        if known is not None:
            return known
        file = await self._cross(self._stored(value))
        return FileDescription(file.name, file.media_type, file.size, file.path, is_stored=True)

    async def store(self, content: bytes, name: str, media_type: str = UNKNOWN_TYPE) -> str:
        return _value(await self._cross(self._store(content, name, media_type, None)))

    async def give(self, content: bytes, name: str, media_type: str = UNKNOWN_TYPE) -> str:
        if len(content) <= LIMITS.inline_file_bytes_max:
            return inline(content, media_type)
        return await self.store(content, name, media_type)

    async def keep(self, value: str) -> str:
        return _value(await self._cross(self._keep(value, None)))

    async def entries(self, folder: str = "", limit: int = 100, after: str = "") -> Sequence[WorkspaceEntry]:
        inside = _path(folder) if folder.strip("/") else ""
        found = await self._cross(self._entries(inside.rstrip("/"), limit, after))
        return [_entry(file) for file in found]

    async def entry(self, path: str) -> WorkspaceEntry:
        return _entry(await self._cross(self._at(_path(path))))

    async def write(self, path: str, value: str) -> WorkspaceEntry:
        return _entry(await self._cross(self._keep(value, _path(path))))

    async def delete(self, path: str) -> None:
        await self._cross(self._delete(_path(path)))

    async def _cross(self, work: Coroutine[Any, Any, T]) -> T:
        """Do what needs the database or the object store where they are; raise WorldAway where one of them is away."""
        try:
            return await self.crossing.call(work)
        except ObjectStoreAway as error:
            raise WorldAway(error.message) from error

    # On the worker's loop

    async def _open_stored(self, value: str, bytes_max: int) -> OpenedFile:
        file = await self._stored(value)
        if file.size > bytes_max:
            raise too_large(bytes_max)
        parts = [part async for part in await self.tools.keeping.files.read(self.tenant, file.id, 0, file.size)]
        return OpenedFile(file.name, file.media_type, file.media_type, b"".join(parts))

    async def _stored(self, value: str) -> File:
        """Give the stored file that a value names, which may be used. One of another organisation's is not there."""
        named = file_reference(value)
        if named is None:
            raise no_file(value)
        file = await self._named(named)
        self.tools.keeping.need_usable(file)
        return file

    async def _named(self, named: FileReference) -> File:
        if named.path is not None:
            return await self._at(named.path)
        if named.file_id is None:
            raise NotFound(_NO_FILE)
        found = await self.tools.keeping.files.by_id(self.tenant, [named.file_id])
        if named.file_id not in found:
            raise NotFound(_NO_FILE)
        return found[named.file_id]

    async def _at(self, path: str) -> File:
        file = await self._workspaces.find(self.tenant, await self._owner(), path)
        if file is None:
            raise NotFound(_NO_FILE)
        return file

    async def _entries(self, folder: str, limit: int, after: str) -> list[File]:
        return await self._workspaces.entries(self.tenant, await self._owner(), folder, limit, after)

    async def _delete(self, path: str) -> None:
        file = await self._workspaces.find(self.tenant, await self._owner(), path)
        if file is not None:
            await self.tools.keeping.files.delete(self.tenant, file.id)

    @property
    def _workspaces(self) -> Workspaces:
        return Workspaces(self.tools.engine)

    async def _owner(self) -> UUID | None:
        return (await self.tools.runs.get(self.tenant, self.run_id)).created_by

    async def _keep(self, value: str, path: str | None) -> File:
        """Store whatever a value stands for; a stored file without a new path is what it is."""
        data = open_data(value, LIMITS.file_bytes_max)
        if data is not None:
            self._count(len(data.content))
            return await self._store(data.content, data.name, data.declared_type, path)
        if is_address(value):
            return await self._download(value, path)
        file = await self._stored(value)
        if path is None or file.path == path:
            return file
        parts = await self.tools.keeping.files.read(self.tenant, file.id, 0, file.size)
        return await self._taken_in(f"copy of {file.id}", file.name, file.media_type, parts, path)

    async def _store(self, content: bytes, name: str, media_type: str, path: str | None) -> File:
        content = self.scrubber.raw(content)
        if len(content) > LIMITS.file_bytes_max:
            raise too_large(LIMITS.file_bytes_max)
        name, digest = file_name(name), hashlib.sha256(content).hexdigest()
        return await self._taken_in(f"{name}/{digest}", name, media_type, _parts(content), path)

    async def _download(self, address: str, path: str | None) -> File:
        """Store what an address gives, as it comes."""
        what = f"download of {hashlib.sha256(address.encode()).hexdigest()}"
        known = await self._known(what, path)
        if known is not None:
            return known
        bytes_max = await self.tools.keeping.files.bytes_left(self.tenant, self.run_id)
        if bytes_max == 0:
            raise LimitExceeded("The run has no room for another file.", reason="RUN_STORAGE_FULL")
        download = Download(lambda take: self.tools.http.download(address, take, content_bytes_max=bytes_max))
        try:
            name, declared = said_of(await download.begin())
            return await self._taken_in(what, name, declared, download.pieces(), path)
        finally:
            await download.end()

    async def _known(self, what: str, path: str | None) -> File | None:
        """Give what an earlier attempt stored, where it is whole."""
        file_id = self._id(what, path)
        file = (await self.tools.keeping.files.by_id(self.tenant, [file_id])).get(file_id)
        if file is None or file.status == FileStatus.PENDING:
            return None
        self.tools.keeping.need_usable(file)
        return file

    async def _taken_in(
        self, what: str, name: str, media_type: str, parts: AsyncIterator[bytes], path: str | None
    ) -> File:
        name = name if path is None else path.rpartition("/")[2]
        new = NewFile(name, await self._owner(), self.run_id, path, self._id(what, path))
        try:
            file = await self.tools.keeping.keep(self.tenant, Incoming(new, media_type, parts))
        except NotFound as error:
            raise Unavailable("The file was removed while it was stored.") from error
        self.tools.keeping.need_usable(file)
        return file

    def _id(self, what: str, path: str | None) -> UUID:
        made_of = f"{round_of(self.item.orders)}/{path or ''}/{what}"
        return stored_file_id(self.run_id, self.item.execution, self.item.step, made_of)

    def _count(self, count: int) -> None:
        self.opened_bytes += count
        if self.opened_bytes > LIMITS.attempt_opened_bytes_max:
            raise LimitExceeded(f"The node has opened more than {LIMITS.attempt_opened_bytes_max} bytes of files.")


class Download:
    """What an address gives, as an iterator of its pieces: the network's side is a task of its own, a few pieces ahead."""

    def __init__(self, get: Callable[[Take], Coroutine[Any, Any, HttpResponse]]) -> None:
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(_PIECES_WAITING_MAX)
        self._answer: HttpResponse | None = None
        self._getting = asyncio.ensure_future(get(self._take))
        self._first: bytes | None = None

    async def begin(self) -> HttpResponse:
        """Wait for the answer's first piece; give the answer. Raises as `GuardedHttp.download`, and for one that is no success."""
        self._first = await self._next()
        return self._answer or await self._getting

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the pieces as they come."""
        piece = self._first
        while piece is not None:
            yield piece
            piece = await self._next()

    async def end(self) -> None:
        """Let go of the connection, however far it is."""
        self._getting.cancel()
        await asyncio.wait([self._getting])

    async def _take(self, answer: HttpResponse, piece: bytes) -> None:
        self._answer = answer
        await self._waiting.put(piece)

    async def _next(self) -> bytes | None:
        """Give the next piece; None behind the last one."""
        waiting = asyncio.ensure_future(self._waiting.get())
        try:
            await asyncio.wait([waiting, self._getting], return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
        finally:
            waiting.cancel()  # Also where nobody waits for it any more.
        need_success(await self._getting)
        return None


async def _parts(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _PART_BYTES):
        yield content[start : start + _PART_BYTES]


def _path(given: str) -> str:
    path = workspace_path(given)
    if path is None:
        raise BlockFailed(
            f"{shorten(given, 200)!r} is no path: give names with / between them, none of which is . or .."
        )
    return path


def _value(file: File) -> str:
    return value_of_file(file.id, file.media_type)


def _entry(file: File) -> WorkspaceEntry:
    return WorkspaceEntry(file.path or "", _value(file), file.name, file.media_type, file.size, file.created_at)


def files_of(tools: Tools, tenant: UUID, run_id: UUID, item: Item, scrubber: Scrubber) -> RunFiles:
    """Give what a context has of files."""
    return RunFiles(tools, tenant, run_id, item, scrubber)
