"""Bringing a database to a revision of the tables, and telling what differs; one migration at a time holds a lock."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db import block_tables, control_tables, market_tables, people_tables, trigger_tables, vault_tables
from schema.db.tables import Tables

#: Importing them is what puts their tables into the metadata.
TABLE_MODULES: Final = (people_tables, vault_tables, market_tables, control_tables, trigger_tables, block_tables)
#: Any number: the key of the advisory lock that keeps two upgrades apart.
_LOCK: Final = 4_115_771_029


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
    def apply(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        work(config)

    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        await connection.commit()
        try:
            await connection.run_sync(apply)
            await connection.commit()
        finally:
            await connection.rollback()
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            await connection.commit()
