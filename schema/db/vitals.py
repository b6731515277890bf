"""Vitals of PostgreSQL: what an operator looks at there, read from its own views; it changes nothing.

What a role may not see is left out: the size of the WAL needs the role `pg_monitor`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.tenancy import Database

#: Rows of each list.
SHOWN_MAX: Final = 20
LONG_SECONDS: Final = 300.0
#: A small table has dead rows until the next vacuum, and they cost nothing.
DEAD_ROWS_MIN: Final = 100_000
DEAD_SHARE_MIN: Final = 0.3

_SERVER: Final = text("""
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major,
       clock_timestamp() AS now, pg_database_size(current_database()) AS bytes,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS connections_max,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
       (SELECT temp_bytes FROM pg_stat_database WHERE datname = current_database()) AS temp_bytes
""")
_REVISION: Final = text("SELECT version_num FROM alembic_version")
_LONG: Final = text("""
SELECT pid, application_name AS name, state, extract(epoch FROM now() - xact_start) AS seconds FROM pg_stat_activity
WHERE xact_start < now() - make_interval(secs => :seconds) AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND datname = current_database() ORDER BY xact_start LIMIT :limit
""")
_DEAD: Final = text("""
SELECT relname AS name, n_dead_tup AS dead, n_live_tup AS live FROM pg_stat_user_tables
WHERE n_dead_tup >= :rows AND n_dead_tup > :share * (n_dead_tup + n_live_tup) ORDER BY n_dead_tup DESC LIMIT :limit
""")
_INVALID: Final = text("""
SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND n.nspname = current_schema()
  AND NOT EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
ORDER BY c.relname LIMIT :limit
""")
_SLOTS: Final = text("""
SELECT slot_name AS name, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint AS bytes
FROM pg_replication_slots WHERE NOT active ORDER BY slot_name LIMIT :limit
""")
_WAL: Final = text("SELECT sum(size)::bigint AS bytes FROM pg_ls_waldir()")


@dataclass(frozen=True)
class LongTransaction:
    """A transaction that has been open for long."""

    pid: int
    name: str
    state: str
    seconds: float


@dataclass(frozen=True)
class Vitals:
    """How PostgreSQL is."""

    version: str
    major: int
    now: datetime
    database_bytes: int
    connections: int
    connections_max: int
    temp_bytes: int
    revision: str | None
    #: None: this role may not see it.
    wal_bytes: int | None = None
    long: list[LongTransaction] = field(default_factory=list)
    #: (table, dead rows, living rows).
    dead: list[tuple[str, int, int]] = field(default_factory=list)
    invalid_indexes: list[str] = field(default_factory=list)
    #: (replication slot that nobody reads, bytes of WAL that it keeps).
    idle_slots: list[tuple[str, int]] = field(default_factory=list)


async def take_vitals(
    engine: Database, long_seconds: float = LONG_SECONDS, dead_rows_min: int = DEAD_ROWS_MIN
) -> Vitals:
    """Look, on one connection."""
    limit = {"limit": SHOWN_MAX}
    async with engine.connect() as connection:

        async def rows(statement: Any, **where: Any) -> list[Any]:
            return list((await connection.execute(statement, {**limit, **where})).all())

        server = (await connection.execute(_SERVER)).one()
        return Vitals(
            version=server.version,
            major=server.major,
            now=server.now,
            database_bytes=server.bytes,
            connections=server.connections,
            connections_max=server.connections_max,
            temp_bytes=server.temp_bytes or 0,
            long=[
                LongTransaction(row.pid, row.name or "", row.state or "", float(row.seconds))
                for row in await rows(_LONG, seconds=long_seconds)
            ],
            dead=[
                (row.name, row.dead, row.live) for row in await rows(_DEAD, rows=dead_rows_min, share=DEAD_SHARE_MIN)
            ],
            invalid_indexes=[row.name for row in await rows(_INVALID)],
            idle_slots=[(row.name, row.bytes) for row in await rows(_SLOTS)],
            revision=await _scalar(connection, _REVISION),
            wal_bytes=await _scalar(connection, _WAL),
        )


async def _scalar(connection: AsyncConnection, statement: Any) -> Any:
    """Give one value; None where there is none, or this role may not see it."""
    try:
        async with connection.begin_nested():
            return (await connection.execute(statement)).scalar()
    except DBAPIError:
        return None
