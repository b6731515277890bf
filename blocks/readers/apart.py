"""Reading a file apart: its parser runs in a child without environment, network or secrets, within time and memory; keeps nothing.

feedparser and calamine know no limit: a feed of 300 KB nested 100,000 deep takes a second, one of 3 MB minutes, and neither can be
interrupted in a thread. So the child is ended, and whatever it was doing with it. It is started for one file: 0.1 s.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import orjson

from schema.errors import BlockFailed, Unavailable, shorten

#: Seconds of one file: 4 MB of feed take 3 s, a sheet of 100,000 rows 2 s, and the machine may be busy.
READ_SECONDS_MAX: Final = 20.0
#: Children at a time, so that costly files cannot take all memory. Those that ask a database wait for it, some of them for minutes:
#: they have a number of their own, so that nobody's file waits for them.
_CHILDREN_MAX: Final = 4
_ASKING_MAX: Final = 16
_FOLDER: Final = Path(__file__).parent

_threads = ThreadPoolExecutor(_CHILDREN_MAX, thread_name_prefix="readers")
_asking = ThreadPoolExecutor(_ASKING_MAX, thread_name_prefix="databases")


class Reader(StrEnum):
    """What reads: the script beside this file."""

    FEED = "feed_child.py"
    WORKBOOK = "workbook_child.py"
    DATABASE = "database_child.py"


class _Child:
    """A child that may be ended from another thread than the one that waits for it, also before it begins."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_unwanted = False

    def begin(self, command: Sequence[str], fds: tuple[int, ...]) -> subprocess.Popen[bytes]:
        with self._turn:
            if self._is_unwanted:
                # Its open files may be others' by now.
                raise Unavailable("Nobody waits for it any more.")
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                pass_fds=fds,
            )
            return self._process

    def end(self) -> None:
        with self._turn:
            self._is_unwanted = True
            if self._process is not None:
                self._process.kill()


async def read_apart(reader: Reader, content: bytes, what: str, *options: str) -> Any:
    """Give what a reader makes of a file's bytes. Raises BlockFailed saying of `what` why it cannot be read."""
    done = await run_apart(reader, content, what, READ_SECONDS_MAX, options)
    is_read, found = done[0], done[1]
    if not is_read:
        raise BlockFailed(f"{what} cannot be read: {shorten(str(found), 300)}")
    return found


async def run_apart(
    reader: Reader, content: bytes, what: str, seconds: float, options: Sequence[str] = (), fds: Sequence[int] = ()
) -> list[Any]:
    """Give a child's whole answer; it has these open files, and so many seconds. Where this is cancelled, the child ends."""
    command = [sys.executable, "-I", str(_FOLDER / reader.value), *options]
    threads, child = _asking if reader is Reader.DATABASE else _threads, _Child()
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(threads, _run, child, command, content, what, seconds, tuple(fds))
    finally:
        child.end()


def _run(
    child: _Child, command: list[str], content: bytes, what: str, seconds: float, fds: tuple[int, ...]
) -> list[Any]:
    try:
        with child.begin(command, fds) as process:
            try:
                said, _ = process.communicate(content, seconds)
            except BaseException:
                process.kill()  # Else it would be waited for.
                raise
    except subprocess.TimeoutExpired as error:
        raise BlockFailed(f"{what} takes longer than {seconds:g} seconds.") from error
    except OSError as error:
        raise Unavailable(f"The process that reads files cannot be started: {error}") from error
    try:
        answer: list[Any] = orjson.loads(said)
    except orjson.JSONDecodeError as error:
        raise BlockFailed(f"{what} takes too much memory.") from error
    return answer
