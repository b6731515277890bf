"""Files that mean harm: bombs, malware, types that are lies, addresses that lead in; each is refused, and leaves nothing."""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import struct
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from activities.files import RunFiles
from blocks.library.archives import ExtractArchive
from blocks.library.files import FileRead
from blocks.scanning import scanner_of
from deploy.stack import ports
from schema.errors import BlockFailed, DrystoneError, FileRefused, Unavailable, ValueTooLarge
from schema.files import FileStatus, Verdict
from tests.api.clamd import EICAR, PROGRAM, clamd
from tests.durable.filing import files_of, reaching, scanned_by, stored
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.platform import Platform
from tests.egress.servers import Seen, redirect, reply, serve

needs_clamd = pytest.mark.skipif(PROGRAM is None, reason="clamd is not installed: apt-get install clamav-daemon")
PNG = b"\x89PNG\r\n\x1a\n"
NOBODYS = "workspace://01a00000-0000-7000-8000-000000000000#text/plain"


@pytest_asyncio.fixture(loop_scope="session")
async def files(platform: Platform) -> RunFiles:
    """The files of a run that is nobody's, and another one each time."""
    return files_of(platform, uuid4())


def zipped(*entries: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


async def test_an_archive_at_an_address_is_stored_file_by_file(platform: Platform) -> None:
    graph = make_graph(
        {
            "in": an_input("url"),
            "extract": ExtractArchive,
            "read": FileRead,
            "out": an_output(),
            "error": an_output("error"),
        },
        [
            "in.result -> extract.archive",
            "extract.file -> read.file_input",
            "read.content -> out.value",
            "extract.error -> error.value",
        ],
    )
    good = zipped(("walls/a.txt", b"a"), ("walls/b.txt", b"b"))
    bombs = [
        zipped(("bomb", bytes(90_000_000))),
        zipped(*((f"{n}", b"") for n in range(1_001))),
        zipped(("a.txt", b"a"), ("../../etc/passwd", b"root")),
    ]
    async with serve(reply(200, good)) as server:
        with reaching(platform, server):
            record = await platform.run(graph, {"url": server.url})
    assert sorted(record["outputs"]["out"]) == ["a", "b"]
    assert [row.name for row in await stored(platform, UUID(record["id"]))] == ["a.txt", "b.txt"]
    for bomb in bombs:
        async with serve(reply(200, bomb)) as server:
            with reaching(platform, server):
                before = reset_highest_memory()
                record = await platform.run(graph, {"url": server.url})
                assert highest_memory_bytes() - before < 50_000_000
        refused = record["node_executions"][1]
        took = datetime.fromisoformat(refused["ended_at"]) - datetime.fromisoformat(refused["started_at"])
        assert (refused["error"]["code"], took.total_seconds() < 2) == ("FILE_REFUSED", True)
        assert await stored(platform, UUID(record["id"])) == []


# What it is


@pytest.mark.parametrize(
    ("content", "declared", "media_type"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml", None),
        (b"<html><script>alert(1)</script>", "text/html", None),
        (b"GIF89a\x10\x00\x10\x00<script>alert(1)</script>", "text/html", "image/gif"),
        (b"%PDF-1.7 <script>", "image/png", "application/pdf"),
        (PNG, "text/plain", "image/png"),
        (b"a,b", "text/csv", "text/csv"),
    ],
)
async def test_a_type_is_told_by_how_a_file_begins(
    platform: Platform, files: RunFiles, content: bytes, declared: str, media_type: str | None
) -> None:
    media_type = media_type or "application/octet-stream"
    async with serve(reply(200, content, {"Content-Type": declared})) as server:
        with reaching(platform, server):
            assert (await files.open(server.url)).media_type == media_type
            assert (await files.keep(server.url)).endswith(f"#{media_type}")
            if media_type.startswith("image/"):
                assert (await files.open(server.url, types=("image/",))).content == content
            else:
                with pytest.raises(BlockFailed, match="as it begins; image/ is wanted"):
                    await files.open(server.url, types=("image/",))


def png(width: int, height: int) -> bytes:
    return PNG + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(100)


def jpeg(width: int, height: int) -> bytes:
    preview = b"\xff\xe1" + struct.pack(">H", 30_000) + bytes(29_998)
    return b"\xff\xd8" + preview + b"\xff\xc0" + struct.pack(">HBHH", 17, 8, height, width) + bytes(100)


@pytest.mark.parametrize("bomb", [png(65_000, 65_000), jpeg(65_000, 65_000), b"GIF89a" + b"\xff" * 4 + bytes(10)])
async def test_an_image_bomb_is_refused_however_it_comes(platform: Platform, files: RunFiles, bomb: bytes) -> None:
    uri = f"data:image/png;base64,{base64.b64encode(bomb).decode()}"
    async with serve(reply(200, bomb)) as server:
        with reaching(platform, server):
            for use in (files.keep(server.url), files.open(server.url), files.keep(uri), files.open(uri)):
                async with asyncio.timeout(2):
                    with pytest.raises((BlockFailed, FileRefused), match="pixels"):
                        await use
    assert await stored(platform, files.run_id) == []


async def test_images_of_a_usual_size_are_no_bombs(files: RunFiles) -> None:
    for image in (png(8_000, 8_000), jpeg(8_000, 8_000), b"GIF89a\x10\x00\x10\x00"):
        value = await files.store(image, "a")
        assert (await files.open(value, types=("image/",))).content == image


# Addresses


async def test_an_address_is_followed_and_judged_as_any_other(platform: Platform, files: RunFiles) -> None:
    async with serve(reply(200, b"there")) as server, serve(redirect(302, server.url)) as first:
        with reaching(platform, first, server):
            assert (await files.open(await files.keep(first.url))).content == b"there"
        with reaching(platform, first):
            for use in (files.keep(f"{first.url}?2"), files.open(first.url), files.keep("http://169.254.169.254/")):
                with pytest.raises(DrystoneError) as refused:
                    await use
                assert refused.value.code == "EGRESS_REFUSED"
        assert server.connects == 1


@pytest.mark.parametrize(("status", "code"), [(404, "BLOCK_FAILED"), (503, "UNAVAILABLE"), (429, "RATE_LIMITED")])
async def test_an_answer_that_is_no_success_is_no_file(
    platform: Platform, files: RunFiles, status: int, code: str
) -> None:
    async with serve(reply(status, b"oops")) as server:
        with reaching(platform, server):
            for use in (files.keep(server.url), files.open(server.url)):
                with pytest.raises(DrystoneError, match=f"answered {status}") as refused:
                    await use
                assert refused.value.code == code
    assert await stored(platform, files.run_id) == []


async def test_a_bomb_in_an_encoding_is_not_unpacked(platform: Platform, files: RunFiles) -> None:
    bomb = gzip.compress(bytes(100_000_000), 1)
    async with serve(reply(200, bomb, {"Content-Encoding": "gzip"})) as server:
        with reaching(platform, server):
            before = reset_highest_memory()
            for use in (files.keep(server.url), files.open(server.url)):
                async with asyncio.timeout(2):
                    with pytest.raises((Unavailable, ValueTooLarge)):
                        await use
            assert highest_memory_bytes() - before < 50_000_000
    assert await stored(platform, files.run_id) == []


async def test_a_hundred_megabytes_are_stored_copied_and_scanned_without_being_in_memory(
    platform: Platform, files: RunFiles
) -> None:
    piece, count = bytes(1_000_000), 100

    async def answer(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(count):
            writer.write(piece)
            await writer.drain()

    async with serve(answer) as server:
        with reaching(platform, server):
            before = reset_highest_memory()
            value = await files.keep(server.url)
            entry = await files.write(f"large {files.run_id}.bin", value)
            assert entry.size == 100_000_000
            assert highest_memory_bytes() - before < 60_000_000
    with pytest.raises(ValueTooLarge):
        await files.open(value)
    await files.delete(entry.path)


def reset_highest_memory() -> int:
    """Forget how much memory this process had at most (man 5 proc, clear_refs); give what it has now."""
    Path("/proc/self/clear_refs").write_text("5")
    return highest_memory_bytes()


def highest_memory_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


# The scanner


class Finds:
    """A scanner that gives one verdict on all, or does not answer."""

    def __init__(self, verdict: Verdict | None) -> None:
        self.verdict = verdict

    async def scan(self, parts: AsyncIterator[bytes]) -> Verdict:
        async for _ in parts:
            pass
        if self.verdict is None:
            raise DrystoneError("not asked for")
        return self.verdict

    async def version(self) -> str | None:
        return "Finds"


@needs_clamd
async def test_malware_is_kept_apart_whichever_way_it_comes(
    platform: Platform, files: RunFiles, tmp_path: Path
) -> None:
    path = f"evil {files.run_id}.txt"
    async with clamd(tmp_path) as address, serve(reply(200, EICAR)) as server:
        with reaching(platform, server), scanned_by(platform, scanner_of(address)):
            uri = f"data:text/plain;base64,{base64.b64encode(EICAR).decode()}"
            await files.write(path, "data:,good")
            uses = (files.keep(server.url), files.open(server.url), files.store(EICAR, "a"), files.write(path, uri))
            for use in uses:
                with pytest.raises(FileRefused, match="found Eicar-Test"):
                    await use
            # The controls: what is clean goes every way, and nothing took its path from it.
            assert (await files.open((await files.entry(path)).value)).content == b"good"
            assert (await files.open(await files.store(b"good", "b"))).content == b"good"
    rows = await stored(platform, files.run_id)
    assert sorted(row.status for row in rows) == ["clean", "clean", "infected", "infected", "infected"]
    for row in rows:
        if row.status == "infected":
            with pytest.raises(FileRefused, match="found Eicar-Test"):
                await files.open(f"workspace://{row.id}")


async def test_without_an_answer_of_the_scanner_nothing_is_kept_unless_the_operator_accepts_that(
    platform: Platform, files: RunFiles
) -> None:
    away = scanner_of(f"127.0.0.1:{ports.choose()}")
    async with serve(reply(200, b"content")) as server:
        with reaching(platform, server):
            with scanned_by(platform, away):
                for use in (files.keep(server.url), files.open(server.url), files.store(b"a", "a")):
                    with pytest.raises(Unavailable) as refused:
                        await use
                    assert refused.value.code == "SCAN_UNAVAILABLE"
                assert await stored(platform, files.run_id) == []
            with scanned_by(platform, away, accepts_unscanned=True):
                value = await files.keep(server.url)
                assert (await files.open(value)).content == b"content"
    # Once the operator wants scanned files only, it is not for use.
    with pytest.raises(FileRefused, match="could not be scanned"):
        await files.open(value)


async def test_what_could_not_be_scanned_is_not_for_use(platform: Platform, files: RunFiles) -> None:
    unclear = Finds(Verdict(FileStatus.UNSCANNABLE, "Heuristics.Encrypted.Zip", "Finds"))
    with scanned_by(platform, unclear), pytest.raises(FileRefused, match=r"Heuristics\.Encrypted\.Zip"):
        await files.store(b"PK\x03\x04", "a.zip")
