"""Migrations: they give exactly the models, go up and down, and two upgrades at once are one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db import migrate
from schema.db.migrate import LOCK_SECONDS, current_revision, differences, downgrade, upgrade
from schema.db.tables import Tables
from tests.db.stores import Stores
from tests.durable.waiting import eventually

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


async def test_an_upgrade_gives_way_to_who_has_a_table_and_holds_nobody_up(empty: AsyncEngine) -> None:
    await upgrade(empty, "0005")
    async with empty.connect() as holding:
        await holding.execute(text("LOCK TABLE runs IN ACCESS SHARE MODE"))
        upgrading = asyncio.create_task(upgrade(empty))
        async with empty.connect() as other:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'runs'::regclass"

            async def waits() -> bool:
                return bool((await other.execute(text(waiting))).scalar())

            await eventually(waits)
            # Behind the migration in the queue of the table, and let through when that gives way.
            async with asyncio.timeout(LOCK_SECONDS + 10):
                assert (await other.execute(text("SELECT count(*) FROM runs"))).scalar() == 0
        assert not upgrading.done()
    await upgrading
    assert await differences(empty) == []


async def test_an_upgrade_that_can_never_have_a_table_says_so(
    empty: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "TRIES", 1)
    await upgrade(empty, "0005")
    async with empty.connect() as holding:
        await holding.execute(text("LOCK TABLE runs IN ACCESS SHARE MODE"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            await upgrade(empty)
    assert await current_revision(empty) == "0005"
    await upgrade(empty)


RUN = UUID(int=7)
#: A run of the time before revision 0005, with a row in each table whose foreign key goes.
OLD_ROWS = (
    "INSERT INTO runs (id, tenant_id, graph_id, graph_version, plan_hash, agent_name, status, trigger, root_run_id, depth) "
    "VALUES (:run, :run, :run, 1, 'h', 'agent', 'COMPLETED', 'manual', :run, 0)",
    "INSERT INTO node_executions (run_id, execution, node_id, block_id, ordinal, status, step, fence, inputs, attempts) "
    "VALUES (:run, 1, 'n', 'b', 1, 'COMPLETED', 0, 1, '{}', '[]')",
    "INSERT INTO emissions (run_id, execution, sequence, pin, value) VALUES (:run, 1, 0, 'out', '1')",
    "INSERT INTO run_outputs (run_id, execution, name, value) VALUES (:run, 1, 'out', '1')",
    "INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body) VALUES (:run, :run, :run, 'run', '{}')",
    "INSERT INTO run_logs (run_id, execution, attempt, level, line) VALUES (:run, 1, 1, 'info', 'a line')",
)
HOT_TABLES = ("node_executions", "emissions", "run_outputs", "run_events", "run_logs")


async def row_counts(stores: Stores) -> list[int]:
    return [(await stores.rows(f"SELECT count(*) FROM {table}"))[0][0] for table in HOT_TABLES]


async def test_rows_survive_the_loss_of_their_foreign_keys_and_go_with_their_run(
    empty: AsyncEngine, folder: Path
) -> None:
    stores = Stores(empty, folder)
    await upgrade(empty, "0004")
    for statement in OLD_ROWS:
        await stores.do(statement, run=RUN)
    await upgrade(empty)
    assert await row_counts(stores) == [1] * 5
    await downgrade(empty, "0004")
    assert await row_counts(stores) == [1] * 5
    await upgrade(empty)
    await stores.do("DELETE FROM runs")
    assert await row_counts(stores) == [0] * 5


async def test_back_at_the_revision_before_the_foreign_keys_delete_the_rows(empty: AsyncEngine, folder: Path) -> None:
    stores = Stores(empty, folder)
    await upgrade(empty)
    for statement in OLD_ROWS:
        await stores.do(statement, run=RUN)
    await downgrade(empty, "0004")
    await stores.do("DELETE FROM runs")
    assert await row_counts(stores) == [0] * 5


async def test_a_row_of_no_run_does_not_keep_a_database_from_going_back(empty: AsyncEngine, folder: Path) -> None:
    stores = Stores(empty, folder)
    await upgrade(empty)
    for statement in OLD_ROWS:
        await stores.do(statement, run=RUN)
    for statement in OLD_ROWS[1:]:
        await stores.do(statement, run=UUID(int=8))
    await downgrade(empty, "0004")
    assert await row_counts(stores) == [1] * 5
