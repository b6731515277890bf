"""Wear: says when this process has taken more than it may, or lost a thread that nobody can end; it never ends it itself.

A block runs in its worker's process. What it leaves there, memory, open files, a thread that stands in C code, nothing can take
back but the end of the process. So a worn worker takes nothing more, ends what it began, and is started anew, as by SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import resource
from pathlib import Path
from typing import Final

import structlog

from activities.block_loop import BlockLoop

log = structlog.get_logger()

LOOK_SECONDS: Final = 2.0
#: The part of the files that the system lets a process open: who has no more cannot even connect.
FILES_PART: Final = 0.8
_PROCESS: Final = Path("/proc/self")


def wear_of(
    abandoned_threads: int, memory_bytes: int, memory_bytes_max: int | None, files: int, files_max: int
) -> str | None:
    """Say why a process that is so should be replaced; None: it should not."""
    if abandoned_threads:
        return f"{abandoned_threads} threads stand in blocks that nobody can end"
    if memory_bytes_max is not None and memory_bytes > memory_bytes_max:
        return f"it has {memory_bytes} bytes of memory, and may have {memory_bytes_max}"
    if files > FILES_PART * files_max:
        return f"it has {files} files open, and may have {files_max}"
    return None


async def until_worn(block_loop: BlockLoop, memory_bytes_max: int | None) -> None:
    """Return when this process should be replaced."""
    if memory_bytes_max is not None and _memory_bytes() > memory_bytes_max:
        log.error(
            "a worker begins with more memory than it may have: that limit is not heeded", bytes_max=memory_bytes_max
        )
        memory_bytes_max = None
    while True:
        files_max, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        reason = wear_of(block_loop.abandoned_threads, _memory_bytes(), memory_bytes_max, _files(), files_max)
        if reason is not None:
            log.warning("worker is worn, and is to be replaced", reason=reason)
            return
        await asyncio.sleep(LOOK_SECONDS)


def _memory_bytes() -> int:
    """Give the resident memory; 0 where the system has no `/proc`."""
    try:
        pages = int((_PROCESS / "statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _files() -> int:
    """Give how many files are open; 0 where the system has no `/proc`."""
    try:
        return len(os.listdir(_PROCESS / "fd"))
    except OSError:
        return 0
