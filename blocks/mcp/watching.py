"""What stands between the SDK and the guarded way out: it counts requests and bytes, notes what a refusal meant, opens nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import httpx2

from blocks.sdk.addresses import parse_url
from blocks.sdk.answers import retry_after_seconds
from schema.errors import (
    BlockFailed,
    CredentialUnusable,
    DrystoneError,
    EgressRefused,
    RateLimited,
    Unavailable,
    ValueTooLarge,
)

#: Requests of one session: a server that ends its streams at once would be asked for the rest again and again.
REQUESTS_MAX: Final = 100
#: Seconds that saying goodbye may take.
END_SECONDS_MAX: Final = 1.5


class Watched(httpx2.AsyncBaseTransport):
    """The transport of one session with one server. `failure` is what the last answer meant, if it was a refusal."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, url: str, bytes_max: int, *, has_credential: bool) -> None:
        self._inner, self._target, self._has_credential = inner, parse_url(url), has_credential
        self._requests, self._bytes, self._bytes_max = 0, 0, bytes_max
        self.failure: DrystoneError | None = None
        #: Set where its answers were more, together, than a session may have.
        self.excess: ValueTooLarge | None = None

    @property
    def is_failure_certain(self) -> bool:
        """Say whether the failure is what it is, whatever the answer said besides."""
        return not isinstance(self.failure, BlockFailed)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        target = parse_url(str(request.url))
        if (target.scheme, target.authority) != (self._target.scheme, self._target.authority):
            raise EgressRefused(f"An MCP session with {self._target.host} goes nowhere else.", host=target.host)
        if request.method == "GET" and "last-event-id" not in request.headers:
            # The stream for what a server says unasked. Nobody here would answer.
            return httpx2.Response(405, request=request)
        self._requests += 1
        if self._requests > REQUESTS_MAX:
            raise httpx2.ReadError(f"{target.host} was asked {REQUESTS_MAX} times in one session.", request=request)
        if request.method == "DELETE":
            return await self._end(request)
        response = await self._inner.handle_async_request(request)
        self.failure = self._meaning_of(response)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Counted(response.stream, self)
        return response

    def count(self, size: int) -> None:
        """Count bytes of an answer. Raises an error of httpx2's, for the SDK knows no other, and keeps what it means."""
        self._bytes += size
        if self._bytes > self._bytes_max:
            host = self._target.host
            text = f"The MCP server at {host} answered with more than {self._bytes_max} bytes in one session."
            self.excess = ValueTooLarge(text, host=host)
            raise httpx2.ReadError(text)

    async def _end(self, request: httpx2.Request) -> httpx2.Response:
        """End the session, or leave it to the server's own limits where that takes too long."""
        async with asyncio.timeout(END_SECONDS_MAX):
            response = await self._inner.handle_async_request(request)
            try:
                content = await response.aread()
            finally:
                await response.aclose()
        return httpx2.Response(response.status_code, content=content, request=request)

    def _meaning_of(self, response: httpx2.Response) -> DrystoneError | None:
        status, host = response.status_code, self._target.host
        if status == 429 or status >= 500:
            kind = RateLimited if status == 429 else Unavailable
            wait = retry_after_seconds(response.headers.get("retry-after", ""), datetime.now(UTC))
            return kind(f"The MCP server at {host} answered {status}.", retry_after_seconds=wait, status=status)
        if status in (401, 403):
            if self._has_credential:
                return CredentialUnusable(f"The MCP server at {host} does not accept the credential ({status}).")
            return CredentialUnusable(f"The MCP server at {host} asks for a credential ({status}): choose one.")
        if 300 <= status < 400:
            return BlockFailed(
                f"The MCP server at {host} redirects ({status}), which is not followed: give the address where it is."
            )
        if status in (404, 405):
            return BlockFailed(f"There is no MCP server for streamable HTTP at this address of {host} ({status}).")
        return None


class _Counted(httpx2.AsyncByteStream):
    """An answer's bytes as they come, counted."""

    def __init__(self, inner: httpx2.AsyncByteStream, watched: Watched) -> None:
        self._inner, self._watched = inner, watched

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            self._watched.count(len(piece))
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
