"""One sandbox from its start to its end: fed, watched, read and killed; it never waits longer than it was told to.

Who ends it: the code itself, time, memory, too much output, or whoever does not want it any more. The kill goes to
bubblewrap, with which the first process of the namespace dies, with which the kernel ends every other one in it, whatever
they did to get away. The same happens when we die: bubblewrap asked the kernel for that.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import orjson

from blocks.sandbox import inside
from blocks.sandbox.bounds import Bounds
from blocks.sandbox.command import OWN_FOLDER, WORK_FOLDER, sandbox_command
from blocks.sandbox.places import Place
from blocks.sandbox.syscalls import filter_program
from blocks.sandbox.usage import used_bytes
from schema.errors import Unavailable

#: Seconds between two looks at memory and at the clock.
LOOK_SECONDS: Final = 0.05
#: Seconds that what was killed may take to be gone.
END_SECONDS: Final = 1.5
_CHUNK_BYTES: Final = 64 * 1024
_MARK: Final = f"{OWN_FOLDER}/inside.py"
_FOLDERS: Final = (WORK_FOLDER, "/tmp", "/dev/shm")
_SCRIPTS: Final = {name: Path(inside.__file__).with_name(name) for name in ("inside.py", "inside.js")}


class End(StrEnum):
    """Who ended it."""

    ITSELF = "itself"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"
    REPORT = "report"
    UNWANTED = "unwanted"


@dataclass
class Ended:
    """What is left of a run: what it wrote, what its report says, how it ended."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    report: bytearray = field(default_factory=bytearray)
    end: End = End.ITSELF
    status: int | None = None
    seconds: float = 0.0
    peak_bytes: int = 0


@dataclass(frozen=True)
class _Stream:
    """Something that is read, up to how much, and what more than that is called."""

    fd: int
    into: bytearray
    limit: int
    end: End


def run_process(place: Place, request: dict[str, object], bounds: Bounds, unwanted: threading.Event) -> Ended:
    """Run `inside.py` on a request in a sandbox, to its end. Call it on a thread that lives as long: the kernel ends the
    sandbox with the thread that began it."""
    ended, began = Ended(), time.monotonic()
    with ExitStack() as open_files:
        report, told = _pipe(open_files)
        asked = orjson.dumps({**request, "bounds": bounds.to_wire(), "report": told, "folder": WORK_FOLDER})
        fds = {name: open_files.enter_context(_memory_file(path.read_bytes())) for name, path in _SCRIPTS.items()}
        fds["request.json"] = open_files.enter_context(_memory_file(asked))
        filter_fd = open_files.enter_context(_memory_file(filter_program()))
        process = _start(place, sandbox_command(place, bounds, filter_fd, fds), (filter_fd, told, *fds.values()))
        os.close(told)
        try:
            _watch(process, report, ended, bounds, began + bounds.seconds, unwanted)
        except BaseException:
            ended.end = End.UNWANTED
            raise
        finally:
            _end(process, ended)
    ended.status, ended.seconds = process.returncode, time.monotonic() - began
    return ended


def _start(place: Place, command: list[str], fds: tuple[int, ...]) -> subprocess.Popen[bytes]:
    is_other = place.user_id is not None and not place.is_staged
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
            pass_fds=fds,
            start_new_session=True,
            user=place.user_id if is_other else None,
            group=place.user_id if is_other else None,
            extra_groups=[] if is_other else None,
        )
    except OSError as error:
        raise Unavailable(f"The sandbox cannot be started: {error}") from error


def _pipe(open_files: ExitStack) -> tuple[int, int]:
    """Give a pipe's reading and writing end; the reading one is closed with the others."""
    reading, writing = os.pipe()
    open_files.callback(os.close, reading)
    return reading, writing


@contextmanager
def _memory_file(data: bytes) -> Iterator[int]:
    """Give a descriptor from which these bytes are read; nothing is on any disk."""
    fd = os.memfd_create("sandbox")
    try:
        with open(fd, "wb", closefd=False) as file:
            file.write(data)
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)


def _watch(
    process: subprocess.Popen[bytes],
    report: int,
    ended: Ended,
    bounds: Bounds,
    deadline: float,
    unwanted: threading.Event,
) -> None:
    """Read all that it writes until it ends, or until it is time to end it."""
    assert process.stdout is not None
    assert process.stderr is not None
    with selectors.DefaultSelector() as streams:
        for stream in (
            _Stream(process.stdout.fileno(), ended.stdout, bounds.output_bytes, End.OUTPUT),
            _Stream(process.stderr.fileno(), ended.stderr, bounds.output_bytes, End.OUTPUT),
            _Stream(report, ended.report, bounds.report_bytes, End.REPORT),
        ):
            streams.register(stream.fd, selectors.EVENT_READ, stream)
        next_look = 0.0
        while streams.get_map():
            for key, _ in streams.select(LOOK_SECONDS):
                if not _read(key.data, ended):
                    streams.unregister(key.fd)
            now = time.monotonic()
            if now >= next_look and ended.end is End.ITSELF:
                ended.end = _look(process, ended, bounds, deadline, unwanted)
                next_look = now + LOOK_SECONDS
            if ended.end is not End.ITSELF:
                return


def _read(stream: _Stream, ended: Ended) -> bool:
    """Read once; say whether there may be more."""
    chunk = os.read(stream.fd, _CHUNK_BYTES)
    stream.into.extend(chunk)
    if len(stream.into) > stream.limit:
        ended.end = stream.end
        del stream.into[stream.limit :]
    return bool(chunk)


def _look(
    process: subprocess.Popen[bytes], ended: Ended, bounds: Bounds, deadline: float, unwanted: threading.Event
) -> End:
    if unwanted.is_set():
        return End.UNWANTED
    if time.monotonic() >= deadline:
        return End.TIME
    used = used_bytes(process.pid, bounds.memory_bytes, _MARK, _FOLDERS)
    ended.peak_bytes = max(ended.peak_bytes, used)
    return End.MEMORY if used > bounds.memory_bytes else End.ITSELF


def _end(process: subprocess.Popen[bytes], ended: Ended) -> None:
    """End what still runs, and wait until all of it is gone."""
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        # All its streams are closed already where it ended by itself, so there is next to nothing to wait for.
        process.wait(END_SECONDS if ended.end is End.ITSELF else 0.0)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    finally:
        _drain(process.stdout.fileno())
        process.stdout.close()
        process.stderr.close()


def _drain(fd: int) -> None:
    """Wait until nobody holds the other end any more: the namespace's first process does, to its own end."""
    deadline = time.monotonic() + END_SECONDS
    with selectors.DefaultSelector() as stream:
        stream.register(fd, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if stream.select(left) and not os.read(fd, _CHUNK_BYTES):
                return
