"""What every peer's program says and hears, a JSON object a line, and what the work is; it imports nothing of ours.

The first line on standard input is {"database": URL, "folder": PATH, "works": [...]}; the answer is {"ready": true}. Then come
requests, each with a "key" that no other run has:
{"do": "run", "work": {...}, "runs": n, "at_once": n} -> {"seconds": all of them, "walls": [of each]}
{"do": "begin", "work": {...}} -> {"victims": [process ids]}: a run is under way; these processes work at it
{"do": "finish", "work": {...}} -> {"how": words}: after the victims were killed, what became of that run
An answer {"cannot": "why"} is one, too. Whatever libraries print goes to standard error.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import uvloop

#: A line has no more bytes than this: requests and answers are small.
LINE_BYTES_MAX = 4 * 1024 * 1024
#: Servers that a peer's program starts have so long to be ready.
READY_SECONDS = 90.0


@dataclass(frozen=True)
class Work:
    """One run's work: a chain of `size` nodes, a fan-out of `size`, or `size` items through `depth` nodes each."""

    kind: str
    size: int
    depth: int = 0
    #: What each node waits, and how many bytes of text travel instead of a number.
    node_ms: int = 0
    text_bytes: int = 0
    #: Which of a peer's ways to save is meant, where it has several.
    mode: str = ""

    def first(self) -> int:
        """Give what goes into a chain: a number, or a negative one that asks its first node for a text of that length."""
        return -self.text_bytes if self.text_bytes else 1

    def check(self, result: Any) -> None:
        """Raise AssertionError where a run's result is not what the work comes to."""
        if self.kind == "chain" and not self.text_bytes:
            assert result == 1 + self.size, result
        elif self.kind == "chain":
            assert len(result) == self.text_bytes, len(result)
        else:
            assert result == self.size, result


class Peer(Protocol):
    """What a peer's program does."""

    async def start(self, database: str, folder: str, works: list[Work]) -> None: ...

    async def run(self, work: Work, key: str) -> Any: ...

    async def begin(self, work: Work, key: str) -> list[int]: ...

    async def finish(self, work: Work, key: str) -> str: ...

    async def end(self) -> None: ...


async def node(value: Any, node_ms: int) -> Any:
    """Do what a node does: give a text as it is, one more than a number, and for a negative number a text of that length."""
    if node_ms:
        await asyncio.sleep(node_ms / 1e3)
    if not isinstance(value, int):
        return value
    return value + 1 if value >= 0 else "x" * -value


def free_port() -> int:
    """Choose a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def eventually(condition: Callable[[], bool]) -> None:
    """Ask again and again until it is so."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        if await asyncio.to_thread(condition):
            return
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.1)


def serve(peer: Peer) -> None:
    """Speak until the input ends; the process then ends at once with its group, the servers that it started among it."""
    voice = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # As our own processes: a faster loop than Python's own.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(peer, lambda answer: print(json.dumps(answer), file=voice, flush=True)))
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


async def _serve(peer: Peer, say: Callable[[dict[str, Any]], None]) -> None:
    reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    first = json.loads(await reader.readline())
    await peer.start(first["database"], first["folder"], [Work(**one) for one in first["works"]])
    say({"ready": True})
    while line := await reader.readline():
        say(await _answer(peer, json.loads(line)))
    await peer.end()


async def _answer(peer: Peer, asked: dict[str, Any]) -> dict[str, Any]:
    work = Work(**asked["work"])
    try:
        if asked["do"] == "begin":
            return {"victims": await peer.begin(work, asked["key"])}
        if asked["do"] == "finish":
            return {"how": await peer.finish(work, asked["key"])}
        return await _timed(lambda number: peer.run(work, f"{asked['key']}-{number}"), work, asked)
    except Exception as error:  # noqa: BLE001  Whatever it is: the bench writes down why this peer cannot do this.
        return {"cannot": f"{type(error).__name__}: {error}"[:500]}


async def _timed(run: Callable[[int], Awaitable[Any]], work: Work, asked: dict[str, Any]) -> dict[str, Any]:
    room = asyncio.Semaphore(asked["at_once"])

    async def one(number: int) -> float:
        async with room:
            began = time.perf_counter()
            work.check(await run(number))
            return time.perf_counter() - began

    began = time.perf_counter()
    walls = await asyncio.gather(*(one(number) for number in range(asked["runs"])))
    return {"seconds": time.perf_counter() - began, "walls": walls}
