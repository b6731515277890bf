"""Migrations: they give exactly the models, go up and down, and two upgrades at once are one."""

from __future__ import annotations

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.migrate import current_revision, differences, downgrade, upgrade
from schema.db.tables import Tables

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"


async def tables(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return {row.tablename for row in (await connection.execute(text(TABLES))).all()}


async def test_the_migrations_give_exactly_the_models(empty: AsyncEngine) -> None:
    await upgrade(empty)
    assert await differences(empty) == []
    assert await tables(empty) == set(Tables.metadata.tables)


async def test_a_column_that_no_migration_makes_is_seen(empty: AsyncEngine) -> None:
    await upgrade(empty)
    async with empty.begin() as connection:
        await connection.execute(text("ALTER TABLE runs DROP COLUMN cancel_reason"))
        await connection.execute(text("DROP INDEX ix_runs_outbox"))
    assert {change[0] for change in await differences(empty)} == {"add_column", "add_index"}


async def test_migrations_go_down_to_nothing_and_up_again(empty: AsyncEngine) -> None:
    await upgrade(empty)
    revision = await current_revision(empty)
    await downgrade(empty, "base")
    assert await tables(empty) == set()
    assert await current_revision(empty) is None
    await upgrade(empty)
    assert await current_revision(empty) == revision
    assert await differences(empty) == []


async def test_upgrading_again_is_harmless(empty: AsyncEngine) -> None:
    await upgrade(empty)
    await upgrade(empty)
    assert await differences(empty) == []


async def test_two_upgrades_at_once_are_one(empty: AsyncEngine) -> None:
    await asyncio.gather(*(upgrade(empty) for _ in range(4)))
    assert await differences(empty) == []


async def test_an_upgrade_leaves_no_lock_behind(empty: AsyncEngine) -> None:
    await upgrade(empty)
    async with empty.connect() as connection:
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = " \
            "(SELECT oid FROM pg_database WHERE datname = current_database())"  # fmt: skip
        assert (await connection.execute(text(locks))).scalar() == 0
