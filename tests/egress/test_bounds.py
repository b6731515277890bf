"""S07: whatever a server sends, and however slowly, the request ends in time and within its memory."""

from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from blocks.sdk.egress import GZIP_MEMBERS_MAX, GuardedHttp
from schema.errors import Unavailable, ValueTooLarge
from tests.egress.fetching import fetched
from tests.egress.hostile import ATTACKS, HEAD, MIB, dripping, endless
from tests.egress.networks import Memory, Resolver
from tests.egress.servers import Answer, Seen, guarded, reply, serve

MEMORY_GROWTH_MAX = 50 * MIB


@contextmanager
def bounded(seconds: float = 3.0, growth: int = MEMORY_GROWTH_MAX) -> Iterator[None]:
    """Fail when the block takes longer or, at its highest, more memory."""
    tracemalloc.start()
    started = time.monotonic()
    try:
        yield
        elapsed, peak = time.monotonic() - started, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert elapsed < seconds
    assert peak < growth


@pytest.mark.parametrize(
    "head",
    [
        b"",  # a status line that never ends
        HEAD + b"X: ",  # a header that never ends
        HEAD + b"Content-Length: 10000000\r\n\r\n",
        HEAD + b"Connection: close\r\n\r\n",
    ],
)
async def test_s07_a_stream_that_drips_ends_at_the_deadline(head: bytes) -> None:
    async with serve(dripping(head)) as server:
        with bounded(1.0), pytest.raises(Unavailable):
            await guarded(server).request("GET", server.url, timeout_seconds=0.15)
        await asyncio.wait_for(server.is_left.wait(), 3)


async def test_s07_control_a_limit_for_each_read_never_ends_a_stream_that_drips() -> None:
    weak = httpx2.AsyncClient(trust_env=False, timeout=0.15)
    async with serve(dripping(HEAD + b"Connection: close\r\n\r\n")) as server, weak:
        with pytest.raises(TimeoutError):  # asyncio's own: httpx2 would raise its ReadTimeout
            await asyncio.wait_for(weak.get(server.url), 0.5)


async def test_s07_a_server_that_says_nothing_is_left_at_the_deadline() -> None:
    async def answer(_: Seen, writer: asyncio.StreamWriter) -> None:
        await writer.wait_closed()

    async with serve(answer) as server:
        with bounded(1.0), pytest.raises(Unavailable, match=r"within 0\.2 seconds"):
            await guarded(server).request("GET", server.url, timeout_seconds=0.2)


async def test_the_deadline_covers_the_resolver_too() -> None:
    async def never(host: str, port: int) -> list[str]:
        await asyncio.get_running_loop().create_future()
        return []

    with bounded(1.0), pytest.raises(Unavailable):
        await GuardedHttp(resolver=never).request("GET", "http://a.example/", timeout_seconds=0.1)


@pytest.mark.parametrize(
    "head",
    [HEAD + b"Connection: close\r\n\r\n", HEAD + b"Content-Encoding: identity\r\nConnection: close\r\n\r\n"],
)
async def test_s07_a_body_without_an_end_stops_at_the_limit(head: bytes) -> None:
    async with serve(endless(head, bytes(256 * 1024))) as server:
        with bounded(), pytest.raises(ValueTooLarge, match="more than 10485760 bytes"):
            await guarded(server).request("GET", server.url)
        await asyncio.wait_for(server.is_left.wait(), 3)


async def test_s07_a_chunked_body_without_an_end_stops_at_the_limit() -> None:
    chunk = b"10000\r\n" + bytes(65_536) + b"\r\n"
    async with serve(endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk)) as server:
        with bounded(), pytest.raises(ValueTooLarge):
            await guarded(server).request("GET", server.url, content_bytes_max=MIB)


async def test_s07_ten_gigabytes_that_are_announced_are_not_even_begun() -> None:
    async with serve(endless(HEAD + b"Content-Length: 10737418240\r\n\r\n", bytes(65_536))) as server:
        with bounded(1.0, 5 * MIB), pytest.raises(ValueTooLarge):
            await guarded(server).request("GET", server.url)


async def test_content_of_exactly_the_limit_is_fine() -> None:
    async with serve(reply(200, bytes(MIB))) as server:
        http = guarded(server)
        assert len((await http.request("GET", server.url, content_bytes_max=MIB)).content) == MIB
        with pytest.raises(ValueTooLarge):
            await http.request("GET", server.url, content_bytes_max=MIB - 1)


BOMB = gzip.compress(bytes(64 * MIB))


@pytest.mark.parametrize("bytes_max", [10 * MIB, 1024 * MIB])
async def test_s07_a_gzip_bomb_stops_at_the_limit_or_at_its_ratio(bytes_max: int) -> None:
    assert len(BOMB) * 900 < 64 * MIB
    async with serve(reply(200, BOMB, {"Content-Encoding": "gzip"})) as server:
        with bounded(), pytest.raises(ValueTooLarge):
            await guarded(server).request("GET", server.url, content_bytes_max=bytes_max)


async def test_s07_control_a_client_without_the_guard_unpacks_the_bomb() -> None:
    async with serve(reply(200, BOMB, {"Content-Encoding": "gzip"})) as server:
        with pytest.raises(AssertionError), bounded(60):
            async with httpx2.AsyncClient(trust_env=False) as weak:
                assert len((await weak.get(server.url)).content) == 64 * MIB


async def test_s07_a_bomb_of_many_small_members_stops() -> None:
    members = gzip.compress(b"") * (GZIP_MEMBERS_MAX * 100)
    async with serve(reply(200, members, {"Content-Encoding": "gzip"})) as server:
        with bounded(1.0), pytest.raises(Unavailable, match="gzip members"):
            await guarded(server).request("GET", server.url)


@pytest.mark.parametrize("header", [b"X: " + b"y" * (10 * MIB), b"X: y\r\n" * (2 * MIB)])
async def test_s07_headers_of_ten_megabytes_stop(header: bytes) -> None:
    async with serve(HEAD + header + b"\r\n\r\n") as server:
        with bounded(1.5, 30 * MIB), pytest.raises(Unavailable):
            await guarded(server).request("GET", server.url)


async def test_headers_just_over_our_own_limit_stop() -> None:
    async with serve(reply(200, b"", {"X": "y" * 66_000})) as server:
        with pytest.raises(Unavailable, match="bytes of headers"):
            await guarded(server).request("GET", server.url)


async def test_s07_interim_answers_without_an_end_stop_at_the_deadline() -> None:
    async with serve(endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 100)) as server:
        with bounded(1.5), pytest.raises(Unavailable):
            await guarded(server).request("GET", server.url, timeout_seconds=0.15)


TEXT = " ".join(str(number * number) for number in range(200_000)).encode()


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("X-GZIP", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:])),
        ("gzip", gzip.compress(TEXT) + bytes(512)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT, wbits=-15)),
        ("identity", TEXT),
    ],
)
async def test_content_that_was_compressed_unasked_is_decoded(encoding: str, content: bytes) -> None:
    async with serve(reply(200, content, {"Content-Encoding": encoding})) as server:
        response = await guarded(server).request("GET", server.url)
        assert server.seen[0].headers["accept-encoding"] == "identity"
    assert response.content == TEXT


async def test_compressed_content_has_the_same_limit_when_its_ratio_is_fair() -> None:
    wrapped = gzip.compress(TEXT)
    assert len(wrapped) < len(TEXT) < len(wrapped) * 10
    async with serve(reply(200, wrapped, {"Content-Encoding": "gzip"})) as server:
        http = guarded(server)
        assert (await http.request("GET", server.url, content_bytes_max=len(TEXT))).content == TEXT
        with pytest.raises(ValueTooLarge, match="bytes"):
            await http.request("GET", server.url, content_bytes_max=len(TEXT) - 1)


async def test_what_zlib_holds_back_after_the_last_byte_of_input_is_not_lost() -> None:
    # A little over a piece (256 KiB) of one byte: all input is taken while some output waits for room.
    for size in range(262_144, 262_400, 16):
        compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
        wrapped = compressor.compress(bytes(size)) + compressor.flush()
        answer = reply(200, wrapped, {"Content-Encoding": "deflate"})
        http = GuardedHttp(resolver=Resolver(["93.184.216.34"]), network=Memory(answer))
        assert (await http.request("GET", "http://a.example/")).content == bytes(size)


@pytest.mark.parametrize("piece", [1, 2, 7, 100_000])
async def test_decoding_does_not_depend_on_how_the_content_is_cut(piece: int) -> None:
    text = TEXT[:3000] + bytes(700_000)
    for wrapped in (gzip.compress(text), zlib.compress(text, wbits=-15)):
        encoding = "gzip" if wrapped.startswith(b"\x1f") else "deflate"
        chunks = [wrapped[start : start + piece] for start in range(0, len(wrapped), piece)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        http = GuardedHttp(resolver=Resolver(["93.184.216.34"]), network=Memory(head + body))
        assert (await http.request("GET", "http://a.example/")).content == text


@pytest.mark.parametrize(
    ("encoding", "content", "message"),
    [
        ("gzip", gzip.compress(TEXT)[:-9], "ended too early"),
        ("gzip", b"no gzip at all", "is broken"),
        ("br", b"anything", "not asked for"),
        ("gzip, gzip", gzip.compress(gzip.compress(TEXT)), "not asked for"),
    ],
)
async def test_content_that_cannot_be_decoded_is_the_servers_fault(encoding: str, content: bytes, message: str) -> None:
    async with serve(reply(200, content, {"Content-Encoding": encoding})) as server:
        with pytest.raises(Unavailable, match=message):
            await guarded(server).request("GET", server.url)


@pytest.mark.parametrize("answer", ATTACKS.values(), ids=list(ATTACKS))
async def test_s07_a_process_that_fetches_stops_by_its_deadline_and_grows_by_less_than_50_mb(answer: Answer) -> None:
    async with serve(answer) as server:
        told = await fetched("guarded", server.url, server.host, 1.0)
    print(f"{told['seconds']:.2f} s, {told['grown'] / MIB:.1f} MB, {told['error']}")
    assert told["error"] in ("Unavailable", "ValueTooLarge")
    assert told["seconds"] < 2.0
    assert told["grown"] < MEMORY_GROWTH_MAX


async def test_s07_control_a_process_without_the_guard_grows_by_all_of_the_bomb() -> None:
    async with serve(reply(200, BOMB * 2, {"Content-Encoding": "gzip"})) as server:
        told = await fetched("weak", server.url, server.host, 10.0)
    assert told["grown"] > MEMORY_GROWTH_MAX
