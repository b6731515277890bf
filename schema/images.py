"""How many pixels an image says that it has, by its first bytes; pure, it decodes none.

An image of a few kilobytes may say that it has billions, and fills the memory of whoever shows it. PNG: RFC 2083, GIF: the 89a
specification, JPEG: ITU T.81 annex B, WebP: RFC 9649.
"""

from __future__ import annotations

from typing import Final

#: Bytes of a file that are looked at: a photograph may have a preview in front of its size.
IMAGE_HEAD_BYTES: Final = 64 * 1024
#: JPEG's markers of a frame, in which its size stands.
_FRAMES: Final = frozenset({*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})
_JPEG_SEGMENTS_MAX: Final = 1_000


def pixels_of(content: bytes) -> int | None:
    """Give the pixels that an image says it has; None for what is none of the four kinds, or does not say."""
    head = content[:IMAGE_HEAD_BYTES]
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        return int.from_bytes(head[16:20]) * int.from_bytes(head[20:24])
    if head.startswith((b"GIF87a", b"GIF89a")) and len(head) >= 10:
        return int.from_bytes(head[6:8], "little") * int.from_bytes(head[8:10], "little")
    if head[8:16] == b"WEBPVP8X" and len(head) >= 30:
        return (int.from_bytes(head[24:27], "little") + 1) * (int.from_bytes(head[27:30], "little") + 1)
    return _pixels_of_jpeg(head) if head.startswith(b"\xff\xd8\xff") else None


def _pixels_of_jpeg(head: bytes) -> int | None:
    place = 2
    for _ in range(_JPEG_SEGMENTS_MAX):
        if len(head) < place + 9 or head[place] != 0xFF:
            return None
        if head[place + 1] in _FRAMES:
            return int.from_bytes(head[place + 5 : place + 7]) * int.from_bytes(head[place + 7 : place + 9])
        place += 2 + int.from_bytes(head[place + 2 : place + 4])
    return None
