"""Scanning files for malware: the scanners that there are, clamd and none; it keeps no file and decides no access.

A scanner gives a verdict or raises ScanUnavailable. Whatever it says that is not plainly "clean" or "infected" is `unscannable`:
an error, a limit that was met, an answer that we do not know. Without a scanner files are clean, and `scanned_by` says that
nothing looked at them.

clamd's protocol (man 8 clamd) is spoken here and not by aioclamd 1.1: that sends 1 KB at a time, each through a thread (50 MB
took 5.4 s and 2.8 s of this process, here 0.4 s and 0.01 s), reads from blocking files only, and lets the reset of a connection,
which is how clamd ends a stream that is too long, pass as an OSError.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from schema.errors import ScanUnavailable
from schema.files import FileStatus, Scanner, Verdict

CLAMD_PORT: Final = 3310
CONNECT_SECONDS: Final = 5.0
#: clamd gives up a file after MaxScanTime, 120 s by default; sending 100 MB comes before that.
SCAN_SECONDS: Final = 180.0
#: Bytes of one chunk: less than any StreamMaxLength.
CHUNK_BYTES: Final = 64 * 1024
#: Bytes of an answer: clamd's are one short line.
ANSWER_BYTES_MAX: Final = 4_096
#: What clamd calls FOUND and is no malware: it could not look into all of the file.
NOT_LOOKED_INTO: Final = ("Heuristics.Limits.Exceeded", "Heuristics.Encrypted")


class NoScanner:
    """Looks at nothing: for deployments that have no scanner."""

    async def scan(self, parts: AsyncIterator[bytes]) -> Verdict:
        return Verdict(FileStatus.CLEAN)

    async def version(self) -> str | None:
        return None


@dataclass(frozen=True)
class Clamd:
    """ClamAV's daemon, over TCP."""

    host: str
    port: int
    connect_seconds: float = CONNECT_SECONDS
    scan_seconds: float = SCAN_SECONDS

    async def scan(self, parts: AsyncIterator[bytes]) -> Verdict:
        version = await self.version()
        try:
            async with asyncio.timeout(self.scan_seconds), self._connected() as (reader, writer):
                return _verdict(await _converse(reader, writer, parts), version)
        except TimeoutError as error:
            raise ScanUnavailable("The scanner took too long.") from error

    async def version(self) -> str:
        try:
            async with asyncio.timeout(self.connect_seconds), self._connected() as (reader, writer):
                writer.write(b"zVERSION\0")
                answer = _line(await reader.readuntil(b"\0"))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ScanUnavailable from error
        if not answer.startswith("ClamAV"):
            raise ScanUnavailable("What answers at the scanner's address is no clamd.")
        return answer[:200]

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        try:
            async with asyncio.timeout(self.connect_seconds):
                reader, writer = await asyncio.open_connection(self.host, self.port, limit=ANSWER_BYTES_MAX)
        except (OSError, TimeoutError) as error:
            raise ScanUnavailable from error
        try:
            yield reader, writer
        finally:
            writer.close()


def scanner_of(clamd_address: str | None) -> Scanner:
    """Give the scanner that a deployment has, by clamd's address, host:port."""
    if clamd_address is None:
        return NoScanner()
    address = urlsplit(f"//{clamd_address}")
    return Clamd(address.hostname or "127.0.0.1", address.port or CLAMD_PORT)


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, parts: AsyncIterator[bytes]
) -> bytes | None:
    """Send a stream and give what clamd says of it; None where it closed the connection and said nothing.

    clamd may say that the stream is too long while it is still being sent, and reset the connection: so the answer is waited
    for from the beginning.
    """
    answering = asyncio.create_task(reader.readuntil(b"\0"))
    try:
        await _send(writer, parts, answering)
        return await answering
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    finally:
        answering.cancel()


async def _send(writer: asyncio.StreamWriter, parts: AsyncIterator[bytes], answering: asyncio.Task[bytes]) -> None:
    writer.write(b"zINSTREAM\0")
    async for part in parts:
        for start in range(0, len(part), CHUNK_BYTES):
            chunk = part[start : start + CHUNK_BYTES]
            if answering.done():
                return
            try:
                writer.write(struct.pack("!L", len(chunk)) + chunk)
                await writer.drain()
            except OSError:
                return  # It closed its side; what it said before that is the answer.
    writer.write(struct.pack("!L", 0))


def _line(answer: bytes) -> str:
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _verdict(answer: bytes | None, version: str) -> Verdict:
    if answer is None:
        return Verdict(FileStatus.UNSCANNABLE, "The scanner broke off while it read the file.", version)
    line = _line(answer)
    said = line.removeprefix("stream: ")
    if said == "OK":
        return Verdict(FileStatus.CLEAN, None, version)
    if not said.endswith(" FOUND"):
        return Verdict(FileStatus.UNSCANNABLE, said[:300], version)
    signature = said.removesuffix(" FOUND")[:300]
    status = FileStatus.UNSCANNABLE if signature.startswith(NOT_LOOKED_INTO) else FileStatus.INFECTED
    return Verdict(status, signature, version)
