"""Servers on 127.0.0.1 that answer as a test says and remember what they were asked; they never sleep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp


@dataclass
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


#: What a server does with a request: give the answer's bytes, or write by itself and give None.
Answer = Callable[[Seen, asyncio.StreamWriter], Awaitable[bytes | None]]


@dataclass
class Server:
    """A running server: how often it was connected to, and what it was asked."""

    port: int
    connects: int = 0
    seen: list[Seen] = field(default_factory=list)
    #: Set when the client's last connection has gone.
    is_left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/"


@asynccontextmanager
async def serve(answer: Answer | bytes | None = None, port: int = 0) -> AsyncIterator[Server]:
    """Run a server for as long as the block lasts; without an answer it says 200 and `ok`."""
    writers: set[asyncio.StreamWriter] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connects += 1
        writers.add(writer)
        try:
            seen = await _read(reader)
            server.seen.append(seen)
            content = await answer(seen, writer) if callable(answer) else answer or reply(200, b"ok")
            if content is not None:
                writer.write(content)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # The client left, which is what many of these tests are for.
        finally:
            writer.close()
            writers.discard(writer)
            server.is_left.set()

    listener = await asyncio.start_server(handle, "127.0.0.1", port)
    server = Server(listener.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listener.close()
        for writer in writers:
            writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, path, headers, body)


def reply(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Give a whole answer, its length said."""
    lines = {"Content-Length": str(len(body)), "Connection": "close"} | dict(headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/1.1 {status} So\r\n{head}\r\n".encode("latin-1") + body


def redirect(status: int, location: str) -> bytes:
    """Give an answer that points elsewhere."""
    return reply(status, b"elsewhere", {"Location": location})


def guarded(*servers: Server) -> GuardedHttp:
    """Give the guarded way out, opened by the operator for these servers and for nothing else."""
    return GuardedHttp(EgressPolicy(allowed_hosts=frozenset(server.host for server in servers)))
