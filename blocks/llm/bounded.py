"""What a model's server may send at a time: the transport of an SDK's client, within bounds; it reads no answer's meaning.

An SDK makes objects of all that comes, some hundred bytes and microseconds for each pair of braces, and nothing else runs on the
blocks' loop meanwhile. So what comes at once is small, whether it is an answer, a refusal, or one event of a stream.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import httpx2

from schema.errors import ValueTooLarge

#: Bytes of a stream of events: 128,000 tokens in single events are about 40 MB.
STREAM_BYTES_MAX: Final = 64 * 1024 * 1024
#: Bytes of what is not a stream: 128,000 tokens are about half a MB.
WHOLE_BYTES_MAX: Final = 8 * 1024 * 1024
#: Bytes of one event of a stream; some servers send the whole answer again in the last one.
EVENT_BYTES_MAX: Final = 1024 * 1024
_ENDS: Final = (b"\n\n", b"\r\n\r\n", b"\r\r")


class Bounded(httpx2.AsyncBaseTransport):
    """The guarded way out, which stops at what would be too much at once."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BoundedStream(response.stream, request.url.host, response)
        return response


class _BoundedStream(httpx2.AsyncByteStream):
    """An answer's bytes as they come. Raises ValueTooLarge."""

    def __init__(self, inner: httpx2.AsyncByteStream, host: str, response: httpx2.Response) -> None:
        self._inner, self._host = inner, host
        # What does not say what it is may be read as either, so it is held to both.
        is_stream = _kind(response) == "text/event-stream"
        self._event_bytes_max = WHOLE_BYTES_MAX if is_whole(response) else EVENT_BYTES_MAX
        self._bytes_max = STREAM_BYTES_MAX if is_stream else WHOLE_BYTES_MAX
        self._pieces = self._read()

    def __aiter__(self) -> AsyncIterator[bytes]:
        # One reader for all, as of what stands behind it.
        return self._pieces

    async def _read(self) -> AsyncIterator[bytes]:
        size = of_event = 0
        async for piece in self._inner:
            size += len(piece)
            # What stands behind the end of the last event that is here.
            behind = max(piece.rfind(end) for end in _ENDS)
            of_event = of_event + len(piece) if behind < 0 else len(piece) - behind
            self._check(size, self._bytes_max)
            self._check(of_event, self._event_bytes_max)
            yield piece

    def _check(self, size: int, most: int) -> None:
        if size > most:
            raise ValueTooLarge(f"{self._host} answered with more than {most} bytes.", host=self._host)

    async def aclose(self) -> None:
        await self._inner.aclose()


def is_whole(response: httpx2.Response) -> bool:
    """Say whether an answer came whole: a refusal, or JSON, also where a stream of events was asked for."""
    return response.status_code >= 400 or _kind(response) == "application/json"


def _kind(response: httpx2.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


async def read_whole(response: httpx2.Response) -> Mapping[str, Any]:
    """Give the object that an answer is; an empty one where it is none. Raises ValueError for what is no JSON."""
    # Not orjson: a text may be cut in the middle of a character, and was paid for.
    made = json.loads(await response.aread())
    return made if isinstance(made, Mapping) else {}
