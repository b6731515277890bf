"""Faults of the stack's processes: killed, stopped where they stand, with another clock, with no memory left."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import psutil

from tests.chaos.cases.beside import preloaded, started_with
from tests.chaos.cases.world import World
from tests.chaos.nemesis import BLOCKS, WORKERS, pids_of

CGROUPS: Final = Path("/sys/fs/cgroup/memory")
#: How much less than it uses a process is left with: the first that the kernel can take back.
LESS_BYTES: Final = (16 * 1024 * 1024, 4 * 1024 * 1024, 1024 * 1024, 0)
#: What a process has is charged to the group that it comes to: its own memory, and its files'.
MOVES_ALL: Final = "3"
UNLIMITED: Final = "-1"


@dataclass
class Killed:
    """Parts die by SIGKILL, with all that is below them. To heal is the supervisor's: it starts them again at once."""

    name: str
    parts: Sequence[str]
    dead: list[int] = field(default_factory=list)

    async def begin(self, world: World) -> None:
        self.dead = await world.kill(*self.parts)

    async def heal(self, world: World) -> None:
        await world.reborn(self.parts, self.dead)

    def proof(self) -> str | None:
        return f"{len(self.dead)} processes died" if self.dead else None

    async def withdraw(self, world: World) -> None:
        """Nothing was set up."""


@dataclass
class TakenDown:
    """Parts are killed and stay away until it is healed."""

    name: str
    parts: Sequence[str]
    were_away: bool = False

    async def begin(self, world: World) -> None:
        await world.down(*self.parts)
        self.were_away = all(world.stack.pid(part) is None for part in self.parts)

    async def heal(self, world: World) -> None:
        await world.up(*self.parts)

    def proof(self) -> str | None:
        return f"{', '.join(self.parts)} were away" if self.were_away else None

    async def withdraw(self, world: World) -> None:
        """Nothing was set up."""


@dataclass
class Frozen:
    """A process is stopped where it stands: its connections are there, and nobody answers."""

    name: str
    part: str
    pids: list[int] = field(default_factory=list)
    were_stopped: bool = False

    async def begin(self, world: World) -> None:
        self.pids = pids_of(world.stack, self.part)
        for pid in self.pids:
            world.freeze(pid)

    async def heal(self, world: World) -> None:
        self.were_stopped = bool(self.pids) and all(_is_stopped(pid) for pid in self.pids)
        for pid in self.pids:
            world.thaw(pid)

    def proof(self) -> str | None:
        return f"{len(self.pids)} processes of {self.part} stood still" if self.were_stopped else None

    async def withdraw(self, world: World) -> None:
        """Nothing was set up."""


def _is_stopped(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return False


@dataclass
class Skewed:
    """Workers see another wall clock: they are killed and started for that, twice."""

    name: str
    shift: str
    parts: Sequence[str] = WORKERS
    were_skewed: bool = False

    async def begin(self, world: World) -> None:
        variables = preloaded(self.shift)
        self.were_skewed = False
        if variables is None:
            return  # There is nothing to skew with, and so no proof.
        await self._start(world, variables)
        self.were_skewed = all(_has(world.stack.pid(part), variables) for part in self.parts)

    async def heal(self, world: World) -> None:
        await self._start(world, None)

    async def _start(self, world: World, variables: Mapping[str, str] | None) -> None:
        names = frozenset(preloaded(self.shift) or {})
        specs = {}
        for part in self.parts:
            spec = world.child(part).spec
            plain = {name: value for name, value in spec.environment.items() if name not in names}
            specs[part] = replace(spec, environment={**plain, **(variables or {})})
        await started_with(world, specs)

    def proof(self) -> str | None:
        return f"clocks of {', '.join(self.parts)} were shifted by {self.shift}" if self.were_skewed else None

    async def withdraw(self, world: World) -> None:
        """Nothing was set up."""


def _has(pid: int | None, variables: Mapping[str, str]) -> bool:
    if pid is None:
        return False
    found = psutil.Process(pid).environ()
    return all(found.get(name) == value for name, value in variables.items())


@dataclass
class Pressed:
    """A process has less memory than it uses: the kernel takes back what it can read again, again and again, or kills it."""

    name: str
    part: str
    met: int = 0
    _homes: dict[int, Path] = field(default_factory=dict)

    @property
    def group(self) -> Path:
        return CGROUPS / f"drystone-chaos-{os.getpid()}-{self.part}"

    async def begin(self, world: World) -> None:
        self.met = 0
        if not can_limit_memory():
            return
        self.group.mkdir(exist_ok=True)
        _write(self.group / "memory.move_charge_at_immigrate", MOVES_ALL)
        self._homes = {pid: _group_of(pid) for pid in pids_of(world.stack, self.part)}
        for pid in self._homes:
            _write(self.group / "cgroup.procs", str(pid))
        used = int((self.group / "memory.usage_in_bytes").read_text())
        for less in LESS_BYTES:
            if _write(self.group / "memory.limit_in_bytes", str(used - less)):
                return

    async def heal(self, world: World) -> None:
        if not self.group.exists():
            return
        self.met = int((self.group / "memory.failcnt").read_text())
        _write(self.group / "memory.limit_in_bytes", UNLIMITED)
        for pid in (self.group / "cgroup.procs").read_text().split():
            _write(self._homes.get(int(pid), CGROUPS) / "cgroup.procs", pid)
        self.group.rmdir()

    def proof(self) -> str | None:
        return f"{self.part} met its limit of memory {self.met} times" if self.met else None

    async def withdraw(self, world: World) -> None:
        """Nothing was set up."""


def _group_of(pid: int) -> Path:
    """Give the group whose memory a process's counts to."""
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    return CGROUPS / next(line.split(":")[2] for line in lines if line.split(":")[1] == "memory").lstrip("/")


def can_limit_memory() -> bool:
    """Say whether this process may make groups with a limit of memory (cgroup v1)."""
    return os.access(CGROUPS / "memory.limit_in_bytes", os.F_OK) and os.access(CGROUPS, os.W_OK)


def _write(file: Path, text: str) -> bool:
    """Write; say whether the kernel took it. It takes no process that ended, and no limit below what it cannot take back."""
    try:
        file.write_text(text)
    except OSError:
        return False
    return True


def processes() -> tuple[Killed | TakenDown | Frozen | Skewed | Pressed, ...]:
    """Give a fault of each kind, for who strikes at random."""
    return (
        *(Killed(f"{part} killed", [part]) for part in (*WORKERS, "api", "temporal", "postgres")),
        Killed("all workers killed", WORKERS),
        Killed("everything killed", (*WORKERS, "api", "temporal", "postgres")),
        TakenDown("all workers away", WORKERS),
        TakenDown("temporal away", ["temporal"]),
        TakenDown("postgres away", ["postgres"]),
        *(Frozen(f"{part} frozen", part) for part in (*WORKERS, "api", "temporal", "postgres")),
        Skewed("workers' clocks a day ahead", "+86400"),
        Skewed("workers' clocks a day behind", "-86400"),
        *(Pressed(f"{part} out of memory", part) for part in BLOCKS),
    )
