"""The guarded way out for what is more than one HTTP answer: a socket, and the transport that a provider's SDK sends by.

Both judge as `egress.GuardedHttp` does: the name is resolved once, all addresses are judged, the connection goes to a judged one,
and the peer is compared before the first byte. A redirect is never followed: an SDK that is given the transport sends
credentials with each request.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from ipaddress import ip_address
from typing import Final

import httpcore2
import httpx2

from blocks.sdk.addresses import Address, Target, unwrap
from schema.errors import EgressRefused, Unavailable, shorten

#: Seconds for one address to take a connection, and how many have a try.
_CONNECT_SECONDS_MAX: Final = 10.0
_ADDRESSES_TRIED_MAX: Final = 4


async def connect(target: Target, addresses: Sequence[Address], timeout_seconds: float) -> socket.socket:
    """Give a connected, blocking socket to one of the judged addresses. Raises Unavailable where none takes it."""
    failure: OSError | None = None
    for address in addresses[:_ADDRESSES_TRIED_MAX]:
        try:
            return await asyncio.to_thread(_connect, address, target, min(timeout_seconds, _CONNECT_SECONDS_MAX))
        except OSError as error:
            failure = error
    what = shorten(str(failure), 300)
    raise Unavailable(f"{target.host} could not be connected to: {what}", host=target.host) from failure


def _connect(address: Address, target: Target, timeout_seconds: float) -> socket.socket:
    made = socket.create_connection((str(address), target.port), timeout=timeout_seconds)
    peer = made.getpeername()
    if unwrap(ip_address(peer[0])) != address or peer[1] != target.port:
        made.close()
        raise EgressRefused(f"{target.host}: the connection is not with the checked address.", host=target.host)
    return made


class Body(httpx2.AsyncByteStream):
    """An answer's bytes as they come, no more than so many; its connection ends with it."""

    def __init__(
        self, answer: httpcore2.Response, connection: httpcore2.AsyncHTTPConnection, host: str, bytes_max: int
    ) -> None:
        self._answer, self._connection = answer, connection
        self._host, self._bytes_max = host, bytes_max

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._answer.aiter_stream():
            received += len(chunk)
            if received > self._bytes_max:
                # An SDK knows httpx2's errors only.
                raise httpx2.ReadError(f"{self._host} answered with more than {self._bytes_max} bytes.")
            yield chunk

    async def aclose(self) -> None:
        await self._connection.aclose()


class Transport(httpx2.AsyncBaseTransport):
    """The transport of a client of httpx2's: `send` is the guard's."""

    def __init__(self, send: Callable[[httpx2.Request], Awaitable[httpx2.Response]]) -> None:
        self._send = send

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._send(request)
