"""The embedded PostgreSQL: how it is started and known to be ready; never by the package's own code.

What a crash leaves: `kill -9` of the main process (the postmaster) alone leaves its backends, which hold
the shared memory, and a new postmaster refuses to start until they are gone. They notice by themselves,
mostly at once; those in the middle of a long query do not, and are ended before each start. A
`postmaster.pid` of a dead process is handled by PostgreSQL; one whose pid was given to somebody else is
not, and is removed here.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from deploy.stack import ports, processes
from deploy.stack.child import ChildSpec
from deploy.stack.cluster import PLAIN_LOCALE, USER, Cluster

NAME, DATABASE = "postgres", "drystone"
PREFERRED_PORT = 15_432
CONNECT_SECONDS = 5.0
ORPHAN_SECONDS = 3.0

SETTINGS: Mapping[str, str] = {
    "listen_addresses": ports.HOST,
    "max_connections": "200",  # Several workers and an API, each with a pool.
    "shared_buffers": "64MB",  # A laptop has other things to do; the system's file cache does the rest.
    "max_wal_size": "512MB",  # Bounds the disk it takes.
    "min_wal_size": "64MB",
    "fsync": "on",  # These three are the defaults, and a promise: what was committed survives kill -9.
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",  # The supervisor keeps the log.
    "log_checkpoints": "off",
    "log_min_messages": "warning",
}


@dataclass(frozen=True)
class Postgres:
    """The server of one database folder, on one port."""

    cluster: Cluster
    port: int

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://{USER}:{self.cluster.password}@{ports.HOST}:{self.port}/{DATABASE}"

    def spec(self, environment: Mapping[str, str]) -> ChildSpec:
        footing = self.cluster.footing
        settings = {
            **SETTINGS,
            "port": str(self.port),
            "unix_socket_directories": str(self.cluster.socket_dir),
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return ChildSpec(
            name=NAME,
            command=[str(footing.binaries / "postgres"), "-D", str(footing.pgdata), *options],
            log=self.cluster.data_dir / "logs" / "postgres.log",
            environment={**environment, **PLAIN_LOCALE},
            wrapper=footing.wrapper,
            user_id=footing.user_id,
            is_ready=self.is_ready,
            prepare=lambda: clear_remains(footing.pgdata),
            stop_signal=signal.SIGINT,  # "Fast": breaks sessions off, then writes a clean checkpoint.
            death_signal=signal.SIGINT,
        )

    async def is_ready(self, pid: int) -> bool:
        """Whether it is *this* process that serves the port, and it has our database (made the first
        time)."""
        if not processes.listens_on(pid, self.port):
            return False
        try:
            await make_database(self.port, self.cluster.password)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True


async def make_database(port: int, password: str) -> None:
    connection = await connect(port, password, "postgres")
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()


async def connect(port: int, password: str, database: str) -> asyncpg.Connection:
    async with asyncio.timeout(CONNECT_SECONDS):
        # Without `ssl=False` the driver looks for certificates in the home folder, which may be unset.
        return await asyncpg.connect(
            host=ports.HOST, port=port, user=USER, password=password, database=database, ssl=False
        )


async def clear_remains(pgdata: Path) -> None:
    """End the backends of a dead postmaster, and remove a `postmaster.pid` that names a stranger. Only for
    the owner of the data folder's lock, while its own postmaster is down."""
    await processes.end(processes.find(processes.works_in(pgdata)), signal.SIGQUIT, ORPHAN_SECONDS)
    pid_file = pgdata / "postmaster.pid"
    if pid_file.exists() and names_a_stranger(pid_file, pgdata):
        pid_file.unlink()


def names_a_stranger(pid_file: Path, pgdata: Path) -> bool:
    """Whether the file's pid was given to somebody else. When it is dead the file must stay: PostgreSQL
    reads in it which shared memory to check for backends that we may not be allowed to see."""
    try:
        pid = int(pid_file.read_text(encoding="utf-8").split()[0])
        return not processes.works_in(pgdata)(psutil.Process(pid))
    except (IndexError, ValueError):
        return True  # Cut off by a full disk; PostgreSQL would refuse it.
    except psutil.Error:
        return False  # Dead, or not ours to look at.
