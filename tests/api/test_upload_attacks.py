"""S30 to S33 by upload: whatever a file is or is called, it is kept under our id, never shown, and usable only when it is clean."""

from __future__ import annotations

import asyncio
import io
import os
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from tests.api.clamd import EICAR, PROGRAM, clamd
from tests.api.files import code_of, form, get, kept, send, send_and_break_off, upload
from tests.api.serving import Api, Organisation, api_on
from tests.durable.waiting import eventually

needs_clamd = pytest.mark.skipif(PROGRAM is None, reason="clamd is not installed: apt-get install clamav-daemon")
MB = 1_000_000

NAMES = [
    "../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "\\\\server\\share\\a", "C:\\a", "a\x00.txt", "....//....//a",
    "%2e%2e%2fa", "\u202egpj.exe", "a" * 300, ".htaccess", "con", "a;rm -rf .txt", "$(touch canary).txt", "-rf", "<script>.html",
]  # fmt: skip

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


def zipped(data: bytes, name: str = "a") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


def encrypted(archive: bytes) -> bytes:
    """Give a zip that says that its entry is encrypted."""
    content = bytearray(archive)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    return bytes(content)


def png(side: int) -> bytes:
    """Give a small PNG that says it has so many pixels each way."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(MB))) + chunk(b"IEND", b"")


POLYGLOTS = {
    "svg": (SVG, "image/svg+xml"),
    "svg as png": (SVG, "image/png"),
    "html": (b"<!doctype html><script>alert(1)</script>", "text/html"),
    "html as text": (b"<!doctype html><script>alert(1)</script>", "text/plain"),
    "gif and script": (b"GIF89a/*\x00\x00*/=1;alert(1)//", "text/javascript"),
    "png and html": (png(1) + b"<html><script>alert(1)</script>", "text/html"),
    "pdf and html": (b"%PDF-1.7\n<html><script>alert(1)</script>", "application/xhtml+xml"),
    "zip and html": (b"PK\x03\x04<html><script>alert(1)</script>", "text/html"),
    "xml with entities": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "application/xml"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_s30_whatever_a_file_is_called_it_stands_under_an_id_of_ours(
    api: Api, acme: Organisation, name: str
) -> None:
    made = await upload(acme.owner, b"hello", name.replace('"', ""))
    (row,) = await api.platform.sql("SELECT id, location FROM files WHERE tenant_id = :id", id=acme.id)
    assert row.location == f"files/{acme.id}/{row.id}"
    folder = api.platform.settings.data_dir / "objects" / "files" / str(acme.id)
    assert [path.name for path in folder.iterdir()] == [str(row.id)]
    assert not {"/", "\\", "\0"} & set(made["name"])
    assert not (Path.cwd() / "canary").exists()


@pytest.mark.parametrize("what", POLYGLOTS)
async def test_s30_what_a_browser_could_run_is_a_download_of_a_harmless_type(acme: Organisation, what: str) -> None:
    content, declared = POLYGLOTS[what]
    made = await upload(acme.owner, content, "a.html", declared)
    answer = await get(acme.owner, made["id"])
    assert answer.content == content
    assert answer.headers["content-type"].partition(";")[0] in (
        "application/octet-stream", "text/plain", "image/png", "image/gif", "application/pdf", "application/zip",
    )  # fmt: skip
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


@needs_clamd
async def test_s30_malware_is_not_for_use_however_it_is_wrapped(api: Api, acme: Organisation, tmp_path: Path) -> None:
    wrapped = {
        "raw": EICAR,
        "zip": zipped(EICAR),
        "nested": zipped(zipped(zipped(EICAR))),
        "encrypted": encrypted(zipped(EICAR)),
    }
    async with clamd(tmp_path) as address, api_on(api.platform, clamd_address=address) as scanned:
        owner = scanned.client(acme.owner.token)
        for content in wrapped.values():
            assert code_of(await send(owner, form(content, "a.zip", "application/zip"))) == (422, "FILE_REFUSED")
        rows = (await owner("{ files { nodes { id status } } }"))["nodes"]
        assert sorted(row["status"] for row in rows) == ["INFECTED", "INFECTED", "INFECTED", "UNSCANNABLE"]
        for row in rows:
            assert code_of(await get(owner, row["id"])) == (422, "FILE_REFUSED")
        # The control: an archive without malware passes the same scanner.
        assert (await upload(owner, zipped(b"harmless"), "b.zip"))["status"] == "clean"


async def test_s30_a_length_that_is_not_the_files_own_is_refused_or_ignored(api: Api, acme: Organisation) -> None:
    body = form(b"x" * 1_000)
    # Less is declared than is sent: what is over it is no part of the request, and the form has no end.
    await send_and_break_off(acme.owner, body, len(body) // 2)
    # Twice as much is declared as is sent.
    await send_and_break_off(acme.owner, body, len(body) * 2)

    async def both_are_noted() -> bool:
        lines = (await acme.owner("{ auditLog { nodes { outcome } } }"))["nodes"]
        return [line["outcome"] for line in lines].count("REFUSED") == 2

    await eventually(both_are_noted)
    assert await kept(api, acme.id) == (0, 0)


async def test_s31_many_uploads_without_a_key_leave_nothing(api: Api, acme: Organisation) -> None:
    nobody = api.client()
    folder = api.platform.settings.data_dir / "objects"
    before = disk_bytes(folder)
    answers = await asyncio.gather(*(send(nobody, form(b"x" * 100_000)) for _ in range(100)))
    assert {code_of(answer)[0] for answer in answers} <= {401, 429}
    assert disk_bytes(folder) == before


async def test_s31_uploads_that_are_left_unfinished_are_all_removed(api: Api, acme: Organisation) -> None:
    body = form(b"x" * MB)
    await asyncio.gather(*(send_and_break_off(acme.owner, body[:500_000], len(body)) for _ in range(20)))

    async def nothing_is_left() -> bool:
        lines = (await acme.owner("{ auditLog(first: 100) { nodes { outcome } } }"))["nodes"]
        return len(lines) >= 40 and await kept(api, acme.id) == (0, 0)

    await eventually(nothing_is_left)


@pytest.mark.parametrize(
    "make",
    [
        lambda: zipped(bytes(60 * MB)),
        lambda: b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + b"".join(
            b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)) + b"]><a>&a9;</a>",
        lambda: b"%PDF-1.7\n1 0 obj<</Length 99999999/Filter/FlateDecode>>stream\n" + zlib.compress(bytes(50 * MB)),
    ],
    ids=["zip", "xml", "pdf"],
)  # fmt: skip
async def test_s33_a_bomb_is_kept_as_it_is_and_never_unpacked(acme: Organisation, make: object) -> None:
    content = make()  # type: ignore[operator]
    before, started = memory_bytes(), time.monotonic()
    made = await upload(acme.owner, content, "a.bin", "application/octet-stream")
    assert time.monotonic() - started < 2.0
    assert memory_bytes() - before < 50 * MB
    assert made["size"] == len(content)


async def test_s33_an_image_that_says_it_is_huge_is_refused_and_never_decoded(api: Api, acme: Organisation) -> None:
    before, started = memory_bytes(), time.monotonic()
    assert code_of(await send(acme.owner, form(png(65_000), "a.png", "image/png"))) == (422, "FILE_REFUSED")
    assert time.monotonic() - started < 2.0
    assert memory_bytes() - before < 50 * MB
    # The control: the same bytes of an image that says a size that it may have.
    assert (await upload(acme.owner, png(100), "a.png", "image/png"))["media_type"] == "image/png"


def memory_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def disk_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
