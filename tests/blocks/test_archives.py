"""Archives: what is sent comes out as it was put in, and none of S30's and S33's archives does harm."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Iterable
from typing import Any

import pytest

from blocks.sdk.archives import DEPTH_MAX, ENTRIES_MAX, UNPACKED_BYTES_MAX, Entry, is_archive, read_archive
from schema.errors import FileRefused

MIB = 1024 * 1024


def zipped(*entries: tuple[str, bytes], attributes: int = 0, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info.external_attr = attributes << 16
            archive.writestr(info, content)
    return file.getvalue()


def tarred(*entries: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


FILES = [("a.txt", b"first"), ("folder/b.bin", bytes(range(256)) * 300), ("ü/ſ.txt", b"")]


@pytest.mark.parametrize(
    "content",
    [
        zipped(*FILES),
        zipped(*FILES, method=zipfile.ZIP_STORED),
        tarred(*FILES),
        gzip.compress(tarred(*FILES)),
        bz2.compress(tarred(*FILES)),
        lzma.compress(tarred(*FILES)),
    ],
    ids=["zip", "stored", "tar", "tar.gz", "tar.bz2", "tar.xz"],
)
def test_what_was_put_in_comes_out(content: bytes) -> None:
    assert is_archive(content)
    assert read_archive(content) == [Entry(name, data) for name, data in FILES]


def test_folders_are_no_files_and_an_empty_archive_is_one() -> None:
    assert read_archive(zipped(("folder/", b""), ("folder/a", b"x"))) == [Entry("folder/a", b"x")]
    assert read_archive(zipped()) == []


def test_archives_in_archives_are_read_when_asked_for_and_are_files_else() -> None:
    inner = zipped(("a", b"x"))
    outer = zipped(("inner.zip", inner), ("b", b"y"))
    assert read_archive(outer) == [Entry("inner.zip", inner), Entry("b", b"y")]
    assert read_archive(outer, is_nested_read=True) == [Entry("inner.zip/a", b"x"), Entry("b", b"y")]


NAMES = [
    "../evil", "a/../../evil", "/etc/passwd", "//server/share", "C:\\Windows\\win.ini", "C:evil", "a\\..\\evil", "..", "a/..",
    "nul", "CON.txt", "folder/COM1", "lpt9.log", "a\x01b", "\u202egpj.exe", "x" * 300, "a//b", "a/./b", "~root/..", "file:stream",
]  # fmt: skip


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("name", NAMES)
def test_s30_a_name_that_leads_out_refuses_the_archive(make: Any, name: str) -> None:
    with pytest.raises(FileRefused):
        read_archive(make((name, b"x"), ("good", b"y")))


def test_s30_control_the_standard_library_gives_such_names_as_they_are() -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(("../evil", b"x")))) as archive:
        assert archive.namelist() == ["../evil"]


@pytest.mark.parametrize("kind", [0o120000, 0o020000, 0o060000, 0o010000, 0o140000])
def test_s30_a_link_or_device_in_a_zip_is_refused(kind: int) -> None:
    with pytest.raises(FileRefused, match="link or a device"):
        read_archive(zipped(("a", b"/etc/passwd"), attributes=kind | 0o777))
    assert read_archive(zipped(("a", b"x"), attributes=0o100644)) == [Entry("a", b"x")]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_s30_a_link_or_device_in_a_tar_is_refused(kind: bytes) -> None:
    with pytest.raises(FileRefused, match="link, a device"):
        read_archive(tarred(("a", b""), kind=kind, link="/etc/passwd"))


def test_s30_two_names_that_are_one_are_refused() -> None:
    for pair in (("a", "A"), ("ſ", "s"), ("a", "a")):
        with pytest.raises(FileRefused, match="twice"):
            read_archive(tarred(*((name, b"x") for name in pair)))


def test_s30_an_encrypted_entry_is_refused() -> None:
    content = bytearray(zipped(("a", b"x")))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    with pytest.raises(FileRefused, match="encrypted"):
        read_archive(bytes(content))


def _lying(content: bytes, size: int) -> bytes:
    """Give a zip whose first entry is declared to have another size."""
    changed = bytearray(content)
    struct.pack_into("<I", changed, changed.index(b"PK\x03\x04") + 22, size)
    struct.pack_into("<I", changed, changed.index(b"PK\x01\x02") + 24, size)
    return bytes(changed)


def _nest(content: bytes, times: int) -> bytes:
    for number in range(times):
        content = zipped((f"{number}.zip", content))
    return content


def _many(count: int) -> Iterable[tuple[str, bytes]]:
    return ((str(number), b"") for number in range(count))


ZEROS = bytes(80 * MIB)
BOMBS = {
    "ratio": lambda: zipped(("a", bytes(20 * MIB))),
    "total": lambda: zipped(*((str(number), bytes(20 * MIB)) for number in range(6)), method=zipfile.ZIP_STORED),
    "size lie, less": lambda: _lying(zipped(("a", bytes(20 * MIB))), 10),
    "size lie, twice": lambda: _lying(zipped(("a", b"x" * 1000)), 2_000),
    "size lie, much": lambda: _lying(zipped(("a", b"x")), 0xFFFFFFF0),
    "many": lambda: zipped(*_many(ENTRIES_MAX + 1)),
    "many in a tar": lambda: gzip.compress(tarred(*_many(ENTRIES_MAX + 1))),
    "gzip": lambda: gzip.compress(tarred(("a", ZEROS))),
    "bzip2": lambda: bz2.compress(tarred(("a", ZEROS))),
    "xz": lambda: lzma.compress(tarred(("a", ZEROS)), preset=0),
    "depth": lambda: _nest(b"PK\x05\x06" + bytes(18), DEPTH_MAX + 1),
    "an endless directory": lambda: b"PK\x03\x04" + b"PK\x01\x02" * 500_000 + b"PK\x05\x06" + b"\xff" * 18,
    "cut": lambda: zipped(*FILES)[:-30],
    "cut tar": lambda: gzip.compress(tarred(*FILES))[:-30],
    "no archive": lambda: b"hello",
    "gzip of no tar": lambda: gzip.compress(b"hello" * 1_000),
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("name", BOMBS)
def test_s33_a_bomb_is_refused_in_time_and_memory(name: str) -> None:
    content = BOMBS[name]()
    tracemalloc.start()
    started = time.monotonic()
    try:
        with pytest.raises(FileRefused):
            read_archive(content, is_nested_read=True)
        seconds, peak = time.monotonic() - started, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    print(f"{seconds:.2f} s, {peak / MIB:.1f} MB {name}")
    assert seconds < 2.0 + 1.0
    if name != "total":  # It is 120 MB itself, and takes the 100 MB that an archive may.
        assert peak < 50 * MIB


def hidden_directory(entries: int, *, is_zip64: bool) -> bytes:
    """A zip whose end says one entry; what the standard library goes by has many more."""
    row = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    head, size = b"PK\x03\x04" + b"\0" * 26, entries * len(row)
    if not is_zip64:
        # A second end, inside of the first one, where a search from behind finds it.
        return (
            head
            + row * entries
            + struct.pack("<4s4HL4sH", b"PK\x05\x06", 0, 0, entries, entries, size, b"PK\x05\x06", 0)
        )
    place = len(head) + size
    real = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, len(head))
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, place, 1)
    return head + row * entries + real + locator + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 47, len(head), 0)


@pytest.mark.parametrize("is_zip64", [True, False])
def test_s33_a_directory_that_the_archives_end_does_not_tell_of_is_refused_before_it_is_read(is_zip64: bool) -> None:
    content = hidden_directory(60_000, is_zip64=is_zip64)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(archive.infolist()) == 60_000, "control: the standard library reads all of it"
    tracemalloc.start()
    with pytest.raises(FileRefused, match="ZIP64" if is_zip64 else "more than 1000 entries"):
        read_archive(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MIB


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
@pytest.mark.parametrize("is_first", [True, False])
def test_s33_a_header_of_a_tar_that_is_longer_than_any_name_is_refused(kind: bytes, is_first: bool) -> None:
    record = b"".join(b"13 %05x=abc\n" % number for number in range(10_000))
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = kind, len(record)
    long = header.tobuf(tarfile.USTAR_FORMAT) + record + b"\0" * (-len(record) % 512)
    rest = tarred(("a", b"x"))
    assert read_archive(rest) == [Entry("a", b"x")]
    with pytest.raises(FileRefused, match="header of more than"):
        read_archive(long + rest if is_first else rest[:1024] + long + rest)


def test_a_tar_of_large_files_has_short_headers() -> None:
    files = [(f"{number}-{'x' * 120}", bytes([number]) * 200_000) for number in range(5)]
    assert read_archive(tarred(*files)) == [Entry(*one) for one in files]


def test_s33_control_the_standard_library_unpacks_the_bomb() -> None:
    with zipfile.ZipFile(io.BytesIO(BOMBS["ratio"]())) as archive:
        assert len(archive.read("a")) == 20 * MIB


def test_an_archive_of_exactly_its_limits_is_fine() -> None:
    assert len(read_archive(zipped(*_many(ENTRIES_MAX)))) == ENTRIES_MAX
    whole = zipped(("a", bytes(UNPACKED_BYTES_MAX)), method=zipfile.ZIP_STORED)
    assert len(read_archive(whole)[0].content) == UNPACKED_BYTES_MAX
    deep = _nest(zipped(("a", b"x")), DEPTH_MAX - 1)
    assert [entry.content for entry in read_archive(deep, is_nested_read=True)] == [b"x"]


def test_an_archive_that_takes_too_long_is_refused() -> None:
    ticks = iter(range(1_000))
    with pytest.raises(FileRefused, match="longer than 10 seconds"):
        read_archive(zipped(*_many(50)), clock=lambda: float(next(ticks)))
