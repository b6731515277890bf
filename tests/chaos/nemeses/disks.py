"""Full disks: a folder of a server lies on a file system of its own, which is made as small as what is in it, and large again.

For a fault of this kind the server is stopped once and its files are moved there, and at the end back again: file systems are
mounts, which only root can make. Where that is not so, `can_mount` says it. They are in memory, of which they take what is in them.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.chaos.cases.world import World
from tests.chaos.nemeses.databases import AWAY, order

#: What a disk may hold while it is well: more than any session leaves.
LARGE_BYTES: Final = 8 * 1024**3
#: Others write while it is made small, so that it may be too small already for what is in it.
TRIES_MAX: Final = 20
FULL_SAID: Final = "No space left on device"
USE_UP_SECONDS: Final = 60.0


def can_mount() -> bool:
    """Say whether this process may mount file systems; root in a container often may not."""
    return os.geteuid() == 0 and shutil.which("mount") is not None


async def command(*words: str) -> None:
    """Run a program of the system's; raise OSError with what it said where it fails."""
    process = await asyncio.create_subprocess_exec(
        *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise OSError(f"{' '.join(words)}: {said.decode(errors='replace').strip()}")


@dataclass
class SmallDisk:
    """A folder that is a file system of its own."""

    folder: Path
    is_there: bool = False

    async def mount(self) -> None:
        """Put it in the place of the folder, with its files. Nobody may use them meanwhile."""
        aside = self.folder.with_name(f"{self.folder.name}.aside")
        self.folder.rename(aside)
        self.folder.mkdir(mode=0o700)
        await command("mount", "-t", "tmpfs", "-o", f"size={LARGE_BYTES},mode=700", "chaos", str(self.folder))
        self.is_there = True
        await command("cp", "-a", f"{aside}/.", str(self.folder))
        shutil.rmtree(aside)

    async def unmount(self) -> None:
        """Put the files back where they were."""
        if not self.is_there:
            return
        aside = self.folder.with_name(f"{self.folder.name}.aside")
        await command("cp", "-a", f"{self.folder}/.", str(aside))
        await command("umount", str(self.folder))
        self.folder.rmdir()
        aside.rename(self.folder)
        self.is_there = False

    async def fill(self) -> None:
        """Leave no room: it is made as small as what is in it."""
        for tries in range(TRIES_MAX):
            try:
                await self._resize(self._used_bytes())
            except OSError:
                if tries == TRIES_MAX - 1:
                    raise
            else:
                return

    async def free(self) -> None:
        await self._resize(LARGE_BYTES)

    def _used_bytes(self) -> int:
        found = os.statvfs(self.folder)
        return (found.f_blocks - found.f_bfree) * found.f_frsize

    async def _resize(self, size: int) -> None:
        await command("mount", "-o", f"remount,size={size}", str(self.folder))


class FullDisk:
    """A disk of a server is full. `folder` lies in the stack's data folder; `log` says so."""

    def __init__(self, name: str, part: str, folder: str, *, said: Sequence[str] = (FULL_SAID,)) -> None:
        self.name, self.part, self.folder, self.said = name, part, folder, said
        self.disk: SmallDisk | None = None
        self.complaints = 0
        self._before = 0

    async def begin(self, world: World) -> None:
        await self.set_up(world)
        assert self.disk is not None
        self.complaints, self._before = 0, self._complaints(world)
        await self.disk.fill()

    async def heal(self, world: World) -> None:
        assert self.disk is not None
        self.complaints = self._complaints(world) - self._before
        await self.disk.free()

    def proof(self) -> str | None:
        return f"{self.part} said {self.complaints} times that its disk is full" if self.complaints > 0 else None

    async def withdraw(self, world: World) -> None:
        if self.disk is None:
            return
        await self._while_down(world, self.disk.unmount)
        self.disk = None

    async def set_up(self, world: World) -> None:
        """Stop the server and move its files to the small disk, where they are not there yet."""
        if self.disk is not None:
            return
        disk = SmallDisk(world.stack.data_dir / self.folder)
        await self._while_down(world, disk.mount)
        self.disk = disk

    async def _while_down(self, world: World, work: Callable[[], Awaitable[None]]) -> None:
        await world.down(self.part, how=signal.SIGINT if self.part == "postgres" else signal.SIGTERM)
        try:
            await work()
        finally:
            await world.up(self.part)

    def _complaints(self, world: World) -> int:
        log = (world.stack.data_dir / "logs" / f"{self.part}.log").read_text(errors="replace")
        return sum(log.count(said) for said in self.said)


class FullTemporalDisk(FullDisk):
    """Temporal's file lies on a full disk. It is moved into a folder of its own for that."""

    def __init__(self) -> None:
        super().__init__(
            "Temporal's disk full", "temporal", "temporal-disk", said=(FULL_SAID, "database or disk is full")
        )

    async def set_up(self, world: World) -> None:
        if self.disk is not None:
            return
        folder = world.stack.data_dir / self.folder
        disk = SmallDisk(folder)

        async def move() -> None:
            folder.mkdir(mode=0o700)
            for one in world.stack.data_dir.glob("temporal.sqlite*"):
                one.rename(folder / one.name)
            await disk.mount()
            spec = world.child("temporal").spec
            words = [str(folder / "temporal.sqlite") if _is_file(word) else word for word in spec.command]
            world.child("temporal").spec = replace(spec, command=words)

        await self._while_down(world, move)
        self.disk = disk

    async def withdraw(self, world: World) -> None:
        disk = self.disk
        if disk is None:
            return

        async def move_back() -> None:
            await disk.unmount()
            for one in disk.folder.glob("temporal.sqlite*"):
                one.rename(world.stack.data_dir / one.name)
            disk.folder.rmdir()
            spec = world.child("temporal").spec
            plain = str(world.stack.data_dir / "temporal.sqlite")
            world.child("temporal").spec = replace(
                spec, command=[plain if _is_file(word) else word for word in spec.command]
            )

        await self._while_down(world, move_back)
        self.disk = None


def _is_file(word: str) -> bool:
    return word.endswith("temporal.sqlite")


def full_data_disk() -> FullDisk:
    """Give the disk of PostgreSQL's tables and indexes: statements that need room are refused, all others go on."""
    return FullDisk("PostgreSQL's data disk full", "postgres", "postgres/base")


class FullLogDisk(FullDisk):
    """The disk of PostgreSQL's write-ahead log is full: PostgreSQL stops itself when it needs room, and cannot come back before."""

    def __init__(self) -> None:
        super().__init__("PostgreSQL's log disk full", "postgres", "postgres/pg_wal")

    async def begin(self, world: World) -> None:
        """Take the room, and go through the segments of the log that are there already."""
        await super().begin(world)

        async def is_gone() -> bool:
            try:
                await order(world, "SELECT pg_logical_emit_message(false, 'chaos', 'x'), pg_switch_wal()")
            except AWAY:
                return True
            return False

        await world.until(is_gone, USE_UP_SECONDS)
