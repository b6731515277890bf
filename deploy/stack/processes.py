"""Names processes so that a reused pid cannot be mistaken, and ends them; never touches one it was not given.

A pid alone names nothing: the system gives it to somebody else. A pid with its start time does.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.stack.errors import StillAlive

# Every child carries this variable, with its data folder, so that those of a dead supervisor can be told
# apart from anything else on the machine.
MARK = "DRYSTONE_STACK"
# The clock that gives start times has a resolution of 10 ms, and is moved when the time of day is corrected.
START_TOLERANCE_SECONDS = 2.0
KILL_SECONDS = 5.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Identity:
    """One process for all time: its pid and when it started (seconds since 1970)."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    def is_alive(self) -> bool:
        """Whether it still runs. A zombie does not: it waits only for its parent to read its exit code."""
        try:
            process = psutil.Process(self.pid)
            same = bool(abs(process.create_time() - self.started) < START_TOLERANCE_SECONDS)
            return same and bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.Error:
            return False


def find(belongs: Callable[[psutil.Process], bool]) -> list[Identity]:
    """Give every live process that `belongs`, except this one and its ancestors."""
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid not in ours and process.status() != psutil.STATUS_ZOMBIE and belongs(process):
                found.append(Identity(process.pid, process.create_time()))
        except (psutil.Error, OSError):
            continue  # It ended while we looked, or it is not ours to look at.
    return found


def carries_mark(data_dir: Path) -> Callable[[psutil.Process], bool]:
    """Give a test for the children of any stack of `data_dir`: they carry its mark, or name the folder in
    their command line."""

    def belongs(process: psutil.Process) -> bool:
        if process.environ().get(MARK) == str(data_dir):
            return True
        return process.name() in ("temporal", "postgres") and any(
            is_below(word, data_dir) for word in process.cmdline()
        )

    return belongs


def works_in(folder: Path) -> Callable[[psutil.Process], bool]:
    """Give a test for PostgreSQL processes of the database in `folder`. Those rewrite their command line
    and leave their session, but each of them works in that folder."""
    return lambda process: process.name() == "postgres" and Path(process.cwd()) == folder


def is_below(word: str, folder: Path) -> bool:
    return word == str(folder) or word.startswith(f"{folder}/")


def listens_on(pid: int, port: int) -> bool:
    """Whether process `pid` itself, and not somebody else, listens on `port`."""
    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except (psutil.Error, OSError):
        return False
    return any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections)


async def end(identities: Iterable[Identity], first: signal.Signals, patience_seconds: float) -> None:
    """Ask with signal `first`, then insist with KILL. Return once all are gone, else raise `StillAlive`."""
    for how, seconds in ((first, patience_seconds), (signal.SIGKILL, KILL_SECONDS)):
        alive = [one for one in identities if one.is_alive()]
        for one in alive:
            send(one.pid, how)
        if await are_gone(alive, seconds):
            return
    raise StillAlive(pids=", ".join(str(one.pid) for one in identities if one.is_alive()))


def send(pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except (ProcessLookupError, PermissionError):
        pass  # Gone is what we want; forbidden is found out by the caller, who waits for it to be gone.


async def are_gone(identities: Iterable[Identity], seconds: float) -> bool:
    """Wait at most `seconds`; whether all are gone by then. They are not our children, so nothing tells
    us."""
    deadline = asyncio.get_running_loop().time() + seconds
    while any(one.is_alive() for one in identities):
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True
