"""The proxy of the chaos suite does to a wire what it says, and lets it be when it is restored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.chaos.nemeses.proxy import Flow, Proxy, Seen, accepted_per_second
from tests.durable.waiting import eventually

HELD = Flow(is_held=True)


@asynccontextmanager
async def proxied() -> AsyncIterator[Proxy]:
    """Give a proxy before a server that says back what it hears."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1024):
            writer.write(data)
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        proxy = Proxy("127.0.0.1", server.sockets[0].getsockname()[1])
        await proxy.open()
        yield proxy
        await proxy.close()


async def connected(proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def test_what_is_said_passes_both_ways_and_so_does_the_end() -> None:
    async with proxied() as proxy:
        reader, writer = await connected(proxy)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        writer.write_eof()
        assert await reader.read() == b""
        await eventually(lambda: proxy.open_count == 0)


@pytest.mark.parametrize(("up", "down"), [(HELD, None), (None, HELD), (HELD, HELD)])
async def test_what_is_held_comes_when_the_wire_is_restored_and_not_before(up: Flow | None, down: Flow | None) -> None:
    async with proxied() as proxy:
        reader, writer = await connected(proxy)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        proxy.change(up=up, down=down)
        writer.write(b"two")
        coming = asyncio.create_task(reader.readexactly(3))
        await eventually(lambda: proxy.seen.held_bytes)
        assert not coming.done()
        await proxy.restore()
        assert await coming == b"two"
        writer.close()


async def test_a_connection_that_is_asked_for_while_the_wire_is_held_comes_about_behind_it() -> None:
    async with proxied() as proxy:
        proxy.change(up=HELD)
        reader, writer = await connected(proxy)
        writer.write(b"late")
        await eventually(lambda: proxy.seen.held_connections)
        await proxy.restore()
        assert await reader.readexactly(4) == b"late"
        writer.close()


async def test_a_slow_wire_takes_its_time() -> None:
    async with proxied() as proxy:
        reader, writer = await connected(proxy)
        proxy.change(up=Flow(latency_seconds=0.1), down=Flow(bytes_per_second=10_000))
        clock = asyncio.get_running_loop().time
        began = clock()
        writer.write(b"x" * 1_500)
        assert len(await reader.readexactly(1_500)) == 1_500
        # The last piece of the 1,500 bytes goes 0.1 s behind the one before, and the first 0.1 s late.
        assert clock() - began >= 0.15
        assert proxy.seen.slowed_bytes == 3_000
        writer.close()


async def test_a_reset_ends_both_sides_also_of_a_wire_that_is_held() -> None:
    async with proxied() as proxy:
        for flow in (Flow(), HELD):
            reader, writer = await connected(proxy)
            writer.write(b"one")
            assert await reader.readexactly(3) == b"one"
            proxy.change(up=flow, down=flow)
            proxy.reset()
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(1)
            await eventually(lambda: proxy.open_count == 0)
        assert proxy.seen.reset == 2


async def test_a_refused_port_is_kept_and_opens_again() -> None:
    async with proxied() as proxy:
        port = proxy.port
        await proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await connected(proxy)
        await proxy.restore()
        assert proxy.port == port
        reader, writer = await connected(proxy)
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"
        writer.close()


def test_the_most_connections_within_a_second_are_counted() -> None:
    assert accepted_per_second(Seen(accepted=[0.0, 0.2, 0.9, 1.1, 5.0])) == 3
