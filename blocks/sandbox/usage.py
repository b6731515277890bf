"""How much memory a tree of processes takes, read from /proc; it changes nothing, and what it cannot read counts nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

#: Bytes of the kernel's own memory that a file costs, however short it is: an inode and its name.
INODE_BYTES: Final = 1_200
_PRIVATE: Final = re.compile(rb"^Rss(?:Anon|Shmem):\s+(\d+) kB$", re.MULTILINE)


def used_bytes(process_id: int, mark: str, folders: tuple[str, ...]) -> int:
    """Give the bytes that a process and all below it take: memory of their own, and what they wrote into these folders.

    `mark` is a path that only those see whose folders are meant.
    """
    processes = list(tree(process_id))
    return sum(_memory(one) for one in processes) + _written(processes, mark, folders)


def tree(process_id: int) -> Iterator[int]:
    """Give the ids of a process and of all that descend from it, parents first."""
    waiting = [process_id]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += _children(one)


def _children(process_id: int) -> list[int]:
    found = []
    try:
        for thread in os.listdir(f"/proc/{process_id}/task"):
            found += _read(f"/proc/{process_id}/task/{thread}/children").split()
    except OSError:
        pass  # It ended meanwhile.
    return [int(child) for child in found]


def _memory(process_id: int) -> int:
    return 1024 * sum(int(kilobytes) for kilobytes in _PRIVATE.findall(_read(f"/proc/{process_id}/status")))


def _written(processes: list[int], mark: str, folders: tuple[str, ...]) -> int:
    """Give what stands in the folders as the youngest process that is inside sees them."""
    for process_id in reversed(processes):
        root = f"/proc/{process_id}/root"
        if not os.path.lexists(f"{root}{mark}"):
            continue
        try:
            seen = [os.statvfs(f"{root}{folder}") for folder in folders]
        except OSError:
            continue
        return sum(
            (one.f_blocks - one.f_bfree) * one.f_frsize + (one.f_files - one.f_ffree) * INODE_BYTES for one in seen
        )
    return 0


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
