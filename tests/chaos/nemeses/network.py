"""Faults of the network between the stack's parts and its servers: cut, half-open, slow, reset, refused; each heals at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import httpx2

from deploy.stack import ports
from tests.chaos.cases.world import World
from tests.chaos.nemeses.proxy import Flow, Seen, accepted_per_second
from tests.chaos.nemeses.wires import ALL, SERVERS, Wire, Wires, of_parts, wired
from tests.chaos.nemesis import WORKERS

HELD: Final = Flow(is_held=True)
#: The API needs Temporal so seldom that it is asked how it is, for which it connects.
IDLE: Final = frozenset({("api", "temporal")})


@dataclass
class Network:
    """What the faults of wires share: which they are, and what their proxies saw since the harm began."""

    name: str
    wires: tuple[Wire, ...]
    seen: dict[Wire, Seen] = field(default_factory=dict)

    async def begin(self, world: World) -> None:
        through = await wired(world)
        self.seen = await through.watch(self.wires)
        await self.harm(through)

    async def harm(self, through: Wires) -> None:
        """Change the wires."""
        raise NotImplementedError

    async def heal(self, world: World) -> None:
        through = await wired(world)
        if set(self.wires) == IDLE:
            with suppress(httpx2.TransportError):
                await world.http.get(f"{world.url}/readyz")
        await through.watch(self.wires)  # What comes behind it is no proof of it.
        await through.restore(self.wires)

    async def withdraw(self, world: World) -> None:
        """Leave the proxies where they are: what passes them unchanged is not changed by them."""

    def proof(self) -> str | None:
        raise NotImplementedError

    def total(self, what: str) -> int:
        return sum(getattr(seen, what) for seen in self.seen.values())

    def attempts_per_second(self) -> int:
        """Give the most connections that any part asked any server for within a second."""
        return max((accepted_per_second(seen) for seen in self.seen.values()), default=0)


@dataclass
class Cut(Network):
    """Nothing passes, in both directions or in one (half-open): what is sent is kept, and nobody is told."""

    ways: tuple[str, ...] = ("up", "down")

    async def harm(self, through: Wires) -> None:
        up, down = (HELD if way in self.ways else None for way in ("up", "down"))
        await through.change(self.wires, up=up, down=down)

    def proof(self) -> str | None:
        held, waiting = self.total("held_bytes"), self.total("held_connections")
        return f"{held} bytes and {waiting} new connections were held" if held or waiting else None


@dataclass
class Slow(Network):
    """Everything comes late, and through a narrow wire: `latency_seconds` each way."""

    latency_seconds: float = 0.0
    bytes_per_second: float | None = None

    async def harm(self, through: Wires) -> None:
        slow = Flow(self.latency_seconds, self.bytes_per_second)
        await through.change(self.wires, up=slow, down=slow)

    def proof(self) -> str | None:
        slowed = self.total("slowed_bytes")
        return f"{slowed} bytes came late" if slowed else None


@dataclass
class Reset(Network):
    """What is open breaks with RST; with `is_for_ever`, each new connection breaks as well, until it is healed."""

    is_for_ever: bool = False

    async def harm(self, through: Wires) -> None:
        await through.reset(self.wires, is_for_ever=self.is_for_ever)

    def proof(self) -> str | None:
        reset = self.total("reset")
        return f"{reset} connections were reset" if reset else None


@dataclass
class Refused(Network):
    """Nobody listens."""

    refusals: int = 0

    async def harm(self, through: Wires) -> None:
        await through.refuse(self.wires)
        self.refusals = 0
        for wire in self.wires:
            self.refusals += await _is_refused(through.proxies[wire].port)

    def proof(self) -> str | None:
        return f"{self.refusals} ports refused" if self.refusals == len(self.wires) else None


async def _is_refused(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(ports.HOST, port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


def workers_and(*servers: str) -> tuple[Wire, ...]:
    """Give the wires of all workers to these servers."""
    return of_parts(*WORKERS, servers=servers)


def networks() -> Iterable[Network]:
    """Give a fault of each kind, for who strikes at random."""
    for server in SERVERS:
        yield Cut(f"cut workers-{server}", workers_and(server))
        yield Cut(f"half-open workers-{server}", workers_and(server), ways=("down",))
        yield Cut(f"cut api-{server}", of_parts("api", servers=[server]))
        yield Reset(f"reset workers-{server}", workers_and(server))
        yield Reset(f"reset api-{server}", of_parts("api", servers=[server]), is_for_ever=True)
        yield Refused(f"refused workers-{server}", workers_and(server))
    yield Slow("slow wires", ALL, latency_seconds=0.25, bytes_per_second=50_000)
    yield Slow("slow postgres", of_parts(*WORKERS, "api", servers=["postgres"]), latency_seconds=0.25)
