"""A file's way in: from bytes as they come into the object store, through the scanner, to a settled file; it opens no socket.

Whoever sends bytes, a request's form or a block, goes this way and no other: what is settled was scanned, and what is used was
settled. The scanner is given by whoever builds this.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

from schema.db.files import File, Files, NewFile
from schema.errors import DrystoneError, FileRefused, ScanUnavailable
from schema.files import FileStatus, Scanner, Verdict, unusable_reason
from schema.images import IMAGE_HEAD_BYTES, pixels_of
from schema.limits import LIMITS
from schema.media import HEAD_BYTES, media_type_of

log = structlog.get_logger()


@dataclass(frozen=True)
class Incoming:
    """A file that is to be kept: what it will be, its type as it is called, its bytes as they come."""

    new: NewFile
    media_type: str
    parts: AsyncIterator[bytes]


@dataclass(frozen=True)
class Keeping:
    """Where files are kept, what scans them, and whether those that could not be scanned are for use."""

    files: Files
    scanner: Scanner
    accepts_unscanned: bool = False

    async def keep(self, tenant: UUID, incoming: Incoming, then: Callable[[], Awaitable[None]] | None = None) -> File:
        """Keep a file and have it scanned; `then` is done when its bytes are received, and may refuse them still.

        Where this raises or is cancelled, neither a row nor an object is left. One that the scanner does not pass is kept and
        marked as such; who may use it is `need_usable`'s matter.
        """
        new = incoming.new
        await self.files.sweep(tenant)
        try:
            known = await self.files.begin(tenant, new)
        except asyncio.CancelledError:
            # The row may be there: a transaction is cancelled before or after it is committed.
            await asyncio.shield(self._forget(tenant, new.id))
            raise
        if known is not None:
            return known
        try:
            head = _Head(incoming.parts)
            received = await self.files.receive(tenant, new.id, head.passed())
            if then is not None:
                await then()
            _check_pixels(head.bytes)
            verdict = await self.verdict_on(await self.files.read(tenant, new.id, 0, received.size))
            media_type = media_type_of(head.bytes[:HEAD_BYTES], incoming.media_type)
            is_usable = self._problem(verdict.status, verdict.signature) is None
            return await self.files.settle(tenant, new, received, media_type, verdict, takes_path=is_usable)
        except BaseException:
            await asyncio.shield(self._forget(tenant, new.id))
            raise

    async def verdict_on(self, parts: AsyncIterator[bytes]) -> Verdict:
        """Have bytes read by the scanner. Raises ScanUnavailable where it is away and nothing is accepted unscanned."""
        try:
            return await self.scanner.scan(parts)
        except ScanUnavailable as error:
            log.warning("the scanner of files does not answer", reason=error.message[:200])
            if not self.accepts_unscanned:
                raise
            return Verdict(FileStatus.UNSCANNABLE, "The scanner did not answer.")

    def is_usable(self, file: File) -> bool:
        """Say whether a file may be downloaded and used."""
        return self._problem(file.status, file.signature) is None

    def need_usable(self, file: File) -> None:
        """Raise FileRefused where a file may not be downloaded and used."""
        why = self._problem(file.status, file.signature)
        if why is not None:
            raise FileRefused(why, file_id=str(file.id), reason=file.status.upper())

    async def check(self, parts: AsyncIterator[bytes]) -> None:
        """Have bytes that are not kept scanned; raise FileRefused where they may not be used."""
        verdict = await self.verdict_on(parts)
        why = self._problem(verdict.status, verdict.signature)
        if why is not None:
            raise FileRefused(why, reason=verdict.status.upper())

    def _problem(self, status: str, signature: str | None) -> str | None:
        return unusable_reason(status, signature, accepts_unscanned=self.accepts_unscanned)

    async def _forget(self, tenant: UUID, file_id: UUID) -> None:
        try:
            await self.files.abandon(tenant, file_id)
        except (DrystoneError, OSError) as error:
            # The row is there still, and by it the next sweep finds what is left.
            log.warning("a file's way in ended and left it", error=type(error).__name__, file=str(file_id))


class _Head:
    """Passes a file's bytes on and keeps how it begins."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self.bytes = b""
        self._parts = parts

    async def passed(self) -> AsyncIterator[bytes]:
        async for part in self._parts:
            if len(self.bytes) < IMAGE_HEAD_BYTES:
                self.bytes += part[: IMAGE_HEAD_BYTES - len(self.bytes)]
            yield part


def _check_pixels(head: bytes) -> None:
    pixels = pixels_of(head)
    if pixels is not None and pixels > LIMITS.image_pixels_max:
        text = f"The image says that it has {pixels} pixels; at most {LIMITS.image_pixels_max} are accepted."
        raise FileRefused(text, reason="TOO_MANY_PIXELS")
