"""Faults of PostgreSQL that it makes itself: read-only, without a connection left, rows held by a lock; each heals at once.

They talk to the server itself, past the wires. Connections of this module are called `chaos` there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from tests.chaos.cases.world import World
from tests.durable.waiting import eventually

APPLICATION: Final = "chaos"
CONNECT_SECONDS: Final = 10.0
#: More than the server allows, so that the last one is refused.
CONNECTIONS_TRIED: Final = 400
READ_ONLY_SAID: Final = "in a read-only transaction"
EXHAUSTED: Final = (asyncpg.TooManyConnectionsError, asyncpg.CannotConnectNowError)
#: What fails to connect, or breaks, where a server is hurt.
AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


async def connect(world: World) -> Any:
    """Connect to the server itself."""
    assert world.stack.endpoints is not None
    url = urlsplit(world.stack.endpoints.database_url)._replace(scheme="postgresql").geturl()
    return await asyncpg.connect(
        url, timeout=CONNECT_SECONDS, ssl=False, server_settings={"application_name": APPLICATION}
    )


async def order(world: World, *statements: str) -> None:
    """Carry out statements, each as a transaction of its own, on a connection of their own."""
    connection = await connect(world)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def said_in_log(world: World, what: str) -> int:
    """Give how often PostgreSQL's log says something."""
    return (world.stack.data_dir / "logs" / "postgres.log").read_text(errors="replace").count(what)


@dataclass
class ReadOnly:
    """Every transaction may only read, as on a standby that was not promoted, or where an operator said so."""

    name: str = "PostgreSQL read-only"
    refused: int = 0
    _before: int = 0

    async def begin(self, world: World) -> None:
        self.refused, self._before = 0, said_in_log(world, READ_ONLY_SAID)
        await order(world, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")

    async def heal(self, world: World) -> None:
        self.refused = said_in_log(world, READ_ONLY_SAID) - self._before
        await order(world, "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")

    def proof(self) -> str | None:
        return f"{self.refused} writes were refused" if self.refused else None

    async def withdraw(self, world: World) -> None:
        """Nothing was set up."""


@dataclass
class Exhausted:
    """Every connection that the server has left is taken, and each that comes free; with `drops`, those of these applications
    are ended first."""

    name: str = "no connection to PostgreSQL left"
    drops: tuple[str, ...] = ()
    taken: list[Any] = field(default_factory=list)
    is_full: bool = False
    _grabbing: asyncio.Task[None] | None = None

    async def begin(self, world: World) -> None:
        self.is_full = False
        await self._fill(world)
        for application in self.drops:
            await self.taken[0].fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", application
            )
        self._grabbing = asyncio.create_task(self._grab(world))

    async def _fill(self, world: World) -> None:
        """Connect until the server refuses."""
        while len(self.taken) < CONNECTIONS_TRIED:
            try:
                self.taken.append(await connect(world))
            except EXHAUSTED:
                self.is_full = True
                return
            except AWAY:
                return

    async def _grab(self, world: World) -> None:
        """Take what comes free, until cancelled."""

        async def go_on() -> bool:
            await self._fill(world)
            return False

        await eventually(go_on, seconds=3_600, pause_seconds=0.05)

    async def heal(self, world: World) -> None:
        if self._grabbing is not None:
            self._grabbing.cancel()
            await asyncio.wait([self._grabbing])
            self._grabbing = None
        for connection in self.taken:
            connection.terminate()
        self.taken = []

    def proof(self) -> str | None:
        return "PostgreSQL refused a connection for their number" if self.is_full else None

    async def withdraw(self, world: World) -> None:
        """Nothing was set up."""


@dataclass
class HeldRows:
    """Rows that everybody writes are locked by a transaction that does not end: those of all open runs."""

    name: str = "rows of runs are locked"
    waiting: int = 0
    _holder: Any = None

    async def begin(self, world: World) -> None:
        self.waiting = 0
        self._holder = await connect(world)
        await self._holder.execute("BEGIN")
        await self._holder.fetch("SELECT id FROM runs WHERE ended_at IS NULL FOR UPDATE")

    async def heal(self, world: World) -> None:
        self.waiting = await self._holder.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        await self._holder.execute("ROLLBACK")
        await self._holder.close()

    def proof(self) -> str | None:
        return f"{self.waiting} sessions waited for the lock" if self.waiting else None

    async def withdraw(self, world: World) -> None:
        """Nothing was set up."""
