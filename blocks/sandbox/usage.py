"""How much memory a tree of processes takes, read from /proc; it changes nothing, and what it cannot read counts nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

#: Bytes of the kernel's own memory that a file costs, however short it is: an inode and its name.
INODE_BYTES: Final = 1_200
#: Bytes that may wait in a socket, and that no process answers for: twice net.core.wmem_max.
SOCKET_BYTES: Final = 425_984
#: Memory of a process alone, and the kernel's tables of it: those grow by reading what is not there, too.
_PRIVATE: Final = re.compile(rb"^(?:RssAnon|RssShmem|VmPTE):\s+(\d+) kB$", re.MULTILINE)
_SHARE: Final = re.compile(rb"^Pss_(?:Anon|Shmem):\s+(\d+) kB$", re.MULTILINE)
_TABLES: Final = re.compile(rb"^VmPTE:\s+(\d+) kB$", re.MULTILINE)
_SOCKETS: Final = re.compile(rb"^sockets: used (\d+)$", re.MULTILINE)


def used_bytes(process_id: int, limit: int, mark: str, folders: tuple[str, ...]) -> int:
    """Give the bytes that a process and all below it take: memory of their own, what they wrote into these folders, and what
    may wait in their sockets.

    `mark` is a path that only those see whose folders are meant. What a fork shares with its parent counts for both in
    the first reading, which is cheap; where that is over the limit, the second one counts each page once.
    """
    processes = list(tree(process_id))
    inside = next((one for one in reversed(processes) if os.path.lexists(f"/proc/{one}/root{mark}")), None)
    kept = 0 if inside is None else _written(inside, folders) + _waiting(inside)
    used = kept + sum(_memory(one) for one in processes)
    return used if used <= limit else kept + sum(_share(one) for one in processes)


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
    return _kilobytes(_PRIVATE, f"/proc/{process_id}/status")


def _share(process_id: int) -> int:
    found = _kilobytes(_SHARE, f"/proc/{process_id}/smaps_rollup")
    # It cannot be read where the kernel has none, or the process is of another user.
    return found + _kilobytes(_TABLES, f"/proc/{process_id}/status") if found else _memory(process_id)


def _kilobytes(lines: re.Pattern[bytes], path: str) -> int:
    return 1024 * sum(map(int, lines.findall(_read(path))))


def _written(process_id: int, folders: tuple[str, ...]) -> int:
    """Give what stands in the folders, as a process that is inside sees them."""
    try:
        seen = [os.statvfs(f"/proc/{process_id}/root{folder}") for folder in folders]
    except OSError:
        return 0  # It ended meanwhile.
    return sum((one.f_blocks - one.f_bfree) * one.f_frsize + (one.f_files - one.f_ffree) * INODE_BYTES for one in seen)


def _waiting(process_id: int) -> int:
    """Give what may wait in the sockets of a process's network namespace, which is the sandbox's alone."""
    return SOCKET_BYTES * sum(map(int, _SOCKETS.findall(_read(f"/proc/{process_id}/net/sockstat"))))


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
