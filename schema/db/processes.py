"""Processes that work here: each says now and then that it lives, and forgets those that have not for long; it ends none.

One that was killed is shown as silent for a while, since that is what an operator looks for, and then forgotten. The moments are
the database's: the clock of no process counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.db.tenancy import Database
from schema.ids import new_id

BEAT_SECONDS: Final = 10.0
#: Silent for so long: it is dead, or it does not reach PostgreSQL.
SILENT_SECONDS: Final = 35.0
FORGOTTEN_SECONDS: Final = 600.0
SHOWN_MAX: Final = 500

_BEAT: Final = text("""
WITH gone AS (
  DELETE FROM processes WHERE seen_at < now() - make_interval(secs => :forgotten) AND id <> :id)
INSERT INTO processes (id, roles, host, pid, version, build_id)
VALUES (:id, CAST(:roles AS jsonb), :host, :pid, :version, :build_id)
ON CONFLICT (id) DO UPDATE SET seen_at = now()
""")
_LEAVE: Final = text("DELETE FROM processes WHERE id = :id")
_LIST: Final = text("""
SELECT id, roles, host, pid, version, build_id, started_at, seen_at,
       extract(epoch FROM now() - seen_at) AS silent_seconds
FROM processes ORDER BY host, pid, started_at LIMIT :limit
""")


@dataclass(frozen=True)
class Process:
    """A process of this installation."""

    roles: tuple[str, ...]
    host: str
    pid: int
    version: str
    build_id: str | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class KnownProcess:
    """A process, and when it was heard of last."""

    process: Process
    started_at: datetime
    seen_at: datetime
    silent_seconds: float

    @property
    def is_silent(self) -> bool:
        return self.silent_seconds > SILENT_SECONDS


@dataclass(frozen=True)
class Processes:
    """The processes of an installation."""

    engine: Database

    async def beat(self, process: Process, forgotten_seconds: float = FORGOTTEN_SECONDS) -> None:
        """Say that a process lives; forget those that were silent for so long."""
        row = {
            "id": process.id,
            "roles": orjson.dumps(process.roles).decode(),
            "host": process.host,
            "pid": process.pid,
            "version": process.version,
            "build_id": process.build_id,
            "forgotten": forgotten_seconds,
        }
        async with self.engine.begin() as connection:
            await connection.execute(_BEAT, row)

    async def leave(self, process: Process) -> None:
        """Say that a process ends."""
        async with self.engine.begin() as connection:
            await connection.execute(_LEAVE, {"id": process.id})

    async def known(self) -> Sequence[KnownProcess]:
        """Give the processes that are not forgotten."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_LIST, {"limit": SHOWN_MAX})).all()
        return [
            KnownProcess(
                Process(tuple(row.roles), row.host, row.pid, row.version, row.build_id, row.id),
                row.started_at,
                row.seen_at,
                float(row.silent_seconds),
            )
            for row in rows
        ]
