"""Upgrades at once: one waits for the other without a statement that the other would have to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db import migrate
from schema.db.migrate import upgrade


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
