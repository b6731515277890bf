"""Archives: what is in a zip or tar file that somebody sent, within limits; it writes no file and trusts no size that is declared.

Everything is read in memory and measured while it is read: how many entries, how many bytes in all, how many times more than came
in, how deep archives stand in archives, how long it takes. An entry whose name leads out (absolute, `..`, a drive, a device), a
link, a device or one that is encrypted refuses the whole archive: whoever made it meant harm, or its meaning is lost without them.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import tarfile
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Final

from schema.errors import FileRefused, shorten

#: Entries of an archive, those of archives in it included.
ENTRIES_MAX: Final = 1_000
#: Bytes of all entries together, unpacked.
UNPACKED_BYTES_MAX: Final = 100 * 1024 * 1024
#: How many times larger than the archive its contents may be; up to the free bytes it does not matter.
RATIO_MAX: Final = 100
RATIO_FREE_BYTES: Final = 1024 * 1024
#: Archives in archives: the first is 1.
DEPTH_MAX: Final = 3
#: Seconds of the whole.
READ_SECONDS_MAX: Final = 10.0
NAME_CHARS_MAX: Final = 255
#: Bytes of a zip's directory for each entry that it may have: the standard library reads all of it before it can be stopped.
_DIRECTORY_BYTES_MAX: Final = ENTRIES_MAX * 2_048
#: Bytes that a tar has in front of an entry: its header, and what extends that, which the standard library reads all of, too.
_HEADER_BYTES_MAX: Final = 64 * 1024
#: A zip's end: its bytes, and how far from the archive's end the standard library looks for it.
_END_BYTES: Final = 22
_END_WITHIN_BYTES: Final = _END_BYTES + 65_536

_PIECE_BYTES: Final = 64 * 1024
_BROKEN: Final = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError,
    RuntimeError, KeyError, OverflowError, MemoryError,
)  # fmt: skip
#: Names that Windows gives to devices, whatever their extension.
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A file of an archive: its path, with `/` between its parts, and its bytes."""

    path: str
    content: bytes


@dataclass
class _Room:
    """What is left of the limits, shared by an archive and those in it."""

    packed_bytes: int
    clock: Callable[[], float]
    deadline: float
    unpacked: int = 0
    entries: int = 0
    seen: set[str] = field(default_factory=set)

    def enter(self, path: str) -> None:
        self.entries += 1
        if self.entries > ENTRIES_MAX:
            raise FileRefused(f"The archive has more than {ENTRIES_MAX} entries.")
        self.look()
        # Two files that are one on a disk that knows no case: what is checked would not be what is used.
        key = unicodedata.normalize("NFKC", path).casefold()
        if key in self.seen:
            raise FileRefused(f"The archive has {shorten(path, 100)!r} twice.")
        self.seen.add(key)

    def take(self, size: int) -> None:
        self.unpacked += size
        if self.unpacked > UNPACKED_BYTES_MAX:
            raise FileRefused(f"The archive unpacks to more than {UNPACKED_BYTES_MAX} bytes.")
        if self.unpacked > max(RATIO_FREE_BYTES, self.packed_bytes * RATIO_MAX):
            raise FileRefused(f"The archive unpacks to more than {RATIO_MAX} times its size.")
        self.look()

    def look(self) -> None:
        if self.clock() > self.deadline:
            raise FileRefused(f"The archive takes longer than {READ_SECONDS_MAX:g} seconds to unpack.")


def is_archive(content: bytes) -> bool:
    """Say whether bytes are an archive that can be read here."""
    return _kind_of(content) is not None


def read_archive(
    content: bytes, *, is_nested_read: bool = False, clock: Callable[[], float] = time.monotonic
) -> list[Entry]:
    """Give the files of a zip or tar (plain, gzip, bzip2, xz) archive; raise FileRefused for what is none or breaks a limit.

    With `is_nested_read` archives in it are read, too, and their files stand below their path.
    """
    room = _Room(len(content), clock, clock() + READ_SECONDS_MAX)
    return list(_read(content, "", room, 1, is_nested_read))


def _read(content: bytes, below: str, room: _Room, depth: int, is_nested_read: bool) -> Iterator[Entry]:
    kind = _kind_of(content)
    if kind is None:
        raise FileRefused("The file is no zip or tar archive.")
    if depth > DEPTH_MAX:
        raise FileRefused(f"The archive has archives in archives, more than {DEPTH_MAX} deep.")
    reader = _read_zip if kind == "zip" else _read_tar
    try:
        for entry in reader(content, below, room):
            if is_nested_read and _kind_of(entry.content) is not None:
                yield from _read(entry.content, f"{entry.path}/", room, depth + 1, True)
            else:
                yield entry
    except _BROKEN as error:
        raise FileRefused(f"The archive cannot be read: {shorten(str(error) or type(error).__name__, 200)}") from error


def _kind_of(content: bytes) -> str | None:
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if content[257:262] == b"ustar" or content.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")):
        return "tar"
    return None


def _read_zip(content: bytes, below: str, room: _Room) -> Iterator[Entry]:
    _check_directory(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            path = below + _checked(info.orig_filename)
            room.enter(path)
            kind = info.external_attr >> 16 & 0o170000
            if kind not in (0, 0o100000, 0o040000):
                raise FileRefused(f"The archive has {shorten(path, 100)!r}, which is a link or a device.")
            if info.flag_bits & 0x1:
                raise FileRefused(f"The archive's {shorten(path, 100)!r} is encrypted.")
            if info.is_dir():
                continue
            with archive.open(info) as file:
                found = _content_of(file, room)
            if len(found) != info.file_size:
                raise FileRefused(f"The archive says another size of {shorten(path, 100)!r} than it has.")
            yield Entry(path, found)


def _check_directory(content: bytes) -> None:
    """Refuse a zip with a directory that is too large, before it is read. PKWARE's APPNOTE, 4.3.16."""
    end = _end_of(content)
    # Whoever reads it believes the end of ZIP64 rather than this one, and nothing of this size needs it.
    if content[max(0, end - 20) : max(0, end)].startswith(b"PK\x06\x07"):
        raise FileRefused("The archive is a ZIP64, which only larger ones need; pack it again without that.")
    size = int.from_bytes(content[end + 12 : end + 16], "little") if end >= 0 else 0
    count = int.from_bytes(content[end + 10 : end + 12], "little") if end >= 0 else 0
    if count > ENTRIES_MAX or size > _DIRECTORY_BYTES_MAX:
        raise FileRefused(
            f"The archive has more than {ENTRIES_MAX} entries, or a directory that is too large for them."
        )


def _end_of(content: bytes) -> int:
    """Give where a zip's end begins, found as the standard library finds it; -1 for nowhere."""
    last = content[-_END_BYTES:]
    if last.startswith(b"PK\x05\x06") and last.endswith(b"\0\0"):
        return len(content) - _END_BYTES
    return content.rfind(b"PK\x05\x06", max(0, len(content) - _END_WITHIN_BYTES))


def _read_tar(content: bytes, below: str, room: _Room) -> Iterator[Entry]:
    stream = _Measured(_opened(content), room)
    # The stream mode reads on and never back: so what is skipped is measured, too.
    with tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as archive:  # type: ignore[call-overload]
        while (info := stream.header(archive.next)) is not None:
            archive.members = []  # It would keep them all.
            path = below + _checked(info.name)
            room.enter(path)
            if info.isdir():
                continue
            if not info.isreg() or info.issparse():
                raise FileRefused(
                    f"The archive has {shorten(path, 100)!r}, which is a link, a device or a sparse file."
                )
            file = archive.extractfile(info)
            assert file is not None
            yield Entry(path, file.read())


def _opened(content: bytes) -> IO[bytes]:
    """Give a tar file's bytes, decompressed as they are read."""
    packed = io.BytesIO(content)
    if content.startswith(b"BZh"):
        return bz2.BZ2File(packed)
    if content.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(packed)
    if content.startswith(b"\x1f\x8b"):
        return _Gunzipped(packed)  # type: ignore[return-value]
    return packed


class _Gunzipped(io.RawIOBase):
    """A gzip stream, decompressed piece by piece; of its members the first, as `tar` writes one."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def read(self, size: int = -1) -> bytes:
        piece = b""
        while not piece and not self._stream.eof:
            taken = self._stream.unconsumed_tail or self._packed.read(_PIECE_BYTES)
            if not taken:
                raise EOFError("it ends too early")
            piece = self._stream.decompress(taken, max(size, 1))
        return piece


class _Measured:
    """A stream that counts what is read of it against the room."""

    def __init__(self, stream: IO[bytes], room: _Room) -> None:
        self._stream, self._room = stream, room
        # Bytes of the header that is being read; the first one is, as soon as the archive is opened.
        self._header_bytes: int | None = 0

    def read(self, size: int) -> bytes:
        piece = self._stream.read(min(size, _PIECE_BYTES))
        self._room.take(len(piece))
        if self._header_bytes is not None:
            self._header_bytes += len(piece)
            if self._header_bytes > _HEADER_BYTES_MAX:
                raise FileRefused(f"The archive has an entry with a header of more than {_HEADER_BYTES_MAX} bytes.")
        return piece

    def header(self, read: Callable[[], tarfile.TarInfo | None]) -> tarfile.TarInfo | None:
        """Give what `read` does, which reads no more than a header; what stands in front of that was read already."""
        self._header_bytes = 0
        found = read()
        self._header_bytes = None
        return found


def _content_of(file: Any, room: _Room) -> bytes:
    content = bytearray()
    while piece := file.read(_PIECE_BYTES):
        room.take(len(piece))
        content += piece
    return bytes(content)


def _checked(name: str) -> str:
    """Give an entry's name as a path that leads down; raise FileRefused for any other."""
    path = unicodedata.normalize("NFC", name).rstrip("/")
    parts = path.removeprefix("./").split("/")
    is_bad = (
        not path
        or len(path) > NAME_CHARS_MAX
        or path.startswith("/")
        or any(character in path for character in "\\:\0")
        or any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in path)
        or any(part in ("", ".", "..") or part.strip(" .") != part.rstrip(" .") for part in parts if parts != ["."])
        or any(_DEVICE.fullmatch(part.strip(" .")) for part in parts)
    )
    if is_bad:
        raise FileRefused(
            f"The archive has an entry named {shorten(name, 100)!r}, which leads out of it or is no name."
        )
    return "/".join(parts)
