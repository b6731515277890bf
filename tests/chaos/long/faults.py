"""Faults of the long mode's own: all replaced by SIGTERM, a backend killed, death at a named point; none judges."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.chaos.cases.world import World
from tests.chaos.nemeses.frame import Nemesis
from tests.chaos.nemeses.registry import find_nemeses
from tests.chaos.nemesis import WORKERS, are_dead, kill
from tests.chaos.points import API_POINTS, WORKER_POINTS, ask_for, deaths, take_back

#: How long a part may take to be back before it is struck.
THERE_SECONDS: Final = 60.0
#: Until somebody comes to a point, under the load of the session.
POINT_SECONDS: Final = 25.0
#: How long a harm stands, at least and at most, by a word of its fault's name; and all others. A worker of blocks is frozen until
#: others have taken over what it does (9 s: see F06): when it wakes, all that it writes is late.
HOLDS: Final = {
    "killed": (0.0, 0.0),
    "reset": (1.0, 4.0),
    "blocks-1 frozen": (11.0, 17.0),
    "blocks-2 frozen": (11.0, 17.0),
    "frozen": (6.0, 12.0),
    "away": (5.0, 15.0),
}
HOLD_SECONDS: Final = (4.0, 12.0)
#: The API asks Temporal for almost nothing (`api.temporal`): on a wire on which nothing passes no fault can be proven.
IDLE_WIRES: Final = frozenset({"cut api-temporal", "reset api-temporal"})

_BACKEND: Final = (
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() "
    "ORDER BY random() LIMIT 1"
)


@dataclass
class Fault:
    """What the faults of processes share: a name, and what was seen."""

    name: str
    seen: str | None = field(default=None, init=False)

    async def begin(self, world: World) -> None:
        self.seen = await self.harm(world)

    async def harm(self, world: World) -> str | None:
        """Do the harm; give what was seen of it, or None."""
        raise NotImplementedError

    async def heal(self, world: World) -> None:
        """What was killed the supervisor starts again."""

    def proof(self) -> str | None:
        return self.seen

    async def withdraw(self, world: World) -> None:
        """Nothing was set up beforehand."""


class Roll(Fault):
    """SIGTERM to each worker and the API, one after another, each started again before the next."""

    async def harm(self, world: World) -> str | None:
        exits = {}
        for part in (*WORKERS, "api"):
            await until_there(world, [part])
            await world.down(part, how=signal.SIGTERM)
            process = world.child(part)._process
            exits[part] = None if process is None else process.returncode
            await world.up(part)
        return f"ended with {exits}" if None not in exits.values() else None


class Backend(Fault):
    """Kill -9 of one of PostgreSQL's processes that serve a connection: PostgreSQL then ends all of them, and recovers."""

    async def harm(self, world: World) -> str | None:
        rows = await world.sql(_BACKEND)
        if not rows:
            return None
        pid = rows[0].pid
        kill(pid)
        return f"killed backend {pid}" if await are_dead([pid]) else None


@dataclass
class DieAt(Fault):
    """The next process that comes to a point dies there."""

    point: str = ""
    folder: Path = Path()

    async def harm(self, world: World) -> str | None:
        before = deaths(self.folder, self.point)
        ask_for(self.folder, self.point)
        try:
            await world.until(lambda: deaths(self.folder, self.point) != before, POINT_SECONDS)
        except AssertionError:
            return None  # Nobody came: it is not proven.
        (died,) = set(deaths(self.folder, self.point)) - set(before)
        return f"process {died} died at it"

    async def heal(self, world: World) -> None:
        take_back(self.folder, self.point)


async def until_there(world: World, parts: Sequence[str]) -> None:
    """Wait until parts live: one that was struck before may still be on its way."""
    await world.until(lambda: all(world.stack.pid(part) is not None for part in parts), THERE_SECONDS)


def every_fault(points: Path) -> list[Nemesis]:
    """Give all faults that this machine can have."""
    places = [DieAt(f"die {point}", point=point, folder=points) for point in (*WORKER_POINTS, *API_POINTS)]
    own = [Roll("replace all with SIGTERM"), Backend("backend of PostgreSQL killed"), *places]
    return [*own, *(one for one in find_nemeses().values() if one.name not in IDLE_WIRES)]


def hold_of(nemesis: Nemesis) -> tuple[float, float]:
    """Give how long a harm is to stand, at least and at most; what is over when it has begun does not stand."""
    if isinstance(nemesis, Fault):
        return (0.0, 0.0)
    return next((hold for word, hold in HOLDS.items() if word in nemesis.name), HOLD_SECONDS)
