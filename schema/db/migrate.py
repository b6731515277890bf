"""Bringing a database to a revision of the tables, and telling what differs; one migration at a time holds a lock.

Others may work meanwhile. A migration that wants a table for itself waits in its queue, and everybody behind it: so it waits for a
moment only, gives way, and tries again. Each migration is a transaction, so what was done stays and what was not leaves nothing.
But an index that is made beside the work (CONCURRENTLY) keeps nobody waiting: it waits for whoever began before it, however long
that takes, and what an earlier try left half made of it is made anew.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db import (
    block_tables,
    control_tables,
    fleet_tables,
    market_tables,
    people_tables,
    trigger_tables,
    vault_tables,
)
from schema.db.tables import Tables

#: Importing them is what puts their tables into the metadata.
TABLE_MODULES: Final = (
    people_tables,
    vault_tables,
    market_tables,
    control_tables,
    trigger_tables,
    block_tables,
    fleet_tables,
)
#: Any number: the key of the advisory lock that keeps two upgrades apart.
_LOCK: Final = 4_115_771_029
#: Seconds that a migration waits for a table, holding up whoever comes after; between one try and the next they go on.
LOCK_SECONDS: Final = 2
PAUSE_SECONDS: Final = 1.0
TRIES: Final = 60
#: Seconds until another upgrade is looked after again.
ASK_SECONDS: Final = 0.1
#: A lock that was not to be had in time, and a deadlock, of which PostgreSQL chose the migration to give way.
_GIVES_WAY: Final = ("55P03", "40P01")
_TRY_LOCK: Final = text("SELECT pg_try_advisory_lock(:key)")
#: What makes an index beside the work, or takes one away; and its name, where it is made.
_BESIDE: Final = re.compile(r"\s*(?:DROP|REINDEX|CREATE(?:\s+UNIQUE)?)\s+INDEX\s+CONCURRENTLY\b", re.IGNORECASE)
_MADE_BESIDE: Final = re.compile(
    r"\s*CREATE(?:\s+UNIQUE)?\s+INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(\S+)\s+ON\b", re.IGNORECASE
)
_IS_HALF_MADE: Final = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid"


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Apply the migrations up to a revision; harmless where they are applied."""
    await _run(engine, lambda config: command.upgrade(config, revision))


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Take migrations back down to a revision; `base` is the empty database."""
    await _run(engine, lambda config: command.downgrade(config, revision))


async def differences(engine: AsyncEngine) -> list[Any]:
    """Give what differs between the database and the models: nothing, where the migrations are right."""

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Tables.metadata))

    async with engine.connect() as connection:
        return await connection.run_sync(compare)


async def current_revision(engine: AsyncEngine) -> str | None:
    async with engine.connect() as connection:
        return await connection.run_sync(lambda raw: MigrationContext.configure(raw).get_current_revision())


@lru_cache(maxsize=1)
def revisions() -> tuple[str, ...]:
    """Give the revisions that this version knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


async def _run(engine: AsyncEngine, work: Callable[[Config], None]) -> None:
    """Apply, and where somebody else has a table give way and try again."""
    for left in reversed(range(TRIES)):
        try:
            await _apply(engine, work)
            return
        except DBAPIError as error:
            if not left or getattr(error.orig, "sqlstate", None) not in _GIVES_WAY:
                raise
        await asyncio.sleep(PAUSE_SECONDS)


async def _apply(engine: AsyncEngine, work: Callable[[Config], None]) -> None:
    def apply(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        work(config)

    async with engine.connect() as connection:
        event.listen(connection.sync_connection, "before_cursor_execute", _bound_waiting)
        # Another upgrade is waited for, however long it takes; a table is not. Asked for again and again: an index that is made
        # concurrently waits for every statement that began before, also for one that waits for the lock.
        while not (await connection.execute(_TRY_LOCK, {"key": _LOCK})).scalar_one():
            await connection.commit()
            await asyncio.sleep(ASK_SECONDS)
        await connection.commit()
        try:
            await connection.run_sync(apply)
            await connection.commit()
        finally:
            await connection.rollback()
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            await connection.execute(text("RESET lock_timeout"))
            await connection.commit()


def _bound_waiting(
    _connection: Any, cursor: Any, statement: str, _parameters: Any, _context: Any, _is_many: bool
) -> None:
    """Say how long this statement may wait for a lock, before it is sent."""
    is_beside = _BESIDE.match(statement) is not None
    cursor.execute(f"SET lock_timeout = '{0 if is_beside else LOCK_SECONDS}s'")
    if made := _MADE_BESIDE.match(statement):
        cursor.execute(_IS_HALF_MADE, (made[1],))
        if cursor.fetchone() is not None:
            cursor.execute(f"DROP INDEX CONCURRENTLY {made[1]}")
