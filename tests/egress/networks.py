"""Networks and resolvers that only remember, and an audit of the process's real connects; nothing leaves here."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore2

from tests.egress.servers import reply


class Resolver:
    """Gives prepared answers in order, the last one again and again, and counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Memory(httpcore2.AsyncNetworkBackend):
    """A network where every connect succeeds and is written down; each connection gives the next prepared answer."""

    def __init__(self, *answers: bytes, peer: str | None = None) -> None:
        self._answers = list(answers) or [reply(200, b"ok")]
        self._peer = peer
        self.connects: list[tuple[str, int]] = []
        self.server_names: list[str | None] = []
        self.sent = bytearray()

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        self.connects.append((host, port))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return _MemoryStream(self, answer, (self._peer or host, port))


class _MemoryStream(httpcore2.AsyncMockStream):
    def __init__(self, network: Memory, answer: bytes, peer: tuple[str, int]) -> None:
        super().__init__([answer])
        self._network = network
        self._peer = peer

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._network.sent += buffer

    async def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        self._network.server_names.append(server_hostname)
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._peer if info == "server_addr" else None


_is_in_egress: ContextVar[bool] = ContextVar("_is_in_egress", default=False)


class Marked(httpcore2.AsyncNetworkBackend):
    """The real network, which marks what it connects: so the audit can tell egress from all else."""

    def __init__(self) -> None:
        self._real = httpcore2.AnyIOBackend()

    async def connect_tcp(self, *arguments: Any, **settings: Any) -> httpcore2.AsyncNetworkStream:
        token = _is_in_egress.set(True)
        try:
            return await self._real.connect_tcp(*arguments, **settings)
        finally:
            _is_in_egress.reset(token)


@dataclass(frozen=True)
class Connect:
    """A connect that the interpreter made."""

    address: Any
    is_from_egress: bool


_watchers: list[list[Connect]] = []
_hooks: list[Any] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        connect = Connect(arguments[1], _is_in_egress.get())
        for watcher in _watchers:
            watcher.append(connect)


@contextmanager
def watched() -> Iterator[list[Connect]]:
    """Give the list of every connect that Python makes meanwhile, by whatever library (uvloop's own excepted)."""
    if not _hooks:  # An audit hook stays for the life of the process, so there is one.
        sys.addaudithook(_audit)
        _hooks.append(_audit)
    connects: list[Connect] = []
    _watchers.append(connects)
    try:
        yield connects
    finally:
        _watchers.remove(connects)
