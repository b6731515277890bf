"""Prefect with its server on PostgreSQL: each run is a flow run, each node a task run; it measures nothing itself.

The server needs PostgreSQL's extension pg_trgm, which the embedded PostgreSQL does not have: it gets a PostgreSQL of its own, of
the system (Debian's), with the settings of the embedded one. What a death interrupts stays RUNNING for ever.
"""

from __future__ import annotations

import asyncio
import glob
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from speaking import Work, eventually, free_port, serve

SETTINGS = ("listen_addresses=127.0.0.1", "shared_buffers=64MB", "max_wal_size=512MB", "max_connections=100")
NOBODY = 65534


class Prefect:
    """The peer. Its server and its PostgreSQL go on when this process is killed, and the next one finds them."""

    async def start(self, database: str, folder: str, works: list[Work]) -> None:
        self.folder = Path(folder)
        os.environ.update(_settings(self.folder))
        address = self.folder / "address"
        if not address.exists():
            url = await self._serve(await _postgres(self.folder))
            address.write_text(url)
        os.environ["PREFECT_API_URL"] = address.read_text()
        # Prefect reads its settings when it is imported.
        import flows

        self.flows = flows

    async def _serve(self, database: str) -> str:
        port = free_port()
        os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = database
        words = ["server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui", "--analytics-off"]
        _spawn([str(Path(sys.executable).parent / "prefect"), *words], self.folder / "server.log")
        await eventually(lambda: _answers(f"http://127.0.0.1:{port}/api/health"))
        return f"http://127.0.0.1:{port}/api"

    async def run(self, work: Work, key: str) -> Any:
        return await self.flows.flow_of(key)(work)

    async def begin(self, work: Work, key: str) -> list[int]:
        self.under_way = asyncio.create_task(self.run(work, key))
        return [os.getpid()]

    async def finish(self, work: Work, key: str) -> str:
        return await self.flows.outcome(key)

    async def end(self) -> None:
        pass  # The bench ends the whole group.


def _settings(folder: Path) -> dict[str, str]:
    return {
        "PREFECT_HOME": str(folder),
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLI_COLORS": "false",
        "DO_NOT_TRACK": "1",
    }


async def _postgres(folder: Path) -> str:
    """Start the system's PostgreSQL in a folder of its own; give its address."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
    if not found:
        raise RuntimeError("Prefect needs a PostgreSQL with pg_trgm: apt install postgresql")
    programs, data, port = Path(found[-1]).parent, folder / "postgres", free_port()
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    data.mkdir(exist_ok=True)
    if user:
        os.chown(data, NOBODY, NOBODY)
    options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "cwd": "/", **user}
    made = [str(programs / "initdb"), "-D", str(data), "-U", "bench", "--auth=trust", "--no-sync", "--locale=C.UTF-8"]
    await asyncio.to_thread(subprocess.run, made, check=True, stdout=subprocess.DEVNULL, **options)
    words = [word for one in (*SETTINGS, f"port={port}", f"unix_socket_directories={data}") for word in ("-c", one)]
    _spawn([str(programs / "postgres"), "-D", str(data), *words], folder / "postgres.log", cwd="/", **user)
    await eventually(lambda: _listens(port))
    return f"postgresql+asyncpg://bench@127.0.0.1:{port}/postgres"


def _spawn(command: list[str], log: Path, **options: Any) -> None:
    """Start a server, which goes on by itself."""
    with open(log, "ab") as file:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, **options)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    serve(Prefect())
