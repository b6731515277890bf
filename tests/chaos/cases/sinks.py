"""F47: nobody takes what the service says: its log's pipe is full, or closed, or its disk is full, and the collector hangs."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from deploy.stack import ports
from tests.chaos.cases.agents import work
from tests.chaos.cases.beside import started_with
from tests.chaos.cases.frame import FAULT, OK, Case, CaseResult
from tests.chaos.cases.network import need_alive, pids_of_processes
from tests.chaos.cases.postgres import readers
from tests.chaos.cases.storage import need_live, probed, until_over
from tests.chaos.cases.world import World
from tests.chaos.nemeses.disks import SmallDisk, can_mount
from tests.chaos.nemeses.wires import PARTS

#: Everything is said, so that there is much to get rid of.
TALKATIVE: Final = {"DRYSTONE_LOG_LEVEL": "DEBUG"}
ANSWERED_MIN: Final = 0.9


class Pipe:
    """A named pipe in the place of a log file. We hold both ends; whoever opens it to write gets in."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path, 0o600)
        self.path = path
        self._ends = [os.open(path, os.O_RDWR | os.O_NONBLOCK)]

    def fill(self) -> None:
        """Write until no byte fits: the next write by anybody waits for a reader, and none comes."""
        for size in (4096, 1):
            try:
                while True:
                    os.write(self._ends[0], b"\n" * size)
            except BlockingIOError:
                continue

    @property
    def is_full(self) -> bool:
        try:
            os.write(self._ends[0], b"\n")
        except BlockingIOError:
            return True
        return False

    @property
    def has_something(self) -> bool:
        """Say whether somebody wrote; it is read, and so makes room."""
        try:
            return bool(os.read(self._ends[0], 65536))
        except BlockingIOError:
            return False

    def close(self) -> None:
        """Close our ends: the next write by anybody fails with EPIPE. Who is started again finds no pipe, and makes a file: to
        open a pipe that nobody reads would hold up the supervisor."""
        self.path.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
        self._ends = []


@asynccontextmanager
async def said_to(world: World, logs: Mapping[str, Path], **variables: str) -> AsyncIterator[None]:
    """Have parts write their logs elsewhere inside the block; they are killed and started for that, twice."""
    plain = {part: world.child(part).spec for part in logs}
    changed = {
        part: replace(spec, log=logs[part], environment={**spec.environment, **TALKATIVE, **variables})
        for part, spec in plain.items()
    }
    try:
        await started_with(world, changed)
        yield
    finally:
        await started_with(world, plain)


async def lose_sinks(world: World) -> CaseResult:
    """F47: whatever becomes of the logs and of the collector, runs end and the API answers."""
    result = CaseResult("F47", "logs and the collector are dead")
    with tempfile.TemporaryDirectory(prefix="chaos-logs-") as folder, hanging_collector() as endpoint:
        await full_pipes(world, result, Path(folder))
        await closed_pipes(world, result, Path(folder))
        if can_mount():
            await full_folder(world, result, Path(folder) / "small", endpoint)
    return result


async def full_pipes(world: World, result: CaseResult, folder: Path) -> None:
    """Have pipes that nobody reads: they are full before the parts have said much."""
    pipes = {part: Pipe(folder / f"full-{part}") for part in PARTS}
    try:
        async with said_to(world, {part: pipe.path for part, pipe in pipes.items()}):
            for pipe in pipes.values():
                pipe.fill()
            await serve(world, result, "full pipes")
            result.prove("the pipes were full", all(pipe.is_full for pipe in pipes.values()))
    finally:
        for pipe in pipes.values():
            pipe.close()


async def closed_pipes(world: World, result: CaseResult, folder: Path) -> None:
    """Have pipes whose reader dies."""
    pipes = {part: Pipe(folder / f"closed-{part}") for part in PARTS}
    async with said_to(world, {part: pipe.path for part, pipe in pipes.items()}):
        heard = [pipe.has_something for pipe in pipes.values()]
        for pipe in pipes.values():
            pipe.close()
        result.prove("the parts had said something before their readers died", all(heard))
        await serve(world, result, "closed pipes")


async def full_folder(world: World, result: CaseResult, folder: Path, endpoint: str) -> None:
    """Have log files on a disk without room, and a collector of traces that takes connections and never answers."""
    folder.mkdir()
    disk = SmallDisk(folder)
    await disk.mount()
    try:
        async with said_to(world, {part: folder / f"{part}.log" for part in PARTS}, DRYSTONE_OTLP_ENDPOINT=endpoint):
            await disk.fill()
            before = log_bytes(folder)
            await serve(world, result, "full disk, hanging collector")
            result.prove("the disk of the logs was full", is_full(folder) and log_bytes(folder) == before)
    finally:
        await disk.unmount()


async def serve(world: World, result: CaseResult, name: str) -> None:
    """Run agents and read by the API; it must go as ever, with the same processes."""
    pids = pids_of_processes(world)
    async with world.under_fault(), probed(world) as took, readers(world, 4):
        async with world.load(lambda number: work(world, number, 2, 0.1), 2.0) as run_ids:
            await world.passing(60.0 if world.is_full else 6.0)
        began = world.clock()
        await until_over(world, result, name, run_ids, began)
    asked = [one for one in world.operations if one.phase == FAULT]
    answered = sum(one.outcome == OK for one in asked)
    result.need(answered >= ANSWERED_MIN * len(asked), "wrong", f"{name}: {answered} of {len(asked)} were answered")
    need_live(result, name, took)
    need_alive(world, result, pids)


@contextmanager
def hanging_collector() -> Iterator[str]:
    """Give the address of a server that takes connections and says nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind((ports.HOST, ports.choose()))
        listening.listen(64)
        yield f"http://{ports.HOST}:{listening.getsockname()[1]}"


def is_full(folder: Path) -> bool:
    """Say whether a file of this folder cannot grow."""
    try:
        (folder / "probe").write_bytes(b"\0" * 8192)
    except OSError as error:
        return error.errno == errno.ENOSPC
    return False


def log_bytes(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.glob("*.log"))


CASES: Final = (Case("F47", "logs and the collector are dead", lose_sinks),)
