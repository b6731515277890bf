"""Reading a file apart: its parser runs in a child without environment, network or secrets, within time and memory; keeps nothing.

feedparser and calamine know no limit: a feed of 300 KB nested 100,000 deep takes a second, one of 3 MB minutes, and neither can be
interrupted in a thread. So the child is ended, and whatever it was doing with it. It is started for one file: 0.1 s.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import orjson

from schema.errors import BlockFailed, Unavailable, shorten

#: Seconds of one file: 4 MB of feed take 3 s, a sheet of 100,000 rows 2 s, and the machine may be busy.
READ_SECONDS_MAX: Final = 20.0
#: Children at a time, so that costly files cannot take all memory.
_CHILDREN_MAX: Final = 4
_FOLDER: Final = Path(__file__).parent

_threads = ThreadPoolExecutor(_CHILDREN_MAX, thread_name_prefix="readers")


class Reader(StrEnum):
    """What reads: the script beside this file."""

    FEED = "feed_child.py"
    WORKBOOK = "workbook_child.py"
    DATABASE = "database_child.py"


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
    """Give a child's whole answer; it has these open files, and so many seconds."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _run, reader, content, what, seconds, tuple(options), tuple(fds))


def _run(
    reader: Reader, content: bytes, what: str, seconds: float, options: tuple[str, ...], fds: tuple[int, ...]
) -> list[Any]:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_FOLDER / reader.value), *options],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            timeout=seconds,
            pass_fds=fds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BlockFailed(f"{what} takes longer than {seconds:g} seconds.") from error
    except OSError as error:
        raise Unavailable(f"The process that reads files cannot be started: {error}") from error
    try:
        answer: list[Any] = orjson.loads(done.stdout)
    except orjson.JSONDecodeError as error:
        raise BlockFailed(f"{what} takes too much memory.") from error
    return answer
