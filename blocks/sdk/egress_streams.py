"""The guarded way out for what is more than one HTTP answer: a socket, and the transport that a provider's SDK sends by.

Both judge as `egress.GuardedHttp` does: the name is resolved once, all addresses are judged, the connection goes to a judged one,
and the peer is compared before the first byte. A redirect is never followed: an SDK that is given the transport sends
credentials with each request.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from ipaddress import ip_address
from typing import Final

import httpcore2
import httpx2

from blocks.sdk.addresses import Address, Target, unwrap
from blocks.sdk.context import HttpResponse, Take
from schema.errors import EgressRefused, Unavailable, ValueTooLarge, shorten

#: Seconds for one address to take a connection, and how many have a try.
_CONNECT_SECONDS_MAX: Final = 10.0
_ADDRESSES_TRIED_MAX: Final = 4


async def connect(target: Target, addresses: Sequence[Address], timeout_seconds: float) -> socket.socket:
    """Give a connected, blocking socket to one of the judged addresses. Raises Unavailable where none takes it."""
    failure: OSError | None = None
    for address in addresses[:_ADDRESSES_TRIED_MAX]:
        try:
            return await _connected(address, target, min(timeout_seconds, _CONNECT_SECONDS_MAX))
        except OSError as error:
            failure = error
    what = shorten(str(failure) or "it does not answer", 300)
    raise Unavailable(f"{target.host} could not be connected to: {what}", host=target.host) from failure


async def _connected(address: Address, target: Target, timeout_seconds: float) -> socket.socket:
    # By the loop and in no thread: there are few, and addresses that never answer would keep them from resolving names.
    made = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        async with asyncio.timeout(timeout_seconds):
            await asyncio.get_running_loop().sock_connect(made, (str(address), target.port))
        made.settimeout(timeout_seconds)
        _check_peer(made, address, target)
    except BaseException:
        made.close()
        raise
    return made


def _check_peer(made: socket.socket, address: Address, target: Target) -> None:
    peer = made.getpeername()
    if unwrap(ip_address(peer[0])) != address or peer[1] != target.port:
        raise EgressRefused(f"{target.host}: the connection is not with the checked address.", host=target.host)


async def pass_on(answer: httpcore2.Response, response: HttpResponse, host: str, bytes_max: int, take: Take) -> None:
    """Give the content of an answer to `take`, piece by piece; nothing of one that is no success, or that is encoded."""
    if response.status // 100 != 2:
        return
    encoding = response.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise Unavailable(
            f"{host} answered in the encoding {shorten(encoding, 50)!r}, which was not asked for.", host=host
        )
    declared, received = response.headers.get("content-length", ""), 0
    if declared.isdecimal() and int(declared[:20]) > bytes_max:
        raise ValueTooLarge(f"{host} answered with more than {bytes_max} bytes.", host=host)
    async with aclosing(answer.aiter_stream()) as chunks:
        async for chunk in chunks:
            received += len(chunk)
            if received > bytes_max:
                raise ValueTooLarge(f"{host} answered with more than {bytes_max} bytes.", host=host)
            await take(response, chunk)


class Body(httpx2.AsyncByteStream):
    """An answer's bytes as they come, no more than so many; its connection ends with it."""

    def __init__(
        self, answer: httpcore2.Response, connection: httpcore2.AsyncHTTPConnection, host: str, bytes_max: int
    ) -> None:
        self._answer, self._connection = answer, connection
        self._host, self._bytes_max = host, bytes_max
        self._pieces = self._read()

    def __aiter__(self) -> AsyncIterator[bytes]:
        # One reader for all: OpenAI's SDK leaves a stream in the middle, and takes up the rest to be polite.
        return self._pieces

    async def _read(self) -> AsyncGenerator[bytes, None]:
        received = 0
        async for chunk in self._answer.aiter_stream():
            received += len(chunk)
            if received > self._bytes_max:
                # An SDK knows httpx2's errors only.
                raise httpx2.ReadError(f"{self._host} answered with more than {self._bytes_max} bytes.")
            yield chunk

    async def aclose(self) -> None:
        await self._pieces.aclose()
        await self._connection.aclose()


class Transport(httpx2.AsyncBaseTransport):
    """The transport of a client of httpx2's: `send` is the guard's."""

    def __init__(self, send: Callable[[httpx2.Request], Awaitable[httpx2.Response]]) -> None:
        self._send = send

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._send(request)
