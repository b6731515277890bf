"""Upgrades at once: one waits for the other without a statement that the other would have to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db import migrate
from schema.db.migrate import upgrade
from tests.durable.waiting import eventually


def make_index(number: int) -> Callable[[Config], None]:
    """Give what a migration does that builds an index beside the work."""

    def work(config: Config) -> None:
        context = MigrationContext.configure(config.attributes["connection"], opts={"transaction_per_migration": True})
        with context.begin_transaction(), Operations.context(context) as op, context.autocommit_block():
            op.create_index(f"ix_{number}", "runs", ["agent_name"], postgresql_concurrently=True)

    return work


async def test_an_index_is_built_beside_the_work_while_other_upgrades_wait(empty: AsyncEngine) -> None:
    # It waits for every statement that began before it, also for one that waits for the upgrades' lock: a deadlock.
    await upgrade(empty)
    await asyncio.gather(*(migrate._run(empty, make_index(number)) for number in range(4)))
    async with empty.connect() as connection:
        found = await connection.execute(text("SELECT count(*) FROM pg_indexes WHERE indexname ~ '^ix_[0-9]$'"))
        assert found.scalar_one() == 4


async def state_of(engine: AsyncEngine, index: str) -> bool | None:
    """Say whether an index is whole; None: there is none."""
    async with engine.connect() as connection:
        where = {"name": index}
        return (
            await connection.execute(
                text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), where
            )
        ).scalar()


async def waits_for(engine: AsyncEngine, pid: int) -> bool:
    async with engine.connect() as connection:
        blocked = text("SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid)))")
        return bool((await connection.execute(blocked, {"pid": pid})).scalar_one())


async def test_an_index_that_is_built_beside_the_work_waits_longer_than_a_table_is_waited_for(
    empty: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given up, it would stand there half made, and no later try could make it.
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 0.001)
    monkeypatch.setattr(migrate, "TRIES", 1)
    await upgrade(empty)
    async with empty.connect() as other:
        pid = (
            await other.execute(text("SELECT pg_backend_pid() FROM (SELECT count(*) FROM runs) AS seen"))
        ).scalar_one()
        await other.execute(text("LOCK TABLE runs IN ROW EXCLUSIVE MODE"))
        made = asyncio.create_task(migrate._run(empty, make_index(1)))
        await eventually(lambda: waits_for(empty, pid))
    await made
    assert await state_of(empty, "ix_1") is True


async def test_an_index_that_an_earlier_try_left_half_made_is_made_anew(empty: AsyncEngine) -> None:
    await upgrade(empty)
    await migrate._run(empty, make_index(1))
    async with empty.begin() as connection:
        await connection.execute(text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass('ix_1')"))
    await migrate._run(empty, make_index(1))
    assert await state_of(empty, "ix_1") is True
