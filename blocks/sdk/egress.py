"""Egress: the one guarded way out to the network; it trusts no name, no proxy of the environment and no answer.

For each request, and again for each redirect: the URL is parsed once (`addresses.parse_url`), its name is resolved
once, by us, all its addresses are judged, and the connection goes to an address that was judged, under the name that
was asked for (Host, SNI and certificate). After the connect and before the first byte the peer's address is compared.
So a name that answers differently the second time is never asked a second time.

A connection serves one request. A pool would save a handshake where a block calls one host often, but it would share
connections between tenants, skip the judging of all requests but the first, and belong to one event loop; this client
may be used from any loop at any time, and `aclose` has nothing to close.

What comes back is bounded in every direction: header bytes, content bytes, the ratio of decompression, redirects, and
the time of the whole, however slowly it drips.

Unavailable: the network, the other side's HTTP, or the deadline; trying again may help. EgressRefused: our rules.
ValueTooLarge: the content is beyond its limit; trying again would only fetch it again.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urljoin

import httpcore2
import httpx2

from blocks.sdk.addresses import Address, EgressPolicy, Target, normalize_host, parse_url, unwrap
from blocks.sdk.context import HttpResponse, Take
from blocks.sdk.egress_streams import Body, Transport, connect, pass_on
from blocks.sdk.outgoing import Watch, unwatched
from schema.errors import EgressRefused, InvalidValue, Unavailable, ValueTooLarge, shorten

#: Resolve a name for a port; give its addresses as text.
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

#: Bytes of a message's headers, each way. (httpcore2 itself stops an unfinished header block at 100 KiB.)
HEADER_BYTES_MAX: Final = 64 * 1024
#: How many times larger than what was received the content may become: text reaches 20, a bomb 1,000.
DECODED_RATIO_MAX: Final = 100
#: Content up to this size is no bomb, whatever its ratio: a short, dull text may be small indeed.
DECODED_FREE_BYTES: Final = 1024 * 1024
#: Members of a gzip stream: each costs a copy of what follows it, so that many small ones cost the square.
GZIP_MEMBERS_MAX: Final = 64
#: Seconds for one address to take a connection, so that the next one has its turn; and how many have one.
CONNECT_SECONDS_MAX: Final = 10.0
ADDRESSES_TRIED_MAX: Final = 4

#: Bytes of an answer that an SDK is given piece by piece.
STREAM_BYTES_MAX: Final = 64 * 1024 * 1024

_INFLATE_PIECE_BYTES: Final = 256 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_IN_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
#: Methods that change what a connection is, or that show a proxy's headers.
_METHODS_REFUSED: Final = frozenset({"CONNECT", "TRACE"})
#: Methods whose empty body is said to be empty.
_METHODS_WITH_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})
#: Headers that frame the message: they are ours to set, and one that a user pasted is left out.
_HEADERS_OURS: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te",
     "trailer", "transfer-encoding", "upgrade"}
)  # fmt: skip
#: All that goes along to another origin. The list says what may, not what may not: a credential can have any name.
_HEADERS_FOR_ANYONE: Final = frozenset(
    {"accept", "accept-language", "cache-control", "content-encoding", "content-language", "content-type",
     "idempotency-key", "range", "user-agent"}
)  # fmt: skip
_HEADERS_OF_BODY: Final = frozenset(
    {"content-encoding", "content-language", "content-location", "content-type", "idempotency-key"}
)  # fmt: skip


def stays_at_origin(name: str) -> bool:
    """Say whether a header is sent as it was given, and to its own origin only: what a secret may be put into."""
    return bool(_TOKEN.fullmatch(name)) and name.lower() not in _HEADERS_OURS | _HEADERS_FOR_ANYONE


#: A name whose servers never answer holds a thread for half a minute. These do nothing else, and nothing else waits for them.
_NAMES_AT_ONCE: Final = 32
_names = ThreadPoolExecutor(_NAMES_AT_ONCE, thread_name_prefix="names")
_NETWORK_ERRORS: Final = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError)


def _user_agent() -> str:
    try:
        return f"drystone/{version('drystone')}"
    except PackageNotFoundError:  # run from a checkout
        return "drystone/0"


USER_AGENT: Final = _user_agent()


@dataclass(frozen=True)
class _Outgoing:
    """One request as it will be sent; a redirect makes another of it."""

    method: str
    target: Target
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def to_wire(self) -> httpcore2.Request:
        target = self.target
        ours = [("Accept-Encoding", "identity"), ("Connection", "close")]
        headers = [("Host", target.authority), *self.headers, *ours]
        if self.body or self.method in _METHODS_WITH_LENGTH:
            headers.append(("Content-Length", str(len(self.body))))
        return httpcore2.Request(
            self.method,
            httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
            headers=[(name.encode("ascii"), value.encode("utf-8")) for name, value in headers],
            content=self.body,
        )


class GuardedHttp:
    """The Http of a worker. `resolver`, `network` and `ssl_context` are for tests and for an operator's own CA."""

    def __init__(
        self,
        policy: EgressPolicy | None = None,
        *,
        resolver: Resolver | None = None,
        network: httpcore2.AsyncNetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
        watch: Watch = unwatched,
    ) -> None:
        self._policy = policy or EgressPolicy()
        self._resolver = resolver or resolve
        self._network = network or httpcore2.AnyIOBackend()
        self._given_ssl_context = ssl_context
        self._watch = watch

    @property
    def policy(self) -> EgressPolicy:
        """Give what the operator allows: a process of its own for one block is given the same."""
        return self._policy

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        # Reading the system's certificates takes tens of milliseconds, so: once, and not before it is needed.
        return self._given_ssl_context or httpx2.create_ssl_context(trust_env=False)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Sequence[tuple[str, tuple[str, bytes, str]]] | None = None,
        content: bytes | None = None,
        timeout_seconds: float = 60.0,
        content_bytes_max: int = 10 * 1024 * 1024,
        redirects_max: int = 5,
        idempotency_key: str | None = None,
    ) -> HttpResponse:
        """Send a request and read the whole answer. With `redirects_max` 0 a redirect is an answer like any other."""
        target = parse_url(url).with_params(params or {})
        body, body_type = _encode_body(json=json, data=data, files=files, content=content)
        given = _check_headers(headers or {}, target, is_multipart=bool(files))
        ours = {
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            "Content-Type": body_type,
            "Idempotency-Key": idempotency_key,
        }
        outgoing = _Outgoing(_check_method(method), target, _with_ours(given, ours), body)
        late = f"{target.host} did not answer within {timeout_seconds:g} seconds."
        return await self._watched(outgoing, timeout_seconds, late, content_bytes_max, redirects_max)

    async def download(
        self,
        url: str,
        take: Take,
        *,
        timeout_seconds: float = 300.0,
        content_bytes_max: int = STREAM_BYTES_MAX,
        redirects_max: int = 5,
    ) -> HttpResponse:
        """Get what stands at an address piece by piece: each goes to `take` as it comes. Give the answer without its content;
        of one that is no success nothing is taken. Raises as `request` does."""
        ours = {"User-Agent": USER_AGENT, "Accept": "*/*"}
        outgoing = _Outgoing("GET", parse_url(url), _with_ours((), ours), b"")
        late = f"{outgoing.target.host} did not give all of it within {timeout_seconds:g} seconds."
        return await self._watched(outgoing, timeout_seconds, late, content_bytes_max, redirects_max, take)

    async def connect(
        self, host: str, port: int, *, ports: frozenset[int], timeout_seconds: float = 10.0
    ) -> socket.socket:
        """Give a connected, blocking socket to a service that does not speak HTTP; `ports` are those that it may be on.

        Nothing was sent on it, and it is not secured: whoever speaks on it begins TLS. Raises as `request` does.
        """
        if not 0 < port < 65_536:
            raise EgressRefused(f"{port} is no port.")
        target = Target("https", normalize_host(host), port, "/")
        try:
            async with asyncio.timeout(timeout_seconds):
                return await connect(target, await self._resolve(target, ports), timeout_seconds)
        except TimeoutError as error:
            raise Unavailable(f"{target.host} did not answer within {timeout_seconds:g} seconds.") from error

    def transport(self, content_bytes_max: int = STREAM_BYTES_MAX) -> httpx2.AsyncBaseTransport:
        """Give the transport for the httpx2 client of somebody's SDK. It follows no redirect and keeps no connection."""

        async def send(request: httpx2.Request) -> httpx2.Response:
            with self._watch(request.method, request.url.host) as answered:
                response = await self._send(request, content_bytes_max)
                answered(response.status_code)
                return response

        return Transport(send)

    async def _send(self, request: httpx2.Request, content_bytes_max: int) -> httpx2.Response:
        """Send an SDK's request; the answer's bytes come as they are read. Raises httpx2's errors for what may be tried again."""
        target = parse_url(str(request.url))
        given = _check_headers(dict(request.headers.items()), target, is_multipart=False)
        outgoing = _Outgoing(_check_method(request.method), target, tuple(given), await request.aread())
        try:
            connection = self._connection(target, await self._resolve(target))
        except Unavailable as error:
            raise httpx2.ConnectError(error.message, request=request) from error
        try:
            answer = await connection.handle_async_request(outgoing.to_wire())
            headers = _read_headers(answer, target)
            if headers.get("content-encoding", "identity") != "identity":
                raise httpx2.ReadError(
                    f"{target.host} answered in an encoding that was not asked for.", request=request
                )
        except _NETWORK_ERRORS as error:
            await _close(connection)
            raise httpx2.ReadError(shorten(str(error) or type(error).__name__, 300), request=request) from error
        except BaseException:
            await _close(connection)
            raise
        body = Body(answer, connection, target.host, content_bytes_max)
        return httpx2.Response(answer.status, headers=headers, stream=body, request=request)

    async def aclose(self) -> None:
        """Do nothing: no connection outlives its request."""

    async def _watched(
        self,
        outgoing: _Outgoing,
        timeout_seconds: float,
        late: str,
        content_bytes_max: int,
        redirects_max: int,
        take: Take | None = None,
    ) -> HttpResponse:
        """Send a request, and others where it is redirected, in all within its time; raise Unavailable, saying `late`, where that
        is over."""
        with self._watch(outgoing.method, outgoing.target.host) as answered:
            try:
                async with asyncio.timeout(timeout_seconds):
                    response = await self._follow(outgoing, content_bytes_max, redirects_max, take)
            except TimeoutError as error:
                raise Unavailable(late) from error
            answered(response.status)
            return response

    async def _follow(
        self, outgoing: _Outgoing, content_bytes_max: int, redirects_max: int, take: Take | None = None
    ) -> HttpResponse:
        first = outgoing.target.host
        for hop in range(redirects_max + 1):
            try:
                response = await self._exchange(outgoing, content_bytes_max, take, is_following=redirects_max > 0)
            except Unavailable as error:
                if hop and "was_sent" in error.fields:
                    # The first request has arrived, and what it asks for may be done: 303 says so.
                    error.fields["was_sent"] = True
                raise
            if redirects_max == 0 or not _is_redirect(response):
                return response
            outgoing = _redirected(outgoing, response)
        raise EgressRefused(f"{first} redirected more than {redirects_max} times.", host=first)

    async def _exchange(
        self, outgoing: _Outgoing, content_bytes_max: int, take: Take | None, *, is_following: bool
    ) -> HttpResponse:
        target = outgoing.target
        connection = self._connection(target, await self._resolve(target))
        try:
            answer = await connection.handle_async_request(outgoing.to_wire())
            response = HttpResponse(answer.status, _read_headers(answer, target), b"", target.url)
            if is_following and _is_redirect(response):
                return response
            if take is not None:
                await pass_on(answer, response, target.host, content_bytes_max, take)
                return response
            content = await _read_content(answer, response, outgoing, content_bytes_max)
            return replace(response, content=content)
        except _NETWORK_ERRORS as error:
            what = shorten(str(error) or type(error).__name__, 300)
            was_sent = not isinstance(error, httpcore2.ConnectError | httpcore2.ConnectTimeout)
            text = f"{target.host} could not be used: {what}"
            raise Unavailable(text, host=target.host, was_sent=was_sent) from error
        finally:
            await _close(connection)

    def _connection(self, target: Target, addresses: Sequence[Address]) -> httpcore2.AsyncHTTPConnection:
        return httpcore2.AsyncHTTPConnection(
            httpcore2.Origin(target.scheme.encode(), target.host.encode(), target.port),
            ssl_context=self._ssl_context if target.scheme == "https" else None,
            network_backend=_PinnedNetwork(self._network, target, addresses),
        )

    async def _resolve(self, target: Target, ports: frozenset[int] = frozenset()) -> tuple[Address, ...]:
        """Give the addresses to connect to, all judged; a host that is an address is judged as it stands."""
        self._policy.check(target, ports)
        if target.address is not None:
            return (unwrap(target.address),)
        try:
            found = await self._resolver(target.host, target.port)
        except (OSError, UnicodeError) as error:
            what = f"The name {target.host} could not be resolved."
            raise Unavailable(what, host=target.host, was_sent=False) from error
        if not found:
            raise Unavailable(f"The name {target.host} has no address.", host=target.host, was_sent=False)
        return self._policy.choose(target, found)


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for all of a name's addresses."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    rows = await asyncio.get_running_loop().run_in_executor(_names, ask)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


class _PinnedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects one target to its judged addresses, whatever name it is asked for."""

    def __init__(self, network: httpcore2.AsyncNetworkBackend, target: Target, addresses: Sequence[Address]) -> None:
        self._network = network
        self._target = target
        self._addresses = addresses[:ADDRESSES_TRIED_MAX]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        assert (host, port) == (self._target.host, self._target.port), "the connection is another target's"
        failure: Exception | None = None
        for address in self._addresses:
            try:
                stream = await self._network.connect_tcp(str(address), port, timeout=CONNECT_SECONDS_MAX)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            await self._check_peer(stream, address)
            return stream
        raise httpcore2.ConnectError(str(failure) or "no address took the connection") from failure

    async def _check_peer(self, stream: httpcore2.AsyncNetworkStream, address: Address) -> None:
        """Refuse a connection that is not with the judged address; nothing has been sent on it yet."""
        peer = stream.get_extra_info("server_addr")  # getpeername()
        if peer is None or unwrap(ip_address(peer[0])) != address or peer[1] != self._target.port:
            await stream.aclose()
            host = self._target.host
            raise EgressRefused(f"{host}: the connection is not with the checked address.", host=host)


async def _close(connection: httpcore2.AsyncHTTPConnection) -> None:
    try:
        await connection.aclose()
    except OSError:
        pass  # It was broken already, and what broke it is being raised.


def _check_method(method: str) -> str:
    name = method.upper()
    if not _TOKEN.fullmatch(name) or name in _METHODS_REFUSED:
        raise EgressRefused(f"The HTTP method {shorten(method, 50)!r} is not one that may be sent.")
    return name


def _check_headers(headers: Mapping[str, str], target: Target, is_multipart: bool) -> list[tuple[str, str]]:
    """Give the caller's headers without those that are ours; a message about one never has its value."""
    kept: dict[str, tuple[str, str]] = {}
    for name, value in headers.items():
        lower = name.lower()
        if not _TOKEN.fullmatch(name):
            raise EgressRefused(f"{shorten(name, 50)!r} is not a header's name.")
        if _BAD_IN_VALUE.search(value) or not _is_unicode(value):
            raise EgressRefused(f"The header {name} has a line break, NUL or other bad character in its value.")
        if lower == "host" and value.strip().lower() not in (target.authority, target.host):
            raise EgressRefused("The header Host names another host than the URL.", host=target.host)
        # The caller does not know the boundary, which is in the multipart body's own type.
        if lower not in _HEADERS_OURS and not (is_multipart and lower == "content-type"):
            kept[lower] = (name, value.strip())
    if sum(len(name) + len(value.encode()) for name, value in kept.values()) > HEADER_BYTES_MAX:
        raise EgressRefused(f"The request's headers are larger than {HEADER_BYTES_MAX} bytes.")
    return list(kept.values())


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _with_ours(given: Sequence[tuple[str, str]], ours: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    names = {name.lower() for name, _ in given}
    return (*given, *((name, value) for name, value in ours.items() if value and name.lower() not in names))


def _encode_body(**parts: Any) -> tuple[bytes, str | None]:
    """Give the body's bytes and its type; httpx2 knows how to write JSON, forms and multipart."""
    try:
        request = httpx2.Request("POST", "http://body.invalid/", **parts)
        return request.read(), request.headers.get("content-type")
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"The request's body cannot be written: {shorten(str(error), 300)}") from error


def _is_redirect(response: HttpResponse) -> bool:
    return response.status in _REDIRECTS and bool(response.headers.get("location"))


def _redirected(outgoing: _Outgoing, response: HttpResponse) -> _Outgoing:
    """Give the next request of a chain, as browsers make it (https://fetch.spec.whatwg.org/#http-redirect-fetch)."""
    before = outgoing.target
    location = response.headers["location"].encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        target = parse_url(urljoin(before.url, location))
    except ValueError as error:  # urljoin's, for a malformed address
        raise EgressRefused(f"{before.host} redirected to what is no address.", host=before.host) from error
    if before.scheme == "https" and target.scheme == "http":
        where = f"from https to http, to {target.host}"
        raise EgressRefused(f"{before.host} redirected {where}.", host=target.host)
    headers = outgoing.headers
    if target.origin != before.origin:
        headers = tuple(item for item in headers if item[0].lower() in _HEADERS_FOR_ANYONE)
    is_see_other = response.status == 303 and outgoing.method not in ("GET", "HEAD")
    if is_see_other or (response.status in (301, 302) and outgoing.method == "POST"):
        headers = tuple(item for item in headers if item[0].lower() not in _HEADERS_OF_BODY)
        return _Outgoing("GET", target, headers, b"")
    return replace(outgoing, target=target, headers=headers)


def _read_headers(answer: httpcore2.Response, target: Target) -> dict[str, str]:
    """Give the headers by lower-case name, repeated ones joined by a comma."""
    if sum(len(name) + len(value) for name, value in answer.headers) > HEADER_BYTES_MAX:
        what = f"more than {HEADER_BYTES_MAX} bytes of headers"
        raise Unavailable(f"{target.host} answered with {what}.", host=target.host)
    found: dict[str, str] = {}
    for name, value in answer.headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


async def _read_content(
    answer: httpcore2.Response, response: HttpResponse, outgoing: _Outgoing, bytes_max: int
) -> bytes:
    """Read the content, decoded; stop at the limit, on the wire as well as decoded."""
    host = outgoing.target.host
    declared = response.headers.get("content-length", "")
    if outgoing.method != "HEAD" and declared.isdecimal() and int(declared[:20]) > bytes_max:
        raise _too_large(host, bytes_max)
    inflater = _inflater_for(response.headers.get("content-encoding", ""), host, bytes_max)
    received = 0
    content = bytearray()
    async with aclosing(answer.aiter_stream()) as chunks:
        async for chunk in chunks:
            received += len(chunk)
            if received > bytes_max:
                raise _too_large(host, bytes_max)
            if inflater is None:
                content += chunk
            else:
                inflater.feed(chunk, content)
    if inflater is not None and received:
        inflater.finish()
    return bytes(content)


def _too_large(host: str, bytes_max: int) -> ValueTooLarge:
    return ValueTooLarge(f"{host} answered with more than {bytes_max} bytes.", host=host)


def _inflater_for(encoding: str, host: str, bytes_max: int) -> _Inflater | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return _Inflater(host, bytes_max, zlib.MAX_WBITS | 16)
        case "deflate":
            return _Inflater(host, bytes_max, zlib.MAX_WBITS)
        case other:
            what = f"the encoding {shorten(other, 50)!r}, which was not asked for"
            raise Unavailable(f"{host} answered in {what}.", host=host)


class _Inflater:
    """Undoes gzip or deflate, piece by piece, and stops at the ratio or the limit whatever the stream holds."""

    def __init__(self, host: str, bytes_max: int, window_bits: int) -> None:
        self._host = host
        self._bytes_max = bytes_max
        self._window_bits = window_bits
        self._stream = zlib.decompressobj(window_bits)
        self._members = 1
        self._received = 0

    def feed(self, chunk: bytes, content: bytearray) -> None:
        """Decode a chunk of the wire onto the content."""
        if self._received == 0 and self._window_bits == zlib.MAX_WBITS and not _has_zlib_head(chunk):
            # Many servers mean raw deflate; RFC 9110, 8.4.1.2.
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._received += len(chunk)
        is_more = True
        while is_more:
            if self._stream.eof and not self._start_member(chunk):
                return
            piece = self._inflate(chunk)
            content += piece
            self._check_size(len(content))
            chunk = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            # A full piece may have left output behind that needs no more input.
            is_more = bool(chunk) or (len(piece) == _INFLATE_PIECE_BYTES and not self._stream.eof)

    def finish(self) -> None:
        """Refuse a stream that ended before its end."""
        if not self._stream.eof:
            raise Unavailable(f"{self._host}: the compressed content ended too early.", host=self._host)

    def _inflate(self, chunk: bytes) -> bytes:
        try:
            return self._stream.decompress(chunk, _INFLATE_PIECE_BYTES)
        except zlib.error as error:
            raise Unavailable(f"{self._host}: the compressed content is broken.", host=self._host) from error

    def _check_size(self, size: int) -> None:
        if size > self._bytes_max:
            raise _too_large(self._host, self._bytes_max)
        if size > max(DECODED_FREE_BYTES, self._received * DECODED_RATIO_MAX):
            what = f"content that unpacks to more than {DECODED_RATIO_MAX} times its size"
            raise ValueTooLarge(f"{self._host} answered with {what}.", host=self._host)

    def _start_member(self, chunk: bytes) -> bool:
        """Begin the next gzip member, if one follows; what follows else is padding, and everyone ignores it."""
        if not (self._window_bits > zlib.MAX_WBITS and chunk.startswith(b"\x1f")):
            return False
        self._members += 1
        if self._members > GZIP_MEMBERS_MAX:
            what = f"more than {GZIP_MEMBERS_MAX} gzip members"
            raise Unavailable(f"{self._host}: the content has {what}.", host=self._host)
        self._stream = zlib.decompressobj(self._window_bits)
        return True


def _has_zlib_head(data: bytes) -> bool:
    """Say whether it begins with a zlib header; its first byte alone decides when the second has not come."""
    if data[0] & 0x0F != 8:
        return False
    return len(data) < 2 or (data[0] * 256 + data[1]) % 31 == 0
