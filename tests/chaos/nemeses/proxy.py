"""A TCP proxy between a part of the stack and one of its servers, whose wire can be slowed, cut and broken; it reads no protocol.

    client --up--> [wait while held] -> [latency] -> [bandwidth] --> server
    client <--down-- the same ------------------------------------- server

Each direction has a state of its own. What is *held* is kept, as a network that is cut keeps it in the kernels of both ends: it
goes on when the cut is healed, if anyone is still there. A connection that is *reset* ends with RST on both sides. While the port
is *refused* nobody listens on it, and it is nobody else's.

All of a proxy happens in the loop that it was opened in; others look at its counts, and tell it through `Wires`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal

from deploy.stack import ports

CHUNK_BYTES: Final = 64 * 1024
#: How much of a connection may be on its way at once: behind it the sender waits, as on a wire that is full.
ON_THE_WAY_MAX: Final = 64
#: SO_LINGER, on, for no time: closing sends RST.
_RST: Final = struct.pack("ii", 1, 0)

Direction = Literal["up", "down"]


@dataclass
class Flow:
    """What is done to the bytes of one direction, from now on."""

    latency_seconds: float = 0.0
    bytes_per_second: float | None = None
    is_held: bool = False


@dataclass
class Seen:
    """What a proxy saw since it was last asked to forget: the proofs."""

    #: When each connection was asked for, in seconds of the proxy's loop.
    accepted: list[float] = field(default_factory=list)
    refused_upstream: int = 0
    reset: int = 0
    held_bytes: int = 0
    held_connections: int = 0
    slowed_bytes: int = 0
    #: The most connections that were open at once.
    open_max: int = 0


class Connection:
    """One connection and its two directions."""

    def __init__(self, proxy: Proxy, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self._carrying = asyncio.current_task()

    def reset(self) -> None:
        """End it with RST on both sides, also where its bytes are held."""
        for writer in (self.client, self.server):
            abort(writer)
        if self._carrying is not None:
            self._carrying.cancel()

    async def carry(self, client: asyncio.StreamReader, server: asyncio.StreamReader) -> None:
        """Carry both directions until both ended, or either broke."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry_one("up", client, self.server))
                group.create_task(self._carry_one("down", server, self.client))
        except* OSError:
            # Whoever broke it, the other one is told so.
            abort(self.client)
            abort(self.server)
        finally:
            self.client.close()
            self.server.close()

    async def _carry_one(self, way: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read ahead, note when each piece is due, and hand it on then."""
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(ON_THE_WAY_MAX)
        handing = asyncio.create_task(self._hand_on(way, pieces, writer))
        try:
            data = b"-"
            while data:
                await self.proxy.until_free(way)
                data = await reader.read(CHUNK_BYTES)
                put = asyncio.ensure_future(pieces.put((self.proxy.due(way, data), data)))
                await asyncio.wait((put, handing), return_when=asyncio.FIRST_COMPLETED)
                if handing.done():
                    put.cancel()
                    break
            await handing
        finally:
            handing.cancel()

    async def _hand_on(
        self, way: Direction, pieces: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            due, data = await pieces.get()
            await self.proxy.until_due(due)
            await self.proxy.until_free(way)
            if not data:
                if writer.can_write_eof():
                    writer.write_eof()
                return
            await self._write(way, data, writer)

    async def _write(self, way: Direction, data: bytes, writer: asyncio.StreamWriter) -> None:
        """Write at the speed of the wire: what is written takes its time before the next goes."""
        rate = self.proxy.flows[way].bytes_per_second
        size = len(data) if rate is None else max(1, int(rate / 10))
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            writer.write(piece)
            await writer.drain()
            if rate is not None:
                await self.proxy.until_due(self.proxy.loop.time() + len(piece) / rate)


class Proxy:
    """A port that leads to a server. Its verbs are for its own loop."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.port = ports.choose()
        self.flows: dict[Direction, Flow] = {"up": Flow(), "down": Flow()}
        self.seen = Seen()
        self.is_refusing = False
        #: Every new connection is reset at once.
        self.is_resetting = False
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._kept: socket.socket | None = None
        self._changed = asyncio.Event()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    @property
    def open_count(self) -> int:
        return len(self._connections)

    async def open(self) -> None:
        """Listen, on the port that it had before, if any."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
        self._server = await asyncio.start_server(self._accept, ports.HOST, self.port)

    async def refuse(self) -> None:
        """Listen no more, break what is open, and keep the port from others."""
        assert self._server is not None
        self._server.close()
        self._server = None
        self._kept = held_port(self.port)
        self.is_refusing = True
        self.reset()

    async def restore(self) -> None:
        """Let everything pass."""
        self.flows = {"up": Flow(), "down": Flow()}
        self.is_resetting = False
        if self.is_refusing:
            await self.open()
            self.is_refusing = False
        self._wake()

    def change(self, *, up: Flow | None = None, down: Flow | None = None) -> None:
        """Have directions behave so from now on; what is on its way keeps the time at which it is due."""
        self.flows = {"up": up or self.flows["up"], "down": down or self.flows["down"]}
        self._wake()

    def reset(self) -> None:
        """Break every connection with RST."""
        for one in list(self._connections):
            self.seen.reset += 1
            one.reset()
        self._wake()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        if self._kept is not None:
            self._kept.close()
        self.reset()

    # What connections wait for

    async def until_free(self, way: Direction) -> None:
        """Wait while a direction is held."""
        while self.flows[way].is_held:
            await self._changed.wait()

    async def until_due(self, due: float) -> None:
        """Wait until a moment of the loop's clock, or until the wire is changed for one that has no such waits."""
        while (left := due - self.loop.time()) > 0 and self._is_slow():
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return

    def due(self, way: Direction, data: bytes) -> float:
        """Give when a piece that was read goes on; count what is slowed and held."""
        flow = self.flows[way]
        if flow.is_held:
            self.seen.held_bytes += len(data)
        if flow.latency_seconds or flow.bytes_per_second is not None:
            self.seen.slowed_bytes += len(data)
        return self.loop.time() + flow.latency_seconds

    def _is_slow(self) -> bool:
        return any(flow.latency_seconds or flow.bytes_per_second is not None for flow in self.flows.values())

    def _wake(self) -> None:
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()

    async def _accept(self, client_reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self.seen.accepted.append(self.loop.time())
        try:
            if self.is_resetting:
                self.seen.reset += 1
                raise ConnectionResetError
            # A connection begins with bytes in both directions: it comes about as they do.
            self.seen.held_connections += self.flows["up"].is_held
            await self.until_free("up")
            server_reader, server = await asyncio.open_connection(*self.target)
        except OSError:
            self.seen.refused_upstream += 1
            abort(client)
            return
        except asyncio.CancelledError:
            abort(client)
            return
        connection = Connection(self, client, server)
        self._connections.add(connection)
        self.seen.open_max = max(self.seen.open_max, len(self._connections))
        try:
            await connection.carry(client_reader, server_reader)
        except asyncio.CancelledError:
            return  # It was reset.
        finally:
            self._connections.discard(connection)


def abort(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST, dropping what was not sent."""
    held = writer.get_extra_info("socket")
    if held is not None and held.fileno() >= 0:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
    writer.transport.abort()


def held_port(port: int) -> socket.socket:
    """Take a port without listening: who connects is refused, and nobody else can have it."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((ports.HOST, port))
    return held


def accepted_per_second(seen: Seen, window_seconds: float = 1.0) -> int:
    """Give the most connections that were asked for within any window of so many seconds."""
    window: deque[float] = deque()
    most = 0
    for moment in seen.accepted:
        window.append(moment)
        while window[0] <= moment - window_seconds:
            window.popleft()
        most = max(most, len(window))
    return most
