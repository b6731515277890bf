"""What a hostile server may send, without end or far too much (S07); no test is here."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator

from tests.egress.servers import Answer, Seen

MIB = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\n"
TEN_GB = 10 * 1024 * MIB


def endless(head: bytes, chunk: bytes) -> Answer:
    """Answer with a head and then the same chunk for as long as the client stays."""

    async def answer(_: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(chunk)
            await writer.drain()

    return answer


def dripping(head: bytes) -> Answer:
    """Answer with a head and then a byte every 20 ms, until the client has left."""

    async def answer(_: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        is_left = asyncio.ensure_future(writer.wait_closed())
        while not is_left.done() and not writer.is_closing():
            writer.write(b"x")
            await asyncio.wait({is_left}, timeout=0.02)

    return answer


def _bomb(plain_bytes: int) -> Iterator[bytes]:
    """Give a gzip stream of so many NULs, piece by piece: about 1,000 to 1."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    piece = bytes(MIB)
    for _ in range(plain_bytes // MIB):
        yield compressor.compress(piece)
    yield compressor.flush()


def bomb(plain_bytes: int) -> Answer:
    """Answer with a gzip bomb."""

    async def answer(_: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n")
        for piece in _bomb(plain_bytes):
            if writer.is_closing():
                return
            writer.write(piece)
            await writer.drain()

    return answer


#: What S07 names, and its kin.
ATTACKS: dict[str, Answer] = {
    "a stream that drips": dripping(HEAD + b"Connection: close\r\n\r\n"),
    "headers that drip": dripping(HEAD + b"X: "),
    "10 GB that are announced": endless(HEAD + f"Content-Length: {TEN_GB}\r\n\r\n".encode(), bytes(MIB)),
    "a body without an end": endless(HEAD + b"Connection: close\r\n\r\n", bytes(MIB)),
    "chunks without an end": endless(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + bytes(MIB) + b"\r\n"
    ),
    "gzip 1000:1": bomb(1024 * MIB),
    "10 MB of one header": endless(HEAD + b"X: ", b"y" * MIB),
    "10 MB of many headers": endless(HEAD, b"X: y\r\n" * 100_000),
}
