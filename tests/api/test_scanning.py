"""The scanner's interface: clamd itself, and whatever else may answer at its address; nothing unclear is clean."""

from __future__ import annotations

import asyncio
import io
import struct
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from blocks.scanning import CHUNK_BYTES, Clamd, NoScanner, scanner_of
from schema.errors import ScanUnavailable
from schema.files import FileStatus, Verdict
from tests.api.clamd import EICAR, PROGRAM, clamd, scripted, stream_of

needs_clamd = pytest.mark.skipif(PROGRAM is None, reason="clamd is not installed: apt-get install clamav-daemon")


def scanner(address: str, **limits: float) -> Clamd:
    host, _, port = address.partition(":")
    return Clamd(host, int(port), **limits)


async def parts_of(data: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def zipped(data: bytes, name: str = "a") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, data)
    return file.getvalue()


@needs_clamd
async def test_clamd_finds_malware_also_in_archives_and_passes_what_is_clean(tmp_path: Path) -> None:
    async with clamd(tmp_path) as address:
        for data in (EICAR, b"before " + EICAR, zipped(EICAR), zipped(zipped(EICAR))):
            verdict = await scanner(address).scan(parts_of(data, 10))
            assert (verdict.status, verdict.signature) == (FileStatus.INFECTED, "Eicar-Test.UNOFFICIAL")
            assert str(verdict.scanned_by).startswith("ClamAV ")
        for data in (b"", b"a" * 3_000_000, zipped(b"harmless")):
            verdict = await scanner(address).scan(parts_of(data))
            assert (verdict.status, verdict.signature) == (FileStatus.CLEAN, None)


@needs_clamd
async def test_a_file_that_is_longer_than_clamd_takes_is_unscannable(tmp_path: Path) -> None:
    async with clamd(tmp_path, "1M") as address:
        verdict = await scanner(address).scan(parts_of(b"a" * 5_000_000))
        assert verdict.status is FileStatus.UNSCANNABLE
        verdict = await scanner(address).scan(parts_of(b"a" * 1_000_000))
        assert verdict.status is FileStatus.CLEAN


async def test_a_file_reaches_the_scanner_whole_and_in_small_chunks() -> None:
    received: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(4)
        assert struct.unpack("!L", first)[0] <= CHUNK_BYTES
        received.append(await reader.readexactly(struct.unpack("!L", first)[0]) + await stream_of(reader))
        writer.write(b"stream: OK\0")
        await writer.drain()

    data = bytes(range(256)) * 1_000
    async with scripted(script) as address:
        assert (await scanner(address).scan(parts_of(data))).status is FileStatus.CLEAN
    assert received == [data]


@pytest.mark.parametrize(
    ("answer", "status", "signature"),
    [
        (b"stream: OK\0", FileStatus.CLEAN, None),
        (b"stream: Win.Test FOUND\0", FileStatus.INFECTED, "Win.Test"),
        (b"stream: OK FOUND\0", FileStatus.INFECTED, "OK"),
        (b"INSTREAM size limit exceeded. ERROR\0", FileStatus.UNSCANNABLE, "INSTREAM size limit exceeded. ERROR"),
        (b"stream: Heuristics.Encrypted.Zip FOUND\0", FileStatus.UNSCANNABLE, "Heuristics.Encrypted.Zip"),
        (b"stream: Heuristics.Limits.Exceeded.MaxFiles FOUND\0", FileStatus.UNSCANNABLE, None),
        (b"stream: Can't allocate memory ERROR\0", FileStatus.UNSCANNABLE, "Can't allocate memory ERROR"),
        (b"\0", FileStatus.UNSCANNABLE, ""),
        (b"HTTP/1.1 200 OK\0", FileStatus.UNSCANNABLE, "HTTP/1.1 200 OK"),
        (b"stream: NOT OK\0", FileStatus.UNSCANNABLE, "NOT OK"),
        (b"stream: OK", FileStatus.UNSCANNABLE, None),  # Cut off before its end.
        (b"", FileStatus.UNSCANNABLE, None),
        (b"x" * 100_000, FileStatus.UNSCANNABLE, None),
    ],
)
async def test_only_a_plain_ok_is_clean(answer: bytes, status: FileStatus, signature: str | None) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stream_of(reader)
        writer.write(answer)
        await writer.drain()

    async with scripted(script) as address:
        verdict = await scanner(address).scan(parts_of(b"data"))
    assert verdict.status is status
    if signature is not None:
        assert verdict.signature == signature


async def test_an_answer_in_the_middle_of_a_stream_counts_though_the_connection_is_reset() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        writer.write(b"INSTREAM size limit exceeded. ERROR\0")
        await writer.drain()
        # What the client sent and we did not read makes the kernel answer with a reset.

    async with scripted(script) as address:
        verdict = await scanner(address).scan(parts_of(b"a" * 20_000_000))
    assert verdict.status is FileStatus.UNSCANNABLE


async def test_a_scanner_that_is_away_or_hangs_or_is_none_is_unavailable() -> None:
    with pytest.raises(ScanUnavailable):
        await scanner("127.0.0.1:1").scan(parts_of(b"data"))

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stream_of(reader)
        await reader.read()

    async with scripted(hang) as address:
        with pytest.raises(ScanUnavailable):
            await scanner(address, scan_seconds=0.2).scan(parts_of(b"data"))

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com\0")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(other, "127.0.0.1", 0) as server:
        with pytest.raises(ScanUnavailable, match="no clamd"):
            await scanner(f"127.0.0.1:{server.sockets[0].getsockname()[1]}").scan(parts_of(b"data"))


async def test_without_a_scanner_files_are_clean_and_nobody_says_to_have_looked() -> None:
    found = scanner_of(None)
    assert isinstance(found, NoScanner)
    assert await found.scan(parts_of(EICAR)) == Verdict(FileStatus.CLEAN, None, None)
    assert scanner_of("clamd.internal:3311") == Clamd("clamd.internal", 3311)
    assert scanner_of("clamd") == Clamd("clamd", 3310)
