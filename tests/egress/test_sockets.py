"""Sockets by the guarded way out: what never answers holds up nobody else, and what is given up leaves nothing open."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp, resolve
from schema.errors import EgressRefused, Unavailable


@contextmanager
def silent() -> Iterator[int]:
    """Give a port whose queue is full: whoever connects to it waits."""
    with ExitStack() as sockets:
        server = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def guarded(port: int) -> GuardedHttp:
    return GuardedHttp(EgressPolicy(allowed_hosts=frozenset({f"127.0.0.1:{port}"})))


async def test_addresses_that_never_answer_keep_nobody_from_resolving_names() -> None:
    with silent() as port:
        http = guarded(port)
        asked = [asyncio.create_task(http.connect("127.0.0.1", port, ports=frozenset())) for _ in range(100)]
        async with asyncio.timeout(2):
            await asyncio.sleep(0)
            assert await resolve("localhost", 80)
        before = len(os.listdir("/proc/self/fd"))
        for task in asked:
            task.cancel()
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(one) for one in ended} == {asyncio.CancelledError}
        assert len(os.listdir("/proc/self/fd")) == before - len(asked), "control: each of them had a socket"


async def test_threads_that_are_busy_with_other_work_keep_nobody_from_resolving_names() -> None:
    is_over = threading.Event()
    busy = [asyncio.create_task(asyncio.to_thread(is_over.wait, 20)) for _ in range(50)]
    try:
        async with asyncio.timeout(2):
            await asyncio.sleep(0)
            assert await resolve("localhost", 80)
    finally:
        is_over.set()
        await asyncio.gather(*busy)


async def test_a_connection_that_is_not_made_in_time_is_unavailable() -> None:
    with silent() as port, pytest.raises(Unavailable, match=r"did not answer within 0\.1 s|does not answer"):
        await guarded(port).connect("127.0.0.1", port, ports=frozenset(), timeout_seconds=0.1)


async def test_what_is_given_is_connected_and_blocks_for_so_long_at_most() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with await guarded(port).connect("127.0.0.1", port, ports=frozenset(), timeout_seconds=3.0) as made:
            assert made.getpeername() == ("127.0.0.1", port)
            assert made.gettimeout() == 3.0
        with pytest.raises(EgressRefused):
            await GuardedHttp().connect("127.0.0.1", port, ports=frozenset({port}))
