"""A file's way in: from a request's form into the object store, through the scanner, to a settled file; it opens no route."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
from fastapi.requests import Request

from api.call import Call
from api.config import ApiConfig
from api.media import HEAD_BYTES, file_name, media_type_of
from api.multipart import Form
from api.scanning import scanner_of
from schema.db.files import File, FileStatus, Verdict
from schema.errors import DrystoneError, FileRefused, ScanUnavailable

log = structlog.get_logger()


@dataclass(frozen=True)
class Upload:
    """A settled file, and the fields that came with it."""

    file: File
    fields: dict[str, str]


@dataclass(frozen=True)
class Incoming:
    """A file that is to be kept: its name as it is kept, its type as it is called, its bytes as they come."""

    name: str
    media_type: str
    parts: AsyncIterator[bytes]
    #: Who sends it, or the run that made it.
    owner_id: UUID | None = None
    run_id: UUID | None = None


async def take_upload(call: Call, request: Request) -> Upload:
    """Keep the one file of a form. Where this raises or is cancelled, neither a row nor an object is left.

    A file that the scanner does not pass is kept and marked as such; who may use it is `need_usable`'s matter.
    """
    form = Form(request, call.services.config.upload_bytes_max)
    await form.open()
    incoming = Incoming(file_name(form.name), form.media_type, form.parts(), owner_id=call.principal.person_id)
    return Upload(await keep(call, incoming, form.close), form.fields)


async def keep(call: Call, incoming: Incoming, then: Callable[[], Awaitable[None]] | None = None) -> File:
    """Keep a file and have it scanned; `then` is done when its bytes are received, and may refuse them still."""
    files, tenant = call.stores.files, call.tenant
    await files.sweep(tenant)
    file_id = await files.begin(tenant, incoming.owner_id, incoming.name, incoming.run_id)
    try:
        head = Head(incoming.parts)
        received = await files.receive(tenant, file_id, head.passed())
        if then is not None:
            await then()
        verdict = await _verdict(call, file_id, received.size)
        return await files.settle(tenant, file_id, received, media_type_of(head.bytes, incoming.media_type), verdict)
    except BaseException:
        await asyncio.shield(_forget(call, file_id))
        raise


class Head:
    """Passes a file's bytes on and keeps how it begins."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self.bytes = b""
        self._parts = parts

    async def passed(self) -> AsyncIterator[bytes]:
        async for part in self._parts:
            if len(self.bytes) < HEAD_BYTES:
                self.bytes += part[: HEAD_BYTES - len(self.bytes)]
            yield part


async def _verdict(call: Call, file_id: UUID, size: int) -> Verdict:
    """Have the file read by the scanner, from where it is kept."""
    parts = await call.stores.files.read(call.tenant, file_id, 0, size)
    try:
        return await scanner_of(call.services.config).scan(parts)
    except ScanUnavailable as error:
        log.warning("the scanner of uploads does not answer", reason=error.message[:200], request=call.request_id)
        if not call.services.config.accepts_unscanned:
            raise
        return Verdict(FileStatus.UNSCANNABLE, "The scanner did not answer.")


async def _forget(call: Call, file_id: UUID) -> None:
    try:
        await call.stores.files.discard(call.tenant, file_id)
    except (DrystoneError, OSError) as error:
        # The row is there still, and by it the next sweep finds what is left.
        log.warning("an upload that ended could not be removed yet", error=type(error).__name__, file=str(file_id))


def is_usable(file: File, config: ApiConfig) -> bool:
    """Say whether a file may be downloaded and used."""
    return file.status == FileStatus.CLEAN or (file.status == FileStatus.UNSCANNABLE and config.accepts_unscanned)


def need_usable(file: File, config: ApiConfig) -> None:
    """Raise FileRefused where a file may not be downloaded and used."""
    if is_usable(file, config):
        return
    why = {
        FileStatus.PENDING: "The file is still being uploaded or scanned.",
        FileStatus.INFECTED: f"The scanner found {file.signature} in the file.",
        FileStatus.UNSCANNABLE: f"The file could not be scanned: {file.signature}",
    }[FileStatus(file.status)]
    raise FileRefused(why, file_id=str(file.id), reason=file.status.upper())
